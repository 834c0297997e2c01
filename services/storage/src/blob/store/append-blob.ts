/** Append blobs. */
import { blobErrors } from '../errors.ts'
import { maxCommittedBlocks } from '../limits.ts'
import { detailOf, type Item, toText } from '../model/item.ts'
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
import { addExtent } from './extents.ts'
import { saveItem } from './items.ts'

export interface AppendOptions extends WriteOptions {
  readonly integrity?: Integrity | undefined
  /** The length that the blob must have. */
  readonly position?: number | undefined
  /** The length that it may have afterwards. */
  readonly maxSize?: number | undefined
  /** Default: no limit. */
  readonly maxBytes?: number | undefined
}

export interface AppendResult {
  readonly item: Item
  readonly arrived: Arrived
  /** Where the block begins. */
  readonly offset: number
}

/**
 * Adds a block at the end.
 * @throws StorageError BlobNotFound, InvalidBlobType, BlobIsSealed, AppendPositionConditionNotMet, MaxBlobSizeConditionNotMet, BlockCountExceedsLimit …
 */
export async function appendBlock(
  context: BlobContext,
  address: BlobAddress,
  content: Content,
  options: AppendOptions,
): Promise<AppendResult> {
  const { engine } = context
  const arrived = await intoEngine(engine, content, options.maxBytes ?? Number.POSITIVE_INFINITY)
  try {
    if (options.integrity) checkIntegrity(arrived, options.integrity)
    return await engine.database.write(async (transaction) => {
      const before = await openExisting(context, transaction, address, options)
      checkEncryption(before, options)
      checkChangeable(before, 'AppendBlob', context.clock.now())
      const detail = detailOf(before)
      if (detail.isSealed) throw blobErrors.BlobIsSealed()
      const { length, key, md5: sum } = arrived
      const { position, maxSize } = options
      if (position !== undefined && position !== before.length)
        throw blobErrors.AppendPositionConditionNotMet()
      if (maxSize !== undefined && before.length + length > maxSize)
        throw blobErrors.MaxBlobSizeConditionNotMet()
      const blockCount = (detail.blockCount ?? 0) + 1
      if (blockCount > maxCommittedBlocks) throw blobErrors.BlockCountExceedsLimit()
      await addExtent(engine, transaction, before.body, { start: before.length, length, key, skip: 0, sum })
      const item: Item = {
        ...before,
        ...touched(context, before),
        length: before.length + length,
        detail: toText({ ...detail, blockCount }),
      }
      await saveItem(transaction, item)
      await announce(context, transaction, address, 'updated', 'AppendBlock', item, options.origin)
      return { item, arrived, offset: before.length }
    })
  } catch (error) {
    await discardArrived(engine, arrived)
    throw error
  }
}

/** Nothing can be appended any more. */
export function sealBlob(
  context: BlobContext,
  address: BlobAddress,
  options: WriteOptions & { readonly position?: number | undefined },
): Promise<Item> {
  return context.engine.database.write(async (transaction) => {
    const before = await openExisting(context, transaction, address, options)
    checkChangeable(before, 'AppendBlob', context.clock.now())
    if (options.position !== undefined && options.position !== before.length)
      throw blobErrors.AppendPositionConditionNotMet()
    const detail = detailOf(before)
    if (detail.isSealed) return before
    const item = { ...before, ...touched(context, before), detail: toText({ ...detail, isSealed: true }) }
    await saveItem(transaction, item)
    await announce(context, transaction, address, 'updated', 'SealBlob', item, options.origin)
    return item
  })
}
