/** One blob takes the place of another: what becomes of the old one is the account's setting. */
import type { Transaction } from '@aloft/engine'
import { containerEncryption, encryptionWithin } from '../model/encryption.ts'
import { type Item, type ItemDetail, leaseOf, tagsOf, toText } from '../model/item.ts'
import { leaseAfterWrite } from '../model/lease.ts'
import { dropContent, noContent } from './content.ts'
import type { BlobAddress, BlobContext } from './context.ts'
import { findPast, type NewPlace, removeItem, saveItem } from './items.ts'
import { indexTags } from './tag-index.ts'

const dayMs = 24 * 3600 * 1000

/** What a new blob states; the rest follows from its place. */
export type NewItem = Pick<Item, 'type'> &
  Partial<Omit<Item, 'container' | 'past' | 'name' | 'moment' | 'kind' | 'deleted_at' | 'purge_at'>>

/** Puts a new blob at its place, with the content that `fields` refer to. The lease of the old one stays. */
export async function replaceItem(
  context: BlobContext,
  transaction: Transaction,
  address: BlobAddress,
  place: NewPlace,
  fields: NewItem,
): Promise<Item> {
  const { account, name } = address
  const now = context.clock.now()
  const { hasVersions } = context.settings(account)
  const etag = context.ticks.next(place.item?.etag)
  const lease = place.item && leaseAfterWrite(leaseOf(place.item), now)
  const item: Item = {
    etag,
    created: now,
    version: hasVersions ? etag : null,
    ...noContent,
    md5: '',
    properties: '',
    metadata: '',
    tags: '',
    tier: '',
    lease: toText(lease),
    ...fields,
    detail: place.encryption === '' ? (fields.detail ?? '') : withScope(fields.detail, place.encryption),
    container: place.container,
    past: 0,
    name,
    moment: 0,
    kind: 'blob',
    deleted_at: 0,
    purge_at: 0,
  }
  if (place.item) await retire(context, transaction, account, place.item)
  if (place.hasDeleted) await demoteDeleted(context, transaction, place.container, name)
  if (place.hasStagedBlocks) await dropStaged(context, transaction, place.container, name)
  await saveItem(transaction, item)
  if (item.tags !== '' || (place.item && place.item.tags !== ''))
    await indexTags(transaction, account, item, place.item ? tagsOf(place.item) : {}, tagsOf(item))
  return item
}

/** What is out of the ordinary of a new blob, in a container that has an encryption scope. */
function withScope(text: string | undefined, encryption: string): string {
  const detail: ItemDetail = text ? JSON.parse(text) : {}
  return toText({
    ...detail,
    encryption: encryptionWithin(containerEncryption(encryption), detail.encryption),
  })
}

/** The old blob becomes a version, or a soft-deleted snapshot, or is gone. Its row is left to be written over. */
async function retire(
  context: BlobContext,
  transaction: Transaction,
  account: string,
  item: Item,
): Promise<void> {
  const { hasVersions, softDeleteDays } = context.settings(account)
  if (hasVersions) return saveItem(transaction, asVersion(item))
  if (softDeleteDays === undefined) return dropContent(context.engine, transaction, item)
  const moment = context.ticks.next(item.etag)
  await saveItem(transaction, {
    ...softDeleted(context, item, softDeleteDays),
    past: 1,
    moment,
    kind: 'snapshot',
  })
}

/** What a blob is when a newer one has taken its place. */
export function asVersion(item: Item): Item {
  const version = item.version ?? item.etag
  return { ...item, past: 1, moment: version, version, kind: 'version', lease: '' }
}

/** The row with the times of its deletion. @param days how long it can be brought back */
export function softDeleted(context: BlobContext, item: Item, days: number): Item {
  const now = context.clock.now()
  return { ...item, lease: '', deleted_at: now, purge_at: now + days * dayMs }
}

/** A deleted blob whose name is taken anew becomes a deleted snapshot of the new one. */
async function demoteDeleted(
  context: BlobContext,
  transaction: Transaction,
  container: number,
  name: string,
): Promise<void> {
  for (const item of await findPast(transaction, container, name)) {
    if (item.kind !== 'deleted') continue
    await removeItem(transaction, item)
    await saveItem(transaction, { ...item, kind: 'snapshot', moment: context.ticks.next(item.moment) })
  }
}

/** Uncommitted blocks are of no use to the new blob. */
export async function dropStaged(
  context: BlobContext,
  transaction: Transaction,
  container: number,
  name: string,
): Promise<void> {
  const { changes } = await transaction.run(
    'DELETE FROM storage_blob_staging WHERE container = ? AND name = ?',
    container,
    name,
  )
  if (changes === 0) return
  const staged = await transaction.all<{ bytes_key: string }>(
    'SELECT bytes_key FROM storage_blob_staged WHERE container = ? AND name = ?',
    container,
    name,
  )
  for (const { bytes_key } of staged) await context.engine.blobs.release(transaction, bytes_key)
  await transaction.run('DELETE FROM storage_blob_staged WHERE container = ? AND name = ?', container, name)
}
