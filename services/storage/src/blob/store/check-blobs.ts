/** Whether what is known of blobs and their bytes agree; for `aloft storage check`. */
import { createHash } from 'node:crypto'
import { BlobNotFound } from '@aloft/engine'
import { ensureError } from '@aloft/kernel'
import type { Extent } from '../model/extents.ts'
import type { Item } from '../model/item.ts'
import { committedBlocks } from './blocks.ts'
import type { BlobContext } from './context.ts'
import { purgeItem } from './delete-blob.ts'
import { findExtents } from './extents.ts'
import { contentOf } from './read-blob.ts'

export interface CheckOptions {
  /** `remove`: what cannot be read as it was written is deleted. */
  readonly damaged: 'report' | 'remove'
}

export interface BlobDamage {
  readonly account: string
  readonly container: string
  readonly blob: string
  readonly kind: Item['kind']
  /** What is wrong, in one sentence. */
  readonly problem: string
}

export interface BlobCheck {
  /** Blobs, snapshots and versions that were looked at. */
  readonly checked: number
  readonly bytes: number
  readonly damages: readonly BlobDamage[]
  readonly removed: number
}

type CheckedItem = Item & { readonly account: string; readonly container_name: string }

const selectPage = `SELECT i.*, c.account, c.name AS container_name FROM storage_blob_item i
  JOIN storage_blob_container c ON c.id = i.container
  WHERE (i.container, i.past, i.name, i.moment) > (?, ?, ?, ?)
  ORDER BY i.container, i.past, i.name, i.moment LIMIT 256`

/** Reads everything once. */
export async function checkBlobs(context: BlobContext, { damaged }: CheckOptions): Promise<BlobCheck> {
  const damages: BlobDamage[] = []
  let [checked, bytes, removed] = [0, 0, 0]
  for await (const item of allItems(context)) {
    checked++
    bytes += item.length
    const problem = await problemOf(context, item)
    if (problem === undefined || !(await isStillThere(context, item))) continue
    const { account, container_name: container, name: blob, kind } = item
    damages.push({ account, container, blob, kind, problem })
    if (damaged === 'report') continue
    await context.engine.database.write((transaction) => purgeItem(context, transaction, item))
    removed++
  }
  return { checked, bytes, damages, removed }
}

async function* allItems({ engine }: BlobContext): AsyncGenerator<CheckedItem> {
  let from: [number, number, string, number] = [-1, 0, '', 0]
  for (;;) {
    const page = await engine.database.read((snapshot) => snapshot.all<CheckedItem>(selectPage, ...from))
    yield* page
    const last = page.at(-1)
    if (!last) return
    from = [last.container, last.past, last.name, last.moment]
  }
}

/** It may have changed while it was being read. */
async function isStillThere({ engine }: BlobContext, item: Item): Promise<boolean> {
  const row = await engine.database.read((snapshot) =>
    snapshot.get(
      `SELECT 1 FROM storage_blob_item
        WHERE container = ? AND past = ? AND name = ? AND moment = ? AND etag = ?`,
      item.container,
      item.past,
      item.name,
      item.moment,
      item.etag,
    ),
  )
  return row !== undefined
}

/** Undefined when all is well. */
async function problemOf(context: BlobContext, item: Item): Promise<string | undefined> {
  try {
    if (item.store === 'extents') return await problemOfExtents(context, item)
    const blocks = await context.engine.database.read((snapshot) => committedBlocks(snapshot, item))
    for (const { id, key, length, sum } of blocks)
      if (!(await matches(context.engine.blobs.read(key), length, sum)))
        return `Block ${id} is not what was written`
    const isRight = await matches(contentOf(context, item, 0, item.length), item.length, item.sum)
    return isRight ? undefined : 'The content is not what was written'
  } catch (error) {
    return error instanceof BlobNotFound ? 'The content is missing' : ensureError(error).message
  }
}

async function problemOfExtents({ engine }: BlobContext, item: Item): Promise<string | undefined> {
  const extents = await engine.database.read((snapshot) => findExtents(snapshot, item.body, 0, item.length))
  const keys = new Map<string, Extent>(extents.map((extent) => [extent.key, extent]))
  for (const { key, sum, start } of keys.values())
    if (!(await matches(engine.blobs.read(key), undefined, sum)))
      return `The bytes at ${start} are not what was written`
  return undefined
}

/** @param sum MD5 in base64; '' = unknown */
async function matches(
  content: AsyncIterable<Uint8Array>,
  length: number | undefined,
  sum: string,
): Promise<boolean> {
  const hash = createHash('md5')
  let count = 0
  for await (const chunk of content) {
    hash.update(chunk)
    count += chunk.length
  }
  return (length === undefined || count === length) && (sum === '' || hash.digest('base64') === sum)
}
