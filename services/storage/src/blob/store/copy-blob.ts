/** Copies within this store, which take no bytes along. */

import type { Transaction } from '@aloft/engine'
import { newId } from '@aloft/kernel'
import type { Conditions } from '../../protocol/conditions.ts'
import { readOutcome } from '../../protocol/conditions.ts'
import { StorageError } from '../../protocol/storage-error.ts'
import { blobErrors, cannotVerifySource, tooLargeToCopy } from '../errors.ts'
import { type Encryption, matchEncryption } from '../model/encryption.ts'
import {
  type CopyState,
  detailOf,
  type Item,
  type ItemDetail,
  type Metadata,
  type Tags,
  tagsOf,
  tierOf,
  toText,
} from '../model/item.ts'
import { matchesTags, type TagFilter } from '../model/tag-filter.ts'
import { checkTier } from '../model/tiers.ts'
import { openForWrite, targetOf } from './access.ts'
import { announce } from './changes.ts'
import { copyContent } from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findAddressed } from './items.ts'
import { replaceItem } from './replace.ts'

export interface CopyOptions extends WriteOptions {
  /** As the client gave it. */
  readonly sourceUrl: string
  /** Instead of the source's. */
  readonly metadata?: Metadata | undefined
  /** `copy` takes those of the source. */
  readonly tags?: Tags | 'copy' | undefined
  readonly tier?: string | undefined
  /** Whether copies of page blobs take no tier, as in Azurite and in accounts of Azure that are not premium. */
  readonly refusesPageTier?: boolean
  /** Undefined = as the source is. */
  readonly isSealed?: boolean | undefined
  readonly sourceConditions?: Conditions | undefined
  readonly sourceIfTags?: TagFilter | undefined
  readonly sourceEncryption?: Encryption | undefined
  /** Of the copy, besides what comes of its source. */
  readonly detail?: ItemDetail | undefined
  /** Of the source. @default no limit */
  readonly maxBytes?: number
  readonly api?: string
}

/** The source as it is now. @throws StorageError CannotVerifyCopySource, SourceConditionNotMet */
export async function openSource(
  transaction: Transaction,
  source: BlobAddress,
  options: CopyOptions,
): Promise<Item> {
  const { item } = await findAddressed(transaction, source).catch((error: unknown) => {
    throw unverified(error)
  })
  if (!item) throw cannotVerifySource(404, 'BlobNotFound', 'The specified blob does not exist.')
  const { sourceConditions, sourceIfTags } = options
  if (sourceConditions && readOutcome(sourceConditions, targetOf(item)) !== 'met')
    throw blobErrors.SourceConditionNotMet()
  try {
    matchEncryption(detailOf(item).encryption, options.sourceEncryption)
  } catch (error) {
    throw unverified(error)
  }
  if (sourceIfTags && !matchesTags(sourceIfTags, tagsOf(item))) throw blobErrors.SourceConditionNotMet()
  return item
}

function unverified(error: unknown): unknown {
  return error instanceof StorageError ? cannotVerifySource(error.status, error.code, error.message) : error
}

/**
 * Copies a blob, snapshot or version of this store with its content, properties and type.
 * @throws StorageError CannotVerifyCopySource, SourceConditionNotMet, PendingCopyOperation, BlobArchived and those of Put Blob
 */
export function copyWithin(
  context: BlobContext,
  source: BlobAddress,
  destination: BlobAddress,
  options: CopyOptions,
): Promise<Item> {
  const { engine, clock } = context
  return engine.database.write(async (transaction) => {
    const from = await openSource(transaction, source, options)
    if (from.length > (options.maxBytes ?? Number.POSITIVE_INFINITY)) throw tooLargeToCopy()
    const place = await openDestination(context, transaction, destination, options)
    const now = clock.now()
    // The copy comes out of the archive at once; Azure takes hours.
    const isArchived = tierOf(from, now) === 'Archive'
    if (isArchived && (options.tier === undefined || options.tier === 'Archive'))
      throw source.account === destination.account
        ? blobErrors.BlobArchived()
        : cannotVerifySource(409, 'BlobArchived', blobErrors.BlobArchived().message)
    checkTier(options.tier ?? '', from.type, from.length)
    if (options.refusesPageTier && options.tier !== undefined && from.type === 'PageBlob')
      throw blobErrors.AccessTierNotSupportedForBlobType()
    const { sequenceNumber, blockCount, isSealed } = detailOf(from)
    const copy = finishedCopy(options.sourceUrl, from.length, now)
    const detail: ItemDetail = {
      ...options.detail,
      ...(sequenceNumber !== undefined && { sequenceNumber }),
      ...(blockCount !== undefined && { blockCount }),
      ...((options.isSealed ?? isSealed) && { isSealed: true }),
      ...(options.encryption && { encryption: options.encryption }),
      copy,
    }
    const content = await copyContent(engine, transaction, from)
    const item = await replaceItem(context, transaction, destination, place, {
      type: from.type,
      properties: from.properties,
      md5: from.md5,
      metadata: options.metadata ? toText(options.metadata) : from.metadata,
      tags: options.tags === 'copy' ? from.tags : toText(options.tags),
      tier: options.tier ?? '',
      detail: toText(detail),
      ...content,
    })
    await announceCopy(context, transaction, destination, item, options)
    return item
  })
}

/** Tells that the copy is there, whole. */
export function announceCopy(
  context: BlobContext,
  transaction: Transaction,
  destination: BlobAddress,
  item: Item,
  { api = 'CopyBlob', origin }: CopyOptions,
): Promise<void> {
  return announce(context, transaction, destination, 'created', api, item, origin)
}

/** @throws StorageError PendingCopyOperation and those of `openForWrite` */
export async function openDestination(
  context: BlobContext,
  transaction: Transaction,
  destination: BlobAddress,
  options: CopyOptions,
): ReturnType<typeof openForWrite> {
  const place = await openForWrite(context, transaction, destination, options, 'new')
  if (place.item && detailOf(place.item).copy?.status === 'pending') throw blobErrors.PendingCopyOperation()
  return place
}

export function finishedCopy(source: string, length: number, now: number): CopyState {
  return { id: newId(), status: 'success', source, done: length, total: length, completedAt: now }
}
