/** What time makes of blobs: to be called every now and then. Works in small steps, so that nobody waits for it. */
import type { Transaction } from '@aloft/engine'
import { uncommittedMs } from '../limits.ts'
import { detailOf, type Item, tagsOf, toText } from '../model/item.ts'
import { expireStaged } from './blocks.ts'
import { announce, blobChangesLog } from './changes.ts'
import type { BlobContext } from './context.ts'
import { purgeItem } from './delete-blob.ts'
import { findCurrent, saveItem } from './items.ts'
import { dropStaged } from './replace.ts'
import { indexTags } from './tag-index.ts'

/** Rows of one step. */
const stepSize = 64
const dayMs = 24 * 3600 * 1000

export interface MaintenanceOptions {
  /** Changes older than this are dropped from the log. Default: 7 days. */
  readonly changeRetentionMs?: number
}

/** What was done; numbers of things. */
export interface MaintenanceReport {
  readonly purged: number
  readonly uncommitted: number
  readonly containers: number
  readonly rehydrated: number
  readonly changes: number
}

export async function maintain(
  context: BlobContext,
  { changeRetentionMs = 7 * dayMs }: MaintenanceOptions = {},
): Promise<MaintenanceReport> {
  const now = context.clock.now()
  return {
    purged: await inSteps(context, (transaction) => purgeDeleted(context, transaction, now)),
    uncommitted: await inSteps(context, (transaction) =>
      expireStaged(context, transaction, now - uncommittedMs, stepSize),
    ),
    containers: await emptyContainers(context),
    rehydrated: await inSteps(context, (transaction) => finishRehydrations(context, transaction, now)),
    changes: await trimChanges(context, now - changeRetentionMs),
  }
}

/** Repeats a step until it finds less than a stepful to do. */
async function inSteps(
  { engine }: BlobContext,
  step: (transaction: Transaction) => Promise<number>,
): Promise<number> {
  let total = 0
  for (;;) {
    const count = await engine.database.write(step)
    total += count
    if (count < stepSize) return total
  }
}

/** Soft-deleted blobs whose time is over. */
async function purgeDeleted(context: BlobContext, transaction: Transaction, now: number): Promise<number> {
  const sql = 'SELECT * FROM storage_blob_item WHERE purge_at > 0 AND purge_at <= ? ORDER BY purge_at LIMIT ?'
  const items = await transaction.all<Item>(sql, now, stepSize)
  for (const item of items) await purgeItem(context, transaction, item)
  return items.length
}

/** Rehydrations that are over have taken effect by themselves; this tells of it and tidies up. */
async function finishRehydrations(
  context: BlobContext,
  transaction: Transaction,
  now: number,
): Promise<number> {
  const due = await transaction.all<{
    container: number
    name: string
    account: string
    container_name: string
  }>(
    `SELECT r.container, r.name, c.account, c.name AS container_name FROM storage_blob_rehydration r
      JOIN storage_blob_container c ON c.id = r.container WHERE at <= ? ORDER BY at LIMIT ?`,
    now,
    stepSize,
  )
  for (const { container, name, account, container_name } of due) {
    await transaction.run(
      'DELETE FROM storage_blob_rehydration WHERE container = ? AND name = ?',
      container,
      name,
    )
    const address = { account, container: container_name, name }
    const place = await findCurrent(transaction, address).catch(() => undefined)
    if (!place?.item || place.container !== container) continue
    const { rehydrate, ...detail } = detailOf(place.item)
    if (!rehydrate || rehydrate.at > now) continue
    const item = {
      ...place.item,
      tier: rehydrate.tier,
      detail: toText({ ...detail, tierChangedAt: rehydrate.at }),
    }
    await saveItem(transaction, item)
    await announce(context, transaction, address, 'tier-changed', 'SetBlobTier', item, undefined)
  }
  return due.length
}

/** Removes the blobs of deleted containers, a few at a time; the number of containers that are gone. */
export async function emptyContainers(context: BlobContext): Promise<number> {
  const { database } = context.engine
  await releaseDeletedContainers(context)
  const gone = await database.read((snapshot) =>
    snapshot.all<{ id: number; account: string }>(
      'SELECT id, account FROM storage_blob_container WHERE gone > 0 AND deleted_at = 0',
    ),
  )
  for (const { id, account } of gone) {
    await inSteps(context, (transaction) => removeItems(context, transaction, id, account))
    await inSteps(context, (transaction) => removeStaged(context, transaction, id))
    await database.write((transaction) =>
      transaction.run('DELETE FROM storage_blob_container WHERE id = ?', id),
    )
  }
  return gone.length
}

/** Soft-deleted containers whose time is over are to be emptied. */
async function releaseDeletedContainers(context: BlobContext): Promise<void> {
  const { database } = context.engine
  const deleted = await database.read((snapshot) =>
    snapshot.all<{ id: number; account: string; deleted_at: number }>(
      'SELECT id, account, deleted_at FROM storage_blob_container WHERE gone > 0 AND deleted_at > 0',
    ),
  )
  for (const { id, account, deleted_at } of deleted) {
    const days = context.settings(account).containerSoftDeleteDays ?? 0
    if (deleted_at + days * dayMs > context.clock.now()) continue
    await database.write((transaction) =>
      transaction.run('UPDATE storage_blob_container SET deleted_at = 0 WHERE id = ? AND gone > 0', id),
    )
  }
}

async function removeItems(
  context: BlobContext,
  transaction: Transaction,
  container: number,
  account: string,
): Promise<number> {
  const sql = 'SELECT * FROM storage_blob_item WHERE container = ? LIMIT ?'
  const items = await transaction.all<Item>(sql, container, stepSize)
  for (const item of items) {
    if (item.past === 0 && item.tags !== '') await indexTags(transaction, account, item, tagsOf(item), {})
    await purgeItem(context, transaction, item)
  }
  return items.length
}

async function removeStaged(
  context: BlobContext,
  transaction: Transaction,
  container: number,
): Promise<number> {
  const sql = 'SELECT name FROM storage_blob_staging WHERE container = ? LIMIT ?'
  const names = await transaction.all<{ name: string }>(sql, container, stepSize)
  for (const { name } of names) await dropStaged(context, transaction, container, name)
  return names.length
}

async function trimChanges({ engine }: BlobContext, before: number): Promise<number> {
  const accounts = await engine.database.read((snapshot) =>
    snapshot.all<{ account: string }>('SELECT DISTINCT account FROM storage_blob_container'),
  )
  let dropped = 0
  for (const { account } of accounts) dropped += await trimLog(engine, blobChangesLog(account), before)
  return dropped
}

async function trimLog(
  { database, logs }: BlobContext['engine'],
  log: string,
  before: number,
): Promise<number> {
  const limit = 4096
  let dropped = 0
  for (;;) {
    const count = await database.write((transaction) => logs.retain(transaction, log, before, limit))
    dropped += count
    if (count < limit) return dropped
  }
}
