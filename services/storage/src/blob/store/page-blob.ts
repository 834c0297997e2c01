/** Page blobs: sparse runs of pages of 512 bytes. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { maxPageWriteBytes } from '../limits.ts'
import type { ByteRange } from '../model/extents.ts'
import { detailOf, type Item } from '../model/item.ts'
import { checkChangeable, checkEncryption, openExisting, touched } from './access.ts'
import { announce } from './changes.ts'
import {
  type Arrived,
  type Content,
  checkIntegrity,
  discardArrived,
  type Integrity,
  intoEngine,
} from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { addExtent, clearExtents } from './extents.ts'
import { saveItem } from './items.ts'

export interface SequenceConditions {
  readonly atMost?: number | undefined
  readonly below?: number | undefined
  readonly equals?: number | undefined
}

export interface PageOptions extends WriteOptions {
  readonly integrity?: Integrity | undefined
  readonly sequence?: SequenceConditions | undefined
}

export interface PageResult {
  readonly item: Item
  readonly arrived: Arrived
}

/**
 * Writes whole pages.
 * @param range aligned to pages
 * @throws StorageError BlobNotFound, InvalidBlobType, InvalidPageRange, SequenceNumberConditionNotMet …
 */
export async function putPages(
  context: BlobContext,
  address: BlobAddress,
  range: ByteRange,
  content: Content,
  options: PageOptions,
): Promise<PageResult> {
  const { engine } = context
  const length = range.end - range.start + 1
  const arrived = await intoEngine(engine, content, Math.min(length, maxPageWriteBytes))
  try {
    if (options.integrity) checkIntegrity(arrived, options.integrity)
    const item = await changePages(context, address, range, options, async (transaction, { body }) => {
      if (arrived.length !== length) throw blobErrors.InvalidPageRange()
      const { key, md5: sum } = arrived
      await addExtent(engine, transaction, body, { start: range.start, length, key, skip: 0, sum })
    })
    return { item, arrived }
  } catch (error) {
    await discardArrived(engine, arrived)
    throw error
  }
}

/** Makes zeros of whole pages. */
export function clearPages(
  context: BlobContext,
  address: BlobAddress,
  range: ByteRange,
  options: PageOptions,
): Promise<Item> {
  return changePages(context, address, range, options, async () => {})
}

function changePages(
  context: BlobContext,
  address: BlobAddress,
  { start, end }: ByteRange,
  options: PageOptions,
  fill: (transaction: Parameters<typeof saveItem>[0], item: Item) => Promise<void>,
): Promise<Item> {
  const { engine } = context
  return engine.database.write(async (transaction) => {
    const before = await openExisting(context, transaction, address, options)
    checkEncryption(before, options)
    checkChangeable(before, 'PageBlob', context.clock.now())
    if (end >= before.length) throw blobErrors.InvalidPageRange()
    if (options.sequence) checkSequence(detailOf(before).sequenceNumber ?? 0, options.sequence)
    await clearExtents(engine, transaction, before.body, start, end + 1)
    await fill(transaction, before)
    const item = { ...before, ...touched(context, before) }
    await saveItem(transaction, item)
    await announce(context, transaction, address, 'updated', 'PutPage', item, options.origin)
    return item
  })
}

/** @throws StorageError SequenceNumberConditionNotMet */
function checkSequence(number: number, { atMost, below, equals }: SequenceConditions): void {
  const isMet =
    (atMost === undefined || number <= atMost) &&
    (below === undefined || number < below) &&
    (equals === undefined || number === equals)
  if (!isMet) throw blobErrors.SequenceNumberConditionNotMet()
}

export interface SequenceChange {
  readonly action: 'max' | 'update' | 'increment'
  readonly number: number | undefined
}

/** The number after `change`. @throws StorageError InvalidHeaderValue, SequenceNumberIncrementTooLarge */
export function nextSequenceNumber(current: number, { action, number }: SequenceChange): number {
  if (action === 'increment') {
    if (number !== undefined) throw generalErrors.InvalidHeaderValue()
    if (current >= Number.MAX_SAFE_INTEGER) throw blobErrors.SequenceNumberIncrementTooLarge()
    return current + 1
  }
  if (number === undefined) throw generalErrors.MissingRequiredHeader()
  return action === 'max' ? Math.max(current, number) : number
}

/** Gives the blob another length; pages beyond it are gone. */
export async function resized(
  context: BlobContext,
  transaction: Parameters<typeof saveItem>[0],
  item: Item,
  length: number,
): Promise<Item> {
  if (length < item.length) await clearExtents(context.engine, transaction, item.body, length, item.length)
  return { ...item, length }
}
