/** Whether an operation may happen on the blob as it is now; to be asked within its transaction. */
import type { ReadTransaction, Transaction } from '@aloft/engine'
import { type ConditionTarget, checkRead, checkWrite } from '../../protocol/conditions.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import { etagOfTicks, timeOfTicks } from '../../protocol/timestamps.ts'
import { blobErrors } from '../errors.ts'
import { matchEncryption } from '../model/encryption.ts'
import { type BlobType, detailOf, type Item, leaseOf, tagsOf, tierOf, toText } from '../model/item.ts'
import { checkLeaseOnRead, checkLeaseOnWrite, isLocked, leaseAfterWrite } from '../model/lease.ts'
import { matchesTags, type TagFilter } from '../model/tag-filter.ts'
import type { AccessOptions, BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findAddressed, findCurrent, findPlace, type NewPlace } from './items.ts'

export function targetOf(item: { readonly etag: number }): ConditionTarget {
  return { etag: etagOfTicks(item.etag), lastModified: timeOfTicks(item.etag) }
}

/**
 * For reads. @throws StorageError ContainerNotFound, BlobNotFound, ConditionNotMet, LeaseIdMismatchWithBlobOperation …
 */
export async function openForRead(
  context: BlobContext,
  snapshot: ReadTransaction,
  address: BlobAddress,
  options: AccessOptions,
): Promise<Item> {
  const { item } = await findAddressed(snapshot, address)
  if (options.conditions) checkRead(options.conditions, item && targetOf(item))
  if (!item) throw blobErrors.BlobNotFound()
  if (options.leaseId !== undefined)
    checkLeaseOnRead(leaseOf(item), options.leaseId, context.clock.now(), 'Blob')
  if (options.ifTags) checkTagCondition(options.ifTags, item)
  return item
}

/**
 * For what makes or replaces a blob.
 * @param newness `new`: with `If-None-Match: *` an existing one is refused as BlobAlreadyExists, unless it is leased
 * @throws StorageError ContainerNotFound, ConditionNotMet, LeaseIdMissing, BlobImmutableDueToPolicy …
 */
export async function openForWrite(
  context: BlobContext,
  transaction: Transaction,
  address: BlobAddress,
  options: WriteOptions,
  newness: 'new' | 'any' = 'any',
): Promise<NewPlace> {
  const place = await findPlace(transaction, address)
  const { item } = place
  if (item && newness === 'new' && options.isForNewOnly) throw generalErrors.AuthorizationPermissionMismatch()
  const now = context.clock.now()
  if (options.conditions) {
    // Of a leased blob Azure asks for the lease only, and lets its holder replace it (azure-storage-net, issue 38).
    const isRefused = newness === 'new' && item && !isLocked(leaseOf(item), now)
    const onExisting = isRefused ? blobErrors.BlobAlreadyExists : undefined
    checkWrite(options.conditions, item && targetOf(item), onExisting)
  }
  if (options.ifTags) checkTagCondition(options.ifTags, item)
  if (item) checkMutable(item, now)
  if (item || options.leaseId !== undefined)
    checkLeaseOnWrite(item && leaseOf(item), options.leaseId, now, 'Blob')
  return place
}

/** For changes of a blob that is there. @throws StorageError BlobNotFound and those of `openForWrite` */
export async function openExisting(
  context: BlobContext,
  transaction: Transaction,
  address: BlobAddress,
  options: AccessOptions,
): Promise<Item> {
  const { item } = await findCurrent(transaction, address)
  if (!item) {
    checkWrite(options.conditions, undefined)
    throw blobErrors.BlobNotFound()
  }
  checkWrite(options.conditions, targetOf(item))
  if (options.ifTags) checkTagCondition(options.ifTags, item)
  checkLeaseOnWrite(leaseOf(item), options.leaseId, context.clock.now(), 'Blob')
  return item
}

/** @throws StorageError InvalidBlobType, BlobArchived, BlobImmutableDueToPolicy, OperationNotAllowedOnIncrementalCopyBlob */
export function checkChangeable(item: Item, type: BlobType, now: number): void {
  if (item.type !== type) throw blobErrors.InvalidBlobType()
  checkNotIncremental(item)
  checkNotArchived(item, now)
  checkMutable(item, now)
}

/** Only the snapshots of an incremental copy have content. @throws StorageError OperationNotAllowedOnIncrementalCopyBlob */
export function checkNotIncremental(item: Item): void {
  if (item.detail === '' || item.past !== 0) return
  if (detailOf(item).copy?.isIncremental) throw blobErrors.OperationNotAllowedOnIncrementalCopyBlob()
}

/** @throws StorageError BlobImmutableDueToPolicy */
export function checkMutable(item: Item, now: number): void {
  if (item.detail === '') return
  const { immutability, hasLegalHold } = detailOf(item)
  if (hasLegalHold || (immutability && immutability.until > now)) throw blobErrors.BlobImmutableDueToPolicy()
}

/** @throws StorageError BlobArchived */
export function checkNotArchived(item: Item, now: number): void {
  if (tierOf(item, now) === 'Archive') throw blobErrors.BlobArchived()
}

/** For what needs the content or the metadata. @throws StorageError as `matchEncryption` */
export function checkEncryption(item: Item, { encryption }: AccessOptions): void {
  if (item.detail !== '' || encryption) matchEncryption(detailOf(item).encryption, encryption)
}

export function checkTagCondition(filter: TagFilter, item: Item | undefined): void {
  if (!item || !matchesTags(filter, tagsOf(item))) throw generalErrors.ConditionNotMet()
}

/** What every change of a blob changes: its ETag, and a lease that is over. */
export function touched(context: BlobContext, item: Item): Pick<Item, 'etag' | 'lease'> {
  const lease = item.lease === '' ? '' : toText(leaseAfterWrite(leaseOf(item), context.clock.now()))
  return { etag: context.ticks.next(item.etag), lease }
}
