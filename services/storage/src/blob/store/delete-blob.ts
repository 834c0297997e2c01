/** Deleting and bringing back. */
import type { Transaction } from '@aloft/engine'
import { type Conditions, checkWrite } from '../../protocol/conditions.ts'
import { invalidQuery } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { type Item, tagsOf, tierChangedAtOf } from '../model/item.ts'
import { checkMutable, checkTagCondition, openExisting, targetOf } from './access.ts'
import { announce } from './changes.ts'
import { dropContent } from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findCurrent, findPast, removeItem, saveItem } from './items.ts'
import { asVersion, dropStaged, softDeleted } from './replace.ts'
import { indexTags } from './tag-index.ts'

export interface DeleteOptions extends WriteOptions {
  /** What to do with snapshots; absent: a blob that has some is not deleted. */
  readonly snapshots?: 'include' | 'only' | undefined
  /** `permanent`: a soft-deleted snapshot or version is gone for good. */
  readonly type?: 'permanent' | undefined
  /** On when the access tier was given; a blob of the default tier has it since it was made. */
  readonly tierConditions?: Conditions | undefined
}

/** @throws StorageError BlobNotFound, SnapshotsPresent, LeaseIdMissing, ConditionNotMet, BlobImmutableDueToPolicy … */
export async function deleteBlob(
  context: BlobContext,
  address: BlobAddress,
  options: DeleteOptions,
): Promise<void> {
  const isPast = address.snapshot !== undefined || address.version !== undefined
  if (isPast && options.snapshots !== undefined)
    throw blobErrors.InvalidOperation({ message: 'Snapshots have no snapshots that could be deleted.' })
  await context.engine.database.write((transaction) =>
    isPast
      ? deletePast(context, transaction, address, options)
      : deleteCurrent(context, transaction, address, options),
  )
}

async function deleteCurrent(
  context: BlobContext,
  transaction: Transaction,
  address: BlobAddress,
  options: DeleteOptions,
): Promise<void> {
  const item = await openExisting(context, transaction, address, options)
  checkTierConditions(options, item)
  const past = await findPast(transaction, item.container, item.name)
  const snapshots = past.filter(({ kind, deleted_at }) => kind === 'snapshot' && deleted_at === 0)
  if (snapshots.length > 0 && options.snapshots === undefined) throw blobErrors.SnapshotsPresent()
  const now = context.clock.now()
  for (const each of options.snapshots === 'only' ? snapshots : [item, ...snapshots]) checkMutable(each, now)
  for (const snapshot of snapshots) await letGo(context, transaction, address.account, snapshot)
  if (options.snapshots === 'only') return
  await removeItem(transaction, item)
  const { hasVersions, softDeleteDays } = context.settings(address.account)
  if (hasVersions) await saveItem(transaction, asVersion(item))
  else if (softDeleteDays === undefined) await dropContent(context.engine, transaction, item)
  else {
    const moment = context.ticks.next(item.etag)
    await saveItem(transaction, {
      ...softDeleted(context, item, softDeleteDays),
      past: 1,
      moment,
      kind: 'deleted',
    })
  }
  if (item.tags !== '') await indexTags(transaction, address.account, item, tagsOf(item), {})
  await dropStaged(context, transaction, item.container, item.name)
  await announce(context, transaction, address, 'deleted', 'DeleteBlob', item, options.origin)
}

async function deletePast(
  context: BlobContext,
  transaction: Transaction,
  address: BlobAddress,
  options: DeleteOptions,
): Promise<void> {
  const { account, name, snapshot, version } = address
  const { container, item: current } = await findCurrent(transaction, address)
  if (version !== undefined && current?.version === version) throw blobErrors.OperationNotAllowedOnRootBlob()
  const past = await findPast(transaction, container, name)
  const kind = snapshot === undefined ? 'version' : 'snapshot'
  const item = past.find((each) => each.moment === (snapshot ?? version) && each.kind === kind)
  checkWrite(options.conditions, item && targetOf(item))
  if (!item || (item.deleted_at !== 0 && options.type !== 'permanent')) throw blobErrors.BlobNotFound()
  if (options.ifTags) checkTagCondition(options.ifTags, item)
  checkTierConditions(options, item)
  checkMutable(item, context.clock.now())
  if (options.type !== 'permanent') return letGo(context, transaction, account, item)
  if (item.deleted_at === 0) throw invalidQuery('deletetype', 'permanent')
  await purgeItem(context, transaction, item)
}

/** @throws StorageError ConditionNotMet, MultipleConditionHeadersNotSupported */
function checkTierConditions({ tierConditions }: DeleteOptions, item: Item): void {
  if (!tierConditions) return
  checkWrite(tierConditions, { etag: '', lastModified: tierChangedAtOf(item) ?? item.created })
}

/** A snapshot or version goes, or can be brought back for a while. */
async function letGo(
  context: BlobContext,
  transaction: Transaction,
  account: string,
  item: Item,
): Promise<void> {
  const { softDeleteDays } = context.settings(account)
  if (softDeleteDays === undefined) await purgeItem(context, transaction, item)
  else await saveItem(transaction, softDeleted(context, item, softDeleteDays))
}

/** Removes a row and what it refers to. */
export async function purgeItem(context: BlobContext, transaction: Transaction, item: Item): Promise<void> {
  await removeItem(transaction, item)
  await dropContent(context.engine, transaction, item)
}

/**
 * Brings back a soft-deleted blob, and what has been deleted of its snapshots and versions.
 * @throws StorageError ContainerNotFound, BlobNotFound
 */
export function undeleteBlob(
  context: BlobContext,
  address: BlobAddress,
  options: WriteOptions,
): Promise<void> {
  return context.engine.database.write(async (transaction) => {
    const { container, item: current } = await findCurrent(transaction, address)
    const past = await findPast(transaction, container, address.name)
    if (!current && past.length === 0) throw blobErrors.BlobNotFound()
    for (const item of past) {
      if (item.deleted_at === 0) continue
      await removeItem(transaction, item)
      const restored = { ...item, deleted_at: 0, purge_at: 0 }
      if (item.kind !== 'deleted') {
        await saveItem(transaction, restored)
        continue
      }
      const blob: Item = {
        ...restored,
        past: 0,
        moment: 0,
        kind: 'blob',
        etag: context.ticks.next(item.etag),
      }
      await saveItem(transaction, blob)
      await indexTags(transaction, address.account, blob, {}, tagsOf(blob))
      await announce(context, transaction, address, 'updated', 'UndeleteBlob', blob, options.origin)
    }
  })
}
