/** Expressions of queries, read into functions of a row. */
import { calculate, castTo, compare, functionNamed, isLike } from './functions.ts'
import type { Token } from './lexer.ts'
import { memberOf, QueryError, type Row, textOf, type Value } from './value.ts'

export type Expression = (row: Row) => Value

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Brackets and signs within each other. */
const maxDepth = 200

/** Reads tokens from left to right. */
export class ExpressionReader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** What columns may begin with: `BlobStorage`, and the name that a query gives it. */
  readonly sources = new Set(['BLOBSTORAGE'])

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' }
  }

  /** The position of `next`, to come back to. */
  get position(): number {
    return this.#at
  }

  set position(position: number) {
    this.#at = position
  }

  skip(): void {
    this.#at++
  }

  isWord(...words: readonly string[]): boolean {
    return this.next.kind === 'word' && words.includes(this.next.upper)
  }

  takeWord(word: string): boolean {
    const isThere = this.isWord(word)
    if (isThere) this.#at++
    return isThere
  }

  takeSign(...signs: readonly string[]): string | undefined {
    if (this.next.kind !== 'sign' || !signs.includes(this.next.text)) return undefined
    const { text } = this.next
    this.#at++
    return text
  }

  /** @throws QueryError */
  expectSign(sign: string): void {
    if (this.takeSign(sign) === undefined) throw this.unexpected(sign)
  }

  /** @throws QueryError */
  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word)
  }

  unexpected(wanted: string): QueryError {
    const { next } = this
    const found =
      next.kind === 'end' ? 'the end' : next.kind === 'number' ? String(next.value) : `'${next.text}'`
    return new QueryError(`${wanted} is expected, not ${found}.`)
  }

  /** A name, quoted or not. @throws QueryError */
  name(): string {
    const { next } = this
    if (next.kind !== 'word' && next.kind !== 'name') throw this.unexpected('A name')
    this.#at++
    return next.text
  }

  /** @throws QueryError */
  expression(): Expression {
    let left = this.#conjunction()
    while (this.takeWord('OR')) {
      const [a, b] = [left, this.#conjunction()]
      left = (row) => isTrue(a(row)) || isTrue(b(row))
    }
    return left
  }

  #conjunction(): Expression {
    let left = this.#negation()
    while (this.takeWord('AND')) {
      const [a, b] = [left, this.#negation()]
      left = (row) => isTrue(a(row)) && isTrue(b(row))
    }
    return left
  }

  #negation(): Expression {
    let isNegated = false
    while (this.takeWord('NOT')) isNegated = !isNegated
    const operand = this.#comparison()
    return isNegated ? (row) => !isTrue(operand(row)) : operand
  }

  #comparison(): Expression {
    const left = this.#sum()
    const sign = this.takeSign('=', '<>', '!=', '<', '<=', '>', '>=')
    if (sign !== undefined) {
      const [right, holds] = [this.#sum(), comparisons[sign]!]
      return (row) => {
        const order = compare(left(row), right(row))
        return order !== undefined && holds(order)
      }
    }
    if (this.takeWord('IS')) {
      const isNegated = this.takeWord('NOT')
      this.expectWord('NULL')
      return (row) => (left(row) === null) !== isNegated
    }
    const isNegated = this.takeWord('NOT')
    const test = this.#test(left)
    if (test) return isNegated ? (row) => !test(row) : test
    if (isNegated) throw this.unexpected('LIKE, IN or BETWEEN')
    return left
  }

  #test(left: Expression): ((row: Row) => boolean) | undefined {
    if (this.takeWord('LIKE')) {
      const pattern = this.#sum()
      const mark = this.takeWord('ESCAPE') ? this.#sum() : undefined
      return (row) => isLike(left(row), pattern(row), mark && textOf(mark(row)))
    }
    if (this.takeWord('IN')) {
      const choices = this.#list()
      return (row) => {
        const value = left(row)
        return choices.some((each) => compare(value, each(row)) === 0)
      }
    }
    if (!this.takeWord('BETWEEN')) return undefined
    const low = this.#sum()
    this.expectWord('AND')
    const high = this.#sum()
    return (row) => {
      const value = left(row)
      return (compare(value, low(row)) ?? -1) >= 0 && (compare(value, high(row)) ?? 1) <= 0
    }
  }

  #sum(): Expression {
    return this.#chain(['+', '-', '||'], () => this.#chain(['*', '/', '%'], () => this.#operand()))
  }

  #chain(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand()
    for (let sign = this.takeSign(...signs); sign !== undefined; sign = this.takeSign(...signs)) {
      const [a, by, b] = [left, sign, operand()]
      left = (row) => calculate(by, a(row), b(row))
    }
    return left
  }

  #operand(): Expression {
    if (++this.#depth > maxDepth) throw new QueryError('The query is nested too deeply.')
    const operand = this.#readOperand()
    this.#depth--
    return operand
  }

  #readOperand(): Expression {
    const { next } = this
    if (this.takeSign('-')) {
      const operand = this.#operand()
      return (row) => calculate('-', 0, operand(row))
    }
    if (this.takeSign('(')) {
      const inner = this.expression()
      this.expectSign(')')
      return inner
    }
    if (next.kind === 'number' || next.kind === 'text') {
      this.skip()
      const value = next.kind === 'number' ? next.value : next.text
      return () => value
    }
    if (next.kind === 'word') {
      const literal = { TRUE: true, FALSE: false, NULL: null }[next.upper]
      if (literal !== undefined) {
        this.skip()
        return () => literal
      }
      const before = this.position
      this.skip()
      if (this.takeSign('(')) return this.#call(next.upper)
      this.position = before
    }
    return this.#column()
  }

  /** Behind the bracket. */
  #call(name: string): Expression {
    if (name === 'CAST') {
      const value = this.expression()
      this.expectWord('AS')
      const cast = castTo(this.name().toUpperCase())
      this.expectSign(')')
      return (row) => cast(value(row))
    }
    const run = functionNamed(name)
    const values = this.#arguments()
    return (row) => run(...values.map((each) => each(row)))
  }

  #list(): Expression[] {
    this.expectSign('(')
    return this.#arguments()
  }

  #arguments(): Expression[] {
    const values: Expression[] = []
    if (this.takeSign(')')) return values
    do values.push(this.expression())
    while (this.takeSign(','))
    this.expectSign(')')
    return values
  }

  #column(): Expression {
    const names = [this.name()]
    while (this.takeSign('.')) names.push(this.name())
    if (names.length > 1 && this.sources.has(names[0]!.toUpperCase())) names.shift()
    const [first = '', ...rest] = names
    return (row) => rest.reduce(memberOf, row.column(first))
  }
}

/** Text of CSV counts when it says so. */
function isTrue(value: Value): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}
