/** List Blobs: one ordered walk over blobs, snapshots, versions and uncommitted blobs, skipping what a delimiter groups. */
import type { ReadTransaction } from '@aloft/engine'
import { blobErrors } from '../errors.ts'
import type { Item } from '../model/item.ts'
import { compareNames, prefixEnd } from '../model/names.ts'
import { type ContainerAddress, findContainer } from './containers.ts'
import type { BlobContext } from './context.ts'

export type ListInclude = 'snapshots' | 'versions' | 'deleted' | 'deletedwithversions' | 'uncommittedblobs'

export interface ListOptions {
  readonly prefix: string
  /** Undefined = flat. */
  readonly delimiter: string | undefined
  /** At most so many blobs and prefixes together. */
  readonly limit: number
  /** What a page before ended with. */
  readonly after: Position | undefined
  readonly include: ReadonlySet<ListInclude>
  /** Leaves out what comes before this name. */
  readonly startFrom?: string | undefined
}

/** A place in the order of names, then of moments; the blob itself stands behind its snapshots and versions. */
export interface Position {
  readonly name: string
  readonly moment: number
}

export type Listed =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'uncommitted'; readonly name: string }
  | { readonly kind: 'prefix'; readonly name: string }

export interface ListPage {
  readonly entries: readonly Listed[]
  /** What it ended with, if there is more. */
  readonly next: Position | undefined
}

/** The blob itself. */
export const lastMoment = Number.MAX_SAFE_INTEGER

type Entry = Extract<Listed, { kind: 'item' | 'uncommitted' }>

/** @throws StorageError ContainerNotFound */
export function listBlobs(
  context: BlobContext,
  address: ContainerAddress,
  options: ListOptions,
): Promise<ListPage> {
  return context.engine.database.read(async (snapshot) => {
    const container = await findContainer(snapshot, address)
    if (!container) throw blobErrors.ContainerNotFound()
    const from = startOf(options)
    const sources = sourcesOf(snapshot, container.id, options)
    return walk(new Merge(sources, from, prefixEnd(options.prefix)), options)
  })
}

function startOf({ prefix, delimiter, after, startFrom = '' }: ListOptions): Position {
  const first = compareNames(startFrom, prefix) > 0 ? startFrom : prefix
  const start = { name: first, moment: Number.MIN_SAFE_INTEGER }
  if (!after || compareNames(after.name, first) < 0) return start
  const group = groupOf(after.name, prefix, delimiter)
  return group === undefined ? behind(after) : behindGroup(group)
}

/** The name up to the first delimiter after the prefix. */
function groupOf(name: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || !name.startsWith(prefix)) return undefined
  const at = name.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : name.slice(0, at + delimiter.length)
}

function behindGroup(group: string): Position {
  return { name: prefixEnd(group) ?? lastName, moment: Number.MIN_SAFE_INTEGER }
}

async function walk(merge: Merge, { prefix, delimiter, limit }: ListOptions): Promise<ListPage> {
  const entries: Listed[] = []
  let last: Position | undefined
  for (let entry = await merge.peek(); entry; entry = await merge.peek()) {
    if (entries.length === limit) return { entries, next: last }
    const position = positionOf(entry)
    const group = groupOf(position.name, prefix, delimiter)
    if (group === undefined) {
      entries.push(entry)
      last = position
      merge.take()
    } else {
      entries.push({ kind: 'prefix', name: group })
      last = { name: group, moment: lastMoment }
      merge.seek(behindGroup(group))
    }
  }
  return { entries, next: undefined }
}

function positionOf(entry: Entry): Position {
  if (entry.kind === 'uncommitted') return { name: entry.name, moment: lastMoment }
  const { name, past, moment } = entry.item
  return { name, moment: past === 0 ? lastMoment : moment }
}

function compare(a: Position, b: Position): number {
  return compareNames(a.name, b.name) || a.moment - b.moment
}

/** Up to `limit` entries of one sort from `from` on, of names below `end`, in order. */
type Source = (from: Position, end: string, limit: number) => Promise<Entry[]>

const selectFrom = `SELECT * FROM storage_blob_item
  WHERE container = ? AND past = 0 AND name >= ? AND name < ? ORDER BY name LIMIT ?`
const selectBehind = `SELECT * FROM storage_blob_item
  WHERE container = ? AND past = 0 AND name > ? AND name < ? ORDER BY name LIMIT ?`
const selectPast = `SELECT * FROM storage_blob_item
  WHERE container = ? AND past = 1 AND (name, moment) >= (?, ?) AND name < ?
  AND ((deleted_at = 0 AND ((kind = 'snapshot' AND ?) OR (kind = 'version' AND ?))) OR (deleted_at > 0 AND ?))
  ORDER BY name, moment LIMIT ?`
const isUncommitted = `NOT EXISTS (SELECT 1 FROM storage_blob_item i
    WHERE i.container = s.container AND i.past = 0 AND i.name = s.name AND i.moment = 0)`
const selectStagingFrom = `SELECT name FROM storage_blob_staging s
  WHERE container = ? AND name >= ? AND name < ? AND ${isUncommitted} ORDER BY name LIMIT ?`
const selectStagingBehind = `SELECT name FROM storage_blob_staging s
  WHERE container = ? AND name > ? AND name < ? AND ${isUncommitted} ORDER BY name LIMIT ?`

function sourcesOf(snapshot: ReadTransaction, container: number, { include }: ListOptions): Source[] {
  const sources: Source[] = [
    async ({ name, moment }, end, limit) => {
      const sql = moment > lastMoment ? selectBehind : selectFrom
      return items(await snapshot.all<Item>(sql, container, name, end, limit))
    },
  ]
  const deleted = include.has('deleted') || include.has('deletedwithversions') ? 1 : 0
  const versions = include.has('versions') || include.has('deletedwithversions') ? 1 : 0
  const snapshots = include.has('snapshots') ? 1 : 0
  if (snapshots || versions || deleted)
    sources.push(async ({ name, moment }, end, limit) =>
      items(
        await snapshot.all<Item>(
          selectPast,
          container,
          name,
          moment,
          end,
          snapshots,
          versions,
          deleted,
          limit,
        ),
      ),
    )
  if (include.has('uncommittedblobs'))
    sources.push(async ({ name, moment }, end, limit) => {
      const sql = moment > lastMoment ? selectStagingBehind : selectStagingFrom
      const rows = await snapshot.all<{ name: string }>(sql, container, name, end, limit)
      return rows.map((row) => ({ kind: 'uncommitted', name: row.name }))
    })
  return sources
}

function items(rows: readonly Item[]): Entry[] {
  return rows.map((item) => ({ kind: 'item', item }))
}

/** Rows fetched at a time: few at first, as a delimiter may skip them, more while they are taken one by one. */
const firstFetch = 4
const maxFetch = 1024
/** Behind every name. */
const lastName = '\u{10ffff}'

/** Merges ascending sources; each is read in growing pieces and can be sought forward. */
class Merge {
  readonly #cursors: Cursor[]

  constructor(sources: readonly Source[], from: Position, end: string | undefined) {
    this.#cursors = sources.map((source) => new Cursor(source, from, end ?? lastName))
  }

  #least: Cursor | undefined

  async peek(): Promise<Entry | undefined> {
    let least: { readonly cursor: Cursor; readonly entry: Entry } | undefined
    for (const cursor of this.#cursors) {
      const entry = cursor.buffered() ?? (await cursor.fetched())
      if (entry && (!least || compare(positionOf(entry), positionOf(least.entry)) < 0))
        least = { cursor, entry }
    }
    this.#least = least?.cursor
    return least?.entry
  }

  /** Takes what was peeked at. */
  take(): void {
    this.#least?.take()
  }

  seek(position: Position): void {
    for (const cursor of this.#cursors) cursor.seek(position)
  }
}

class Cursor {
  readonly #source: Source
  readonly #end: string
  #from: Position
  #entries: readonly Entry[] = []
  #at = 0
  #fetch = firstFetch
  #isOver = false

  constructor(source: Source, from: Position, end: string) {
    this.#source = source
    this.#from = from
    this.#end = end
  }

  buffered(): Entry | undefined {
    return this.#entries[this.#at]
  }

  async fetched(): Promise<Entry | undefined> {
    if (this.#isOver) return undefined
    const limit = this.#fetch
    this.#entries = await this.#source(this.#from, this.#end, limit)
    this.#at = 0
    this.#fetch = Math.min(limit * 4, maxFetch)
    const last = this.#entries.at(-1)
    this.#isOver = !last || this.#entries.length < limit
    if (last) this.#from = behind(positionOf(last))
    return this.#entries[0]
  }

  take(): void {
    this.#at++
  }

  seek(position: Position): void {
    while (this.#at < this.#entries.length && compare(positionOf(this.#entries[this.#at]!), position) < 0)
      this.#at++
    if (this.#at < this.#entries.length || compare(this.#from, position) >= 0) return
    this.#from = position
    this.#fetch = firstFetch
  }
}

/** Directly behind; behind the blob itself there is nothing more of its name. */
function behind({ name, moment }: Position): Position {
  return { name, moment: moment + 1 }
}
