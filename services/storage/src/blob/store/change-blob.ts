/** Changes of a blob that leave its content as it is. */
import type { Transaction } from '@aloft/engine'
import { type Conditions, checkWrite } from '../../protocol/conditions.ts'
import { blobErrors } from '../errors.ts'
import {
  detailOf,
  type HttpProperties,
  type Item,
  type ItemDetail,
  leaseOf,
  type Metadata,
  type Tags,
  tagsOf,
  tierOf,
  toText,
} from '../model/item.ts'
import { checkLeaseOnRead, checkLeaseOnWrite } from '../model/lease.ts'
import { checkTier, checkTierChange, checkTierLength } from '../model/tiers.ts'
import {
  checkEncryption,
  checkMutable,
  checkNotArchived,
  checkNotIncremental,
  checkTagCondition,
  openExisting,
  openForRead,
  targetOf,
  touched,
} from './access.ts'
import { announce } from './changes.ts'
import { shareContent } from './content.ts'
import type { AccessOptions, BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findAddressed, findCurrent, saveItem } from './items.ts'
import { nextSequenceNumber, resized, type SequenceChange } from './page-blob.ts'
import { asVersion } from './replace.ts'
import { indexTags } from './tag-index.ts'

export interface PropertyChange {
  /** All of them: what is absent is cleared. Undefined = they stay. */
  readonly properties?: HttpProperties | undefined
  readonly md5?: string | undefined
  /** Page blobs. */
  readonly length?: number | undefined
  readonly sequence?: SequenceChange | undefined
}

/** @throws StorageError BlobNotFound, ConditionNotMet, LeaseIdMissing, BlobArchived, InvalidBlobType … */
export function setProperties(
  context: BlobContext,
  address: BlobAddress,
  change: PropertyChange,
  options: WriteOptions,
): Promise<Item> {
  return changed(context, address, 'SetBlobProperties', options, async (transaction, before) => {
    checkNotArchived(before, context.clock.now())
    const isOfPages = change.length !== undefined || change.sequence !== undefined
    if (isOfPages && before.type !== 'PageBlob') throw blobErrors.InvalidBlobType()
    if (change.length !== undefined) checkTierLength(before.tier, change.length)
    const item =
      change.length === undefined ? before : await resized(context, transaction, before, change.length)
    const detail = detailOf(before)
    const sequenceNumber = change.sequence && nextSequenceNumber(detail.sequenceNumber ?? 0, change.sequence)
    return {
      ...item,
      ...(change.properties && { properties: toText(change.properties), md5: change.md5 ?? '' }),
      ...(sequenceNumber !== undefined && { detail: toText({ ...detail, sequenceNumber }) }),
    }
  })
}

/** Replaces all of it. With versions on, what was becomes one. @throws StorageError as `setProperties` */
export function setMetadata(
  context: BlobContext,
  address: BlobAddress,
  metadata: Metadata,
  options: WriteOptions,
): Promise<Item> {
  return changed(context, address, 'SetBlobMetadata', options, async (transaction, before) => {
    checkNotArchived(before, context.clock.now())
    const item = { ...before, metadata: toText(metadata) }
    if (!context.settings(address.account).hasVersions) return item
    const reference = await shareContent(context.engine, transaction, before)
    await saveItem(transaction, { ...asVersion(before), ...reference })
    return { ...item, version: context.ticks.next(before.etag) }
  })
}

async function changed(
  context: BlobContext,
  address: BlobAddress,
  api: string,
  options: WriteOptions,
  change: (transaction: Transaction, before: Item) => Promise<Item>,
): Promise<Item> {
  return context.engine.database.write(async (transaction) => {
    const before = await openExisting(context, transaction, address, options)
    checkEncryption(before, options)
    checkMutable(before, context.clock.now())
    const item = { ...(await change(transaction, before)), ...touched(context, before) }
    await saveItem(transaction, item)
    await announce(context, transaction, address, 'updated', api, item, options.origin)
    return item
  })
}

/** Replaces the tags of a blob, snapshot or version; its ETag stays. */
export function setTags(
  context: BlobContext,
  address: BlobAddress,
  tags: Tags,
  options: AccessOptions,
): Promise<void> {
  return context.engine.database.write(async (transaction) => {
    const { item } = await findAddressed(transaction, address)
    checkWrite(options.conditions, item && targetOf(item))
    if (!item) throw blobErrors.BlobNotFound()
    if (options.ifTags) checkTagCondition(options.ifTags, item)
    if (item.past === 0) checkLeaseOnWrite(leaseOf(item), options.leaseId, context.clock.now(), 'Blob')
    await saveItem(transaction, { ...item, tags: toText(tags) })
    if (item.past === 0) await indexTags(transaction, address.account, item, tagsOf(item), tags)
  })
}

export function getTags(context: BlobContext, address: BlobAddress, options: AccessOptions): Promise<Tags> {
  return context.engine.database.read(async (snapshot) =>
    tagsOf(await openForRead(context, snapshot, address, options)),
  )
}

/**
 * A read-only copy as of now, with other metadata if any is given. Answers with the snapshot.
 * @throws StorageError BlobNotFound, ConditionNotMet, BlobArchived, LeaseIdMismatchWithBlobOperation …
 */
export function snapshotBlob(
  context: BlobContext,
  address: BlobAddress,
  metadata: Metadata | undefined,
  options: AccessOptions,
): Promise<Item> {
  return context.engine.database.write(async (transaction) => {
    const { item: before } = await findCurrent(transaction, address)
    checkWrite(options.conditions, before && targetOf(before))
    if (!before) throw blobErrors.BlobNotFound()
    if (options.ifTags) checkTagCondition(options.ifTags, before)
    const now = context.clock.now()
    // A lease does not keep others from taking snapshots.
    checkLeaseOnRead(leaseOf(before), options.leaseId, now, 'Blob')
    checkEncryption(before, options)
    checkNotIncremental(before)
    checkNotArchived(before, now)
    const snapshot: Item = {
      ...before,
      ...(await shareContent(context.engine, transaction, before)),
      past: 1,
      moment: context.ticks.next(before.etag),
      kind: 'snapshot',
      lease: '',
      ...(metadata && { metadata: toText(metadata) }),
    }
    await saveItem(transaction, snapshot)
    return snapshot
  })
}

export interface TierResult {
  readonly item: Item
  /** Whether it takes effect later. */
  readonly isPending: boolean
}

/**
 * Changes the access tier; out of the archive it takes a while.
 * @throws StorageError BlobNotFound, AccessTierNotSupportedForBlobType, CannotChangeToLowerTier, BlobBeingRehydrated …
 */
export function setTier(
  context: BlobContext,
  address: BlobAddress,
  tier: string,
  priority: 'Standard' | 'High',
  options: WriteOptions,
): Promise<TierResult> {
  return context.engine.database.write(async (transaction) => {
    const { item: before } = await findAddressed(transaction, address)
    if (!before) throw blobErrors.BlobNotFound()
    if (options.ifTags) checkTagCondition(options.ifTags, before)
    const now = context.clock.now()
    if (options.leaseId !== undefined) checkLeaseOnWrite(leaseOf(before), options.leaseId, now, 'Blob')
    checkTier(tier, before.type, before.length)
    const current = tierOf(before, now)
    checkTierChange(current, tier)
    const { rehydrate, ...detail } = detailOf(before)
    const isPending = current === 'Archive' && tier !== 'Archive'
    if (current === 'Archive' && rehydrate && rehydrate.tier !== tier) throw blobErrors.BlobBeingRehydrated()
    const at = rehydrate?.at ?? now + context.rehydrateMs[priority]
    const next: ItemDetail = isPending
      ? { ...detail, rehydrate: { tier, priority, at } }
      : { ...detail, tierChangedAt: now }
    const item = { ...before, tier: isPending ? 'Archive' : tier, detail: toText(next) }
    await saveItem(transaction, item)
    if (isPending) await rememberRehydration(transaction, item, at)
    if (before.past === 0)
      await announce(
        context,
        transaction,
        address,
        isPending ? 'rehydrating' : 'tier-changed',
        'SetBlobTier',
        item,
        options.origin,
      )
    return { item, isPending }
  })
}

/** So that somebody tells when it is over. */
async function rememberRehydration(transaction: Transaction, item: Item, at: number): Promise<void> {
  if (item.past !== 0) return
  await transaction.run(
    `INSERT INTO storage_blob_rehydration (container, name, at) VALUES (?, ?, ?)
      ON CONFLICT (container, name) DO UPDATE SET at = excluded.at`,
    item.container,
    item.name,
    at,
  )
}

/** Keeps a blob, snapshot or version from being changed: a policy, or a legal hold. */
export function setProtection(
  context: BlobContext,
  address: BlobAddress,
  change: (detail: ItemDetail) => ItemDetail,
  conditions?: Conditions,
): Promise<Item> {
  return context.engine.database.write(async (transaction) => {
    const { item: before } = await findAddressed(transaction, address)
    checkWrite(conditions, before && targetOf(before))
    if (!before) throw blobErrors.BlobNotFound()
    const item = { ...before, detail: toText(change(detailOf(before))) }
    await saveItem(transaction, item)
    return item
  })
}
