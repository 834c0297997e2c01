import type { ReadTransaction, Transaction } from '@aloft/engine'
import { type Item, type Tags, tagsOf } from '../model/item.ts'
import { type Comparison, compares, containerKey, matchesTags } from '../model/tag-filter.ts'

/** Brings the index from one state of a blob's tags to the next. */
export async function indexTags(
  transaction: Transaction,
  account: string,
  { container, name }: Pick<Item, 'container' | 'name'>,
  before: Tags,
  after: Tags,
): Promise<void> {
  for (const [key, value] of Object.entries(before))
    if (after[key] !== value)
      await transaction.run(
        'DELETE FROM storage_blob_tag WHERE account = ? AND key = ? AND value = ? AND container = ? AND name = ?',
        account,
        key,
        value,
        container,
        name,
      )
  for (const [key, value] of Object.entries(after))
    if (before[key] !== value)
      await transaction.run(
        'INSERT INTO storage_blob_tag (account, key, value, container, name) VALUES (?, ?, ?, ?, ?)',
        account,
        key,
        value,
        container,
        name,
      )
}

export interface TaggedBlob {
  readonly container: string
  readonly name: string
  /** The tags that the query names. */
  readonly tags: Tags
}

export interface TaggedPage {
  readonly blobs: readonly TaggedBlob[]
  /** Where to go on; undefined = that was all. */
  readonly next: string | undefined
}

type TagRow = Item & { readonly tag_value: string; readonly container_name: string }
type Position = readonly [value: string, container: number, name: string]

const rowsPerStep = 256

/**
 * Blobs that satisfy all of `query`, in order of the value that leads the search.
 * @param container only there; undefined = everywhere in the account
 */
export async function findByTags(
  snapshot: ReadTransaction,
  account: string,
  container: string | undefined,
  query: readonly Comparison[],
  limit: number,
  marker: string | undefined,
): Promise<TaggedPage> {
  const conditions = query.filter(({ key }) => key !== containerKey)
  const wanted = container ?? query.find(({ key }) => key === containerKey)?.value
  const lead = conditions.find(({ operator }) => operator === '=') ?? conditions[0]
  if (!lead) return { blobs: [], next: undefined }
  const blobs: TaggedBlob[] = []
  let position = marker === undefined ? undefined : decodePosition(marker)
  for (;;) {
    const rows = await seek(snapshot, account, lead, position)
    for (const row of rows) {
      if (
        lead.operator !== '>' &&
        lead.operator !== '>=' &&
        !compares(row.tag_value, lead.operator, lead.value)
      )
        return { blobs, next: undefined }
      const tags = tagsOf(row)
      if (wanted !== undefined && row.container_name !== wanted) continue
      if (!conditions.every((condition) => matchesTags(condition, tags))) continue
      if (blobs.length === limit) return { blobs, next: position && encodePosition(position) }
      position = [row.tag_value, row.container, row.name]
      blobs.push({ container: row.container_name, name: row.name, tags: named(tags, conditions) })
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsPerStep) return { blobs, next: undefined }
    position = [last.tag_value, last.container, last.name]
  }
}

const select = `SELECT i.*, t.value AS tag_value, c.name AS container_name FROM storage_blob_tag t
  JOIN storage_blob_container c ON c.id = t.container AND c.gone = 0
  JOIN storage_blob_item i ON i.container = t.container AND i.past = 0 AND i.name = t.name AND i.moment = 0
  WHERE t.account = ? AND t.key = ? AND (t.value, t.container, t.name) > (?, ?, ?)
  ORDER BY t.value, t.container, t.name LIMIT ?`

function seek(
  snapshot: ReadTransaction,
  account: string,
  { key, operator, value }: Comparison,
  after: Position | undefined,
): Promise<TagRow[]> {
  const isBelow = operator === '<' || operator === '<='
  const [from, container, name] = after ?? [isBelow ? '' : value, -1, '']
  return snapshot.all<TagRow>(select, account, key, from, container, name, rowsPerStep)
}

function named(tags: Tags, conditions: readonly Comparison[]): Tags {
  return Object.fromEntries(conditions.map(({ key }) => [key, tags[key] ?? '']))
}

function encodePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Undefined, the beginning, for what is no marker of ours. */
function decodePosition(marker: string): Position | undefined {
  try {
    const [value, container, name] = JSON.parse(Buffer.from(marker, 'base64url').toString()) as unknown[]
    return typeof value === 'string' && typeof container === 'number' && typeof name === 'string'
      ? [value, container, name]
      : undefined
  } catch {
    return undefined
  }
}
