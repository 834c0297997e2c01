/** Copies within this store, which take no bytes along, and the states of those from elsewhere. */

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
  type HttpProperties,
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
import { type Arrived, copyContent, dropContent, keepArrived } from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findAddressed, findCurrent, saveItem } from './items.ts'
import { detailIn, newBlobFields } from './put-blob.ts'
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
    await announce(
      context,
      transaction,
      destination,
      'created',
      options.api ?? 'CopyBlob',
      item,
      options.origin,
    )
    return item
  })
}

async function openDestination(
  context: BlobContext,
  transaction: Transaction,
  destination: BlobAddress,
  options: CopyOptions,
): ReturnType<typeof openForWrite> {
  const place = await openForWrite(context, transaction, destination, options, 'new')
  if (place.item && detailOf(place.item).copy?.status === 'pending') throw blobErrors.PendingCopyOperation()
  return place
}

function finishedCopy(source: string, length: number, now: number): CopyState {
  return { id: newId(), status: 'success', source, done: length, total: length, completedAt: now }
}

/** What is known of a source elsewhere before its content. */
export interface RemoteBlob {
  readonly length: number
  readonly properties: HttpProperties
  readonly md5: string | undefined
  readonly metadata: Metadata
}

/** The whole content of a source elsewhere becomes a block blob in one step. */
export function putCopied(
  context: BlobContext,
  destination: BlobAddress,
  remote: RemoteBlob,
  arrived: Arrived,
  options: CopyOptions,
): Promise<Item> {
  const { engine, clock } = context
  return engine.database.write(async (transaction) => {
    const place = await openDestination(context, transaction, destination, options)
    const item = await replaceItem(context, transaction, destination, place, {
      type: 'BlockBlob',
      ...remoteFields(remote, options),
      detail: detailText(finishedCopy(options.sourceUrl, arrived.length, clock.now()), options),
      ...(await keepArrived(engine, transaction, arrived)),
    })
    await announce(
      context,
      transaction,
      destination,
      'created',
      options.api ?? 'CopyBlob',
      item,
      options.origin,
    )
    return item
  })
}

function remoteFields(remote: RemoteBlob, options: CopyOptions): ReturnType<typeof newBlobFields> {
  return newBlobFields({
    properties: remote.properties,
    md5: remote.md5,
    metadata: options.metadata ?? remote.metadata,
    tags: options.tags === 'copy' ? undefined : options.tags,
    tier: options.tier,
  })
}

function detailText(copy: CopyState, options: CopyOptions): string {
  return toText(detailIn({ detail: { ...options.detail, copy }, encryption: options.encryption }))
}

/** Makes the destination of a copy whose content is still to come; a row of `storage_blob_copying` remembers it. */
export function beginCopy(
  context: BlobContext,
  destination: BlobAddress,
  remote: RemoteBlob,
  options: CopyOptions,
): Promise<Item> {
  return context.engine.database.write(async (transaction) => {
    const place = await openDestination(context, transaction, destination, options)
    const id = newId()
    const copy: CopyState = {
      id,
      status: 'pending',
      source: options.sourceUrl,
      done: 0,
      total: remote.length,
    }
    const item = await replaceItem(context, transaction, destination, place, {
      type: 'BlockBlob',
      ...remoteFields(remote, options),
      detail: detailText(copy, options),
    })
    await transaction.run(
      'INSERT INTO storage_blob_copying (id, container, name, source) VALUES (?, ?, ?, ?)',
      id,
      item.container,
      item.name,
      options.sourceUrl,
    )
    return item
  })
}

/** A copy under way. */
export interface Copying {
  readonly id: string
  readonly container: number
  readonly name: string
  readonly source: string
}

export function copiesUnderWay(context: BlobContext): Promise<Copying[]> {
  return context.engine.database.read((snapshot) =>
    snapshot.all<Copying>('SELECT * FROM storage_blob_copying'),
  )
}

/**
 * Ends a copy, with its content or with what went wrong. Answers whether anybody still waited for it: it may have
 * been aborted, or its blob written over.
 */
export function endCopy(
  context: BlobContext,
  copying: Copying,
  outcome: Arrived | { readonly description: string },
): Promise<boolean> {
  const { engine, clock } = context
  return engine.database.write(async (transaction) => {
    await transaction.run('DELETE FROM storage_blob_copying WHERE id = ?', copying.id)
    const address = await addressOf(transaction, copying)
    const before = address && (await findCurrent(transaction, address)).item
    const detail = before && detailOf(before)
    if (!before || detail?.copy?.id !== copying.id || detail.copy.status !== 'pending') return false
    const done = { ...detail.copy, completedAt: clock.now() }
    if ('description' in outcome) {
      const copy: CopyState = { ...done, status: 'failed', description: outcome.description }
      await saveItem(transaction, { ...before, detail: toText({ ...detail, copy }) })
      return true
    }
    const { length } = outcome
    const copy: CopyState = { ...done, status: 'success', done: length, total: length }
    await dropContent(engine, transaction, before)
    const item: Item = {
      ...before,
      ...(await keepArrived(engine, transaction, outcome)),
      md5: before.md5 || outcome.md5,
      etag: context.ticks.next(before.etag),
      detail: toText({ ...detail, copy }),
    }
    await saveItem(transaction, item)
    await announce(context, transaction, address, 'created', 'CopyBlob', item, undefined)
    return true
  })
}

async function addressOf(
  transaction: Transaction,
  { container, name }: Copying,
): Promise<BlobAddress | undefined> {
  const row = await transaction.get<{ account: string; name: string }>(
    'SELECT account, name FROM storage_blob_container WHERE id = ? AND gone = 0',
    container,
  )
  return row && { account: row.account, container: row.name, name }
}

/**
 * Ends a copy without its content: the blob stays, empty.
 * @throws StorageError NoPendingCopyOperation, CopyIdMismatch, LeaseIdMissing
 */
export function abortCopy(
  context: BlobContext,
  destination: BlobAddress,
  id: string,
  options: WriteOptions,
): Promise<void> {
  return context.engine.database.write(async (transaction) => {
    const { item } = await openForWrite(context, transaction, destination, options)
    if (!item) throw blobErrors.BlobNotFound()
    const detail = detailOf(item)
    if (detail.copy?.status !== 'pending') throw blobErrors.NoPendingCopyOperation()
    if (detail.copy.id !== id) throw blobErrors.CopyIdMismatch()
    const copy: CopyState = { ...detail.copy, status: 'aborted', completedAt: context.clock.now() }
    await saveItem(transaction, { ...item, detail: toText({ ...detail, copy }) })
    await transaction.run('DELETE FROM storage_blob_copying WHERE id = ?', id)
  })
}
