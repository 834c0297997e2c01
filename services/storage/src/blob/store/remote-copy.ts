/** Copies whose content comes from elsewhere, and the states that they go through. */
import type { Transaction } from '@aloft/engine'
import { newId } from '@aloft/kernel'
import { blobErrors } from '../errors.ts'
import {
  type CopyState,
  detailOf,
  type HttpProperties,
  type Item,
  type Metadata,
  toText,
} from '../model/item.ts'
import { openForWrite } from './access.ts'
import { announce } from './changes.ts'
import { type Arrived, dropContent, keepArrived } from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { announceCopy, type CopyOptions, finishedCopy, openDestination } from './copy-blob.ts'
import { findCurrent, saveItem } from './items.ts'
import { detailIn, newBlobFields } from './put-blob.ts'
import { replaceItem } from './replace.ts'

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
    await announceCopy(context, transaction, destination, item, options)
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
