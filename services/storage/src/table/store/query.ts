/** Reads a page of entities, by seeking where the filter names keys. */
import type { ReadTransaction } from '@aloft/engine'
import type { Clock } from '@aloft/kernel'
import { isoOfTicks } from '../../protocol/timestamps.ts'
import { type EntityKey, fromOrdered, successor, toOrdered } from '../edm/keys.ts'
import { parseStored } from '../edm/properties.ts'
import { type EdmValue, storedValue, typeSuffix } from '../edm/value.ts'
import { everyText, type KeyRange, keyRangesOf, singlePartition } from '../filter/key-ranges.ts'
import { compileFilter, type FilterRow, type Predicate } from '../filter/predicate.ts'
import type { Filter } from '../filter/syntax.ts'
import { maxPageBytes, maxPageMs, maxPageRows } from '../limits.ts'
import { type EntityRow, entityOf, type StoredEntity } from './entity.ts'

export interface EntityQuery {
  readonly filter?: Filter | undefined
  /** At most so many; never more than a page holds (1000). None at all is the end. */
  readonly top?: number | undefined
  /** The key to begin with: a page's `next`. */
  readonly from?: EntityKey | undefined
  /** The last key to look at, e.g. of a shared access signature; a row key of undefined is the partition's end. */
  readonly until?: { readonly partitionKey: string; readonly rowKey: string | undefined } | undefined
}

export interface EntityPage {
  readonly entities: readonly StoredEntity[]
  /** Undefined at the end. A page may have few entities or none, and yet be followed by another. */
  readonly next: EntityKey | undefined
}

/** Rows that are fetched at once where each has yet to be looked at; then others have their turn. */
const chunkRows = 500

export async function readPage(
  snapshot: ReadTransaction,
  tableId: number,
  query: EntityQuery,
  clock: Pick<Clock, 'elapsed'>,
): Promise<EntityPage> {
  if (query.top === 0) return { entities: [], next: undefined }
  const { ranges, predicate } = plan(query.filter)
  const page = new PageBuilder(Math.min(query.top ?? maxPageRows, maxPageRows), predicate, query.until)
  const deadline = clock.elapsed() + maxPageMs
  for (const range of ranges) {
    let from: EntityKey | undefined = startIn(range, query.from)
    while (from) {
      const size = predicate ? chunkRows : page.room + 1
      const rows = await fetchRows(snapshot, tableId, range, from, size)
      const stop = page.add(rows)
      if (stop) return page.finish(stop === 'end' ? undefined : stop)
      if (rows.length < size) break
      from = keyAfter(keyOf(rows.at(-1)!))
      if (clock.elapsed() > deadline) return page.finish(from)
      await turn()
    }
  }
  return page.finish(undefined)
}

interface Plan {
  readonly ranges: readonly KeyRange[]
  /** Undefined = every row in the ranges belongs to the result. */
  readonly predicate: Predicate | undefined
}

const everything: Plan = { ranges: [{ partitions: everyText, rows: everyText }], predicate: undefined }

function plan(filter: Filter | undefined): Plan {
  if (!filter) return everything
  const { ranges, isExact } = keyRangesOf(filter)
  const isSought = isExact && ranges.every((range) => singlePartition(range) || range.rows === everyText)
  return { ranges, predicate: isSought ? undefined : compileFilter(filter) }
}

/** Where to begin in a range; undefined when all of it lies before `from`. */
function startIn({ partitions, rows }: KeyRange, from: EntityKey | undefined): EntityKey | undefined {
  const start = { partitionKey: partitions.from, rowKey: rows.from }
  if (!from || from.partitionKey < partitions.from) return start
  if (partitions.to !== undefined && from.partitionKey >= partitions.to) return undefined
  if (partitions.to !== successor(partitions.from)) return from
  if (from.rowKey <= rows.from) return start
  return rows.to !== undefined && from.rowKey >= rows.to ? undefined : from
}

const columns = 'SELECT partition_key, row_key, stamp, properties FROM table_entity WHERE table_id = ?'
const order = 'ORDER BY partition_key, row_key LIMIT ?'

function fetchRows(
  snapshot: ReadTransaction,
  tableId: number,
  range: KeyRange,
  from: EntityKey,
  limit: number,
): Promise<EntityRow[]> {
  const { partitions, rows } = range
  const partitionKey = toOrdered(from.partitionKey)
  const rowKey = toOrdered(from.rowKey)
  if (singlePartition(range)) {
    const part = `${columns} AND partition_key = ? AND row_key >= ?`
    return rows.to === undefined
      ? snapshot.all<EntityRow>(`${part} ${order}`, tableId, partitionKey, rowKey, limit)
      : snapshot.all<EntityRow>(
          `${part} AND row_key < ? ${order}`,
          tableId,
          partitionKey,
          rowKey,
          toOrdered(rows.to),
          limit,
        )
  }
  const part = `${columns} AND (partition_key, row_key) >= (?, ?)`
  return partitions.to === undefined
    ? snapshot.all<EntityRow>(`${part} ${order}`, tableId, partitionKey, rowKey, limit)
    : snapshot.all<EntityRow>(
        `${part} AND partition_key < ? ${order}`,
        tableId,
        partitionKey,
        rowKey,
        toOrdered(partitions.to),
        limit,
      )
}

function keyOf({ partition_key, row_key }: EntityRow): EntityKey {
  return { partitionKey: fromOrdered(partition_key), rowKey: fromOrdered(row_key) }
}

function keyAfter({ partitionKey, rowKey }: EntityKey): EntityKey {
  return { partitionKey, rowKey: successor(rowKey) }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Gathers what belongs to a page, up to its limits. */
class PageBuilder {
  readonly #limit: number
  readonly #predicate: Predicate | undefined
  readonly #until: EntityQuery['until']
  readonly #entities: StoredEntity[] = []
  #bytes = 0

  constructor(limit: number, predicate: Predicate | undefined, until: EntityQuery['until']) {
    this.#limit = limit
    this.#predicate = predicate
    this.#until = until
  }

  /** How many more there is room for. */
  get room(): number {
    return this.#limit - this.#entities.length
  }

  /** Takes rows in their order; the key of the first that the page has no room for, `end` = there is nothing more to come. */
  add(rows: readonly EntityRow[]): EntityKey | 'end' | undefined {
    for (const row of rows) {
      if (this.#until && isBeyond(keyOf(row), this.#until)) return 'end'
      if (this.#predicate && !this.#predicate(new RowProperties(row))) continue
      const bytes = row.properties.length + row.partition_key.length + row.row_key.length
      const isFull = this.room === 0 || (this.#bytes + bytes > maxPageBytes && this.#bytes > 0)
      if (isFull) return keyOf(row)
      this.#entities.push(entityOf(row))
      this.#bytes += bytes
    }
    return undefined
  }

  finish(next: EntityKey | undefined): EntityPage {
    return { entities: this.#entities, next }
  }
}

function isBeyond({ partitionKey, rowKey }: EntityKey, until: NonNullable<EntityQuery['until']>): boolean {
  if (partitionKey !== until.partitionKey) return partitionKey > until.partitionKey
  return until.rowKey !== undefined && rowKey > until.rowKey
}

/** An entity as a filter sees it; its JSON is parsed only for filters that ask for the user's properties. */
class RowProperties implements FilterRow {
  readonly #row: EntityRow
  #json: Readonly<Record<string, unknown>> | undefined

  constructor(row: EntityRow) {
    this.#row = row
  }

  property(name: string): EdmValue | undefined {
    switch (name) {
      case 'PartitionKey':
        return { type: 'String', value: fromOrdered(this.#row.partition_key) }
      case 'RowKey':
        return { type: 'String', value: fromOrdered(this.#row.row_key) }
      case 'Timestamp':
        return { type: 'DateTime', value: isoOfTicks(this.#row.stamp).replace(/\.?0+Z$/, 'Z') }
    }
    this.#json ??= parseStored(this.#row.properties)
    if (!Object.hasOwn(this.#json, name)) return undefined
    return storedValue(this.#json[name], this.#json[name + typeSuffix])
  }
}
