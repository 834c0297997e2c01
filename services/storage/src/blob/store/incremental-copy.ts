/** Incremental copies: one blob whose snapshots are those of another, as far as they have been copied. */
import type { Transaction } from '@aloft/engine'
import { newId } from '@aloft/kernel'
import { blobErrors } from '../errors.ts'
import { type CopyState, detailOf, type Item, toText } from '../model/item.ts'
import { openForWrite } from './access.ts'
import { announce } from './changes.ts'
import { copyContent } from './content.ts'
import type { BlobAddress, BlobContext } from './context.ts'
import { type CopyOptions, openSource } from './copy-blob.ts'
import { saveItem } from './items.ts'
import { replaceItem } from './replace.ts'

/**
 * Copies a snapshot of a page blob of this store, as a snapshot of the destination. Pages that an earlier one has too
 * are the same bytes on the disk. (REST reference, "Incremental Copy Blob")
 * @throws StorageError IncrementalCopySourceMustBeSnapshot, IncrementalCopyBlobMismatch,
 * IncrementalCopyOfEarlierSnapshotNotAllowed, InvalidSourceBlobType, CannotVerifyCopySource, LeaseIdMissing …
 */
export async function copyIncrementally(
  context: BlobContext,
  source: BlobAddress,
  destination: BlobAddress,
  options: CopyOptions,
): Promise<Item> {
  const moment = source.snapshot
  if (moment === undefined) throw blobErrors.IncrementalCopySourceMustBeSnapshot()
  return context.engine.database.write(async (transaction) => {
    const from = await openSource(transaction, source, options)
    if (from.type !== 'PageBlob') throw blobErrors.InvalidSourceBlobType()
    const place = await openForWrite(context, transaction, destination, options)
    const origin = { container: from.container, name: from.name, moment }
    if (place.item) checkFollows(place.item, origin)
    const snapshot = context.ticks.next(place.item?.etag)
    const { length, properties, md5, metadata } = from
    const now = context.clock.now()
    const copy: CopyState = {
      id: newId(),
      status: 'success',
      source: options.sourceUrl,
      done: length,
      total: length,
      completedAt: now,
      isIncremental: true,
      origin,
      snapshot,
    }
    const { sequenceNumber } = detailOf(from)
    const item = await replaceItem(context, transaction, destination, place, {
      type: 'PageBlob',
      properties,
      md5,
      metadata: options.metadata ? toText(options.metadata) : metadata,
      detail: toText({ ...(sequenceNumber !== undefined && { sequenceNumber }), copy }),
      ...(await copyContent(context.engine, transaction, from)),
    })
    await keepSnapshot(context, transaction, item, snapshot)
    await announce(context, transaction, destination, 'created', 'CopyBlob', item, options.origin)
    return item
  })
}

/** Whether `item` is a copy of the same blob that has not come as far. */
function checkFollows(item: Item, { container, name, moment }: NonNullable<CopyState['origin']>): void {
  const before = detailOf(item).copy?.origin
  if (before?.container !== container || before.name !== name) throw blobErrors.IncrementalCopyBlobMismatch()
  if (moment <= before.moment) throw blobErrors.IncrementalCopyOfEarlierSnapshotNotAllowed()
}

async function keepSnapshot(
  context: BlobContext,
  transaction: Transaction,
  item: Item,
  moment: number,
): Promise<void> {
  const content = await copyContent(context.engine, transaction, item)
  await saveItem(transaction, { ...item, ...content, past: 1, moment, kind: 'snapshot', lease: '' })
}
