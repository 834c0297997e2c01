/**
 * The query: `SELECT … FROM BlobStorage … WHERE … LIMIT …` (Azure documentation, "Query acceleration SQL language
 * reference").
 */
import { type Expression, ExpressionReader } from './expression.ts'
import { type Aggregate, Gathering, isAggregate } from './functions.ts'
import { tokensOf } from './lexer.ts'
import { memberOf, QueryError, type Row, rowOfValue, type Value } from './value.ts'

type Column = readonly [name: string, value: Value]

interface Item {
  readonly name: string
  /** Undefined = of `COUNT(*)`. */
  readonly value: Expression | undefined
  readonly aggregate: Aggregate | undefined
}

/** A query, ready to run over records. */
export class Selection {
  /** Undefined = all columns. */
  readonly #items: readonly Item[] | undefined
  readonly #gatherings: readonly Gathering[] | undefined
  readonly #where: Expression | undefined
  readonly #path: readonly string[]
  #left: number

  constructor(
    items: readonly Item[] | undefined,
    path: readonly string[],
    where: Expression | undefined,
    limit: number,
  ) {
    this.#items = items
    this.#gatherings = items?.[0]?.aggregate && items.map(({ aggregate }) => new Gathering(aggregate!))
    this.#path = path
    this.#where = where
    this.#left = limit
  }

  /** Whether no further record can change the result. */
  get isDone(): boolean {
    return this.#left <= 0
  }

  /** What a record contributes. @throws QueryError for values that the query cannot use */
  take(record: Row): Column[][] {
    const results: Column[][] = []
    for (const row of this.#rowsOf(record)) {
      if (this.isDone || (this.#where && this.#where(row) !== true)) continue
      if (this.#gatherings) this.#gather(row)
      else {
        this.#left--
        results.push(
          this.#items ? this.#items.map(({ name, value }) => [name, value!(row)]) : [...row.columns()],
        )
      }
    }
    return results
  }

  /** What is known when all records have been taken. */
  finish(): Column[][] {
    if (!this.#gatherings || this.isDone) return []
    return [this.#gatherings.map(({ result }, index) => [this.#items![index]!.name, result])]
  }

  #gather(row: Row): void {
    this.#gatherings?.forEach((gathering, index) => {
      const { value } = this.#items![index]!
      gathering.add(value ? value(row) : true)
    })
  }

  /** The record itself, or what a path in `FROM` leads to. */
  #rowsOf(record: Row): Row[] {
    if (this.#path.length === 0) return [record]
    let values: readonly Value[] = [Object.fromEntries(record.columns())]
    for (const step of this.#path)
      values = step === '*' ? values.flatMap(elementsOf) : values.map((each) => memberOf(each, step))
    return values.filter((each) => each !== null).map(rowOfValue)
  }
}

function elementsOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : [value]
}

/** @throws QueryError */
export function parseSelection(query: string): Selection {
  const tokens = tokensOf(query)
  const reader = new ExpressionReader(tokens)
  reader.expectWord('SELECT')
  const start = reader.position
  // The name that the query gives its source stands behind the columns that use it.
  const from = tokens.findIndex((token) => token.kind === 'word' && token.upper === 'FROM')
  if (from === -1) throw new QueryError('FROM BlobStorage is missing.')
  reader.position = from + 1
  const path = readSource(reader)
  const behind = reader.position
  reader.position = start
  const items = reader.takeSign('*') ? undefined : readItems(reader)
  if (reader.position !== from) throw reader.unexpected('FROM')
  reader.position = behind
  const where = reader.takeWord('WHERE') ? reader.expression() : undefined
  const limit = reader.takeWord('LIMIT') ? readLimit(reader) : Number.POSITIVE_INFINITY
  reader.takeSign(';')
  if (reader.next.kind !== 'end') throw reader.unexpected('The end')
  return new Selection(items, path, where, limit)
}

/** `BlobStorage`, `BlobStorage[*].a.b[*]`, with a name if it is given one. */
function readSource(reader: ExpressionReader): string[] {
  reader.expectWord('BLOBSTORAGE')
  const path: string[] = []
  for (let sign = reader.takeSign('.', '['); sign !== undefined; sign = reader.takeSign('.', '[')) {
    if (sign === '.') path.push(reader.name())
    else {
      reader.expectSign('*')
      reader.expectSign(']')
      // The first stands for the records, of which there are many anyway.
      if (path.length > 0) path.push('*')
    }
  }
  const isNamed = reader.takeWord('AS') || (!reader.isWord('WHERE', 'LIMIT') && reader.next.kind === 'word')
  if (isNamed) reader.sources.add(reader.name().toUpperCase())
  return path
}

function readItems(reader: ExpressionReader): Item[] {
  const items: Item[] = []
  do items.push(readItem(reader, items.length + 1))
  while (reader.takeSign(','))
  const gathered = items.filter(({ aggregate }) => aggregate !== undefined).length
  if (gathered !== 0 && gathered !== items.length)
    throw new QueryError('Columns and aggregates cannot stand together.')
  return items
}

function readItem(reader: ExpressionReader, place: number): Item {
  const { next } = reader
  const written = next.kind === 'word' || next.kind === 'name' ? next.text : `_${place}`
  const aggregate = readAggregate(reader)
  let value: Expression | undefined
  if (aggregate === undefined) value = reader.expression()
  else {
    if (!(aggregate === 'COUNT' && reader.takeSign('*'))) value = reader.expression()
    reader.expectSign(')')
  }
  const name = reader.takeWord('AS') ? reader.name() : aggregate === undefined ? written : `_${place}`
  return { name, value, aggregate }
}

function readAggregate(reader: ExpressionReader): Aggregate | undefined {
  const { next, position } = reader
  if (next.kind !== 'word' || !isAggregate(next.upper)) return undefined
  reader.skip()
  if (reader.takeSign('(')) return next.upper
  reader.position = position
  return undefined
}

function readLimit(reader: ExpressionReader): number {
  const { next } = reader
  if (next.kind !== 'number' || !Number.isInteger(next.value)) throw reader.unexpected('A whole number')
  reader.skip()
  return next.value
}
