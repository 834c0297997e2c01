/** Lease Blob. None of its verbs changes the ETag. */

import { checkWrite } from '../../protocol/conditions.ts'
import { blobErrors } from '../errors.ts'
import { type Item, leaseOf, toText } from '../model/item.ts'
import type { Lease } from '../model/lease.ts'
import { checkTagCondition, targetOf } from './access.ts'
import type { AccessOptions, BlobAddress, BlobContext } from './context.ts'
import { findCurrent } from './items.ts'

/** A rule of `model/lease.ts` with its arguments. */
export type LeaseChange = (lease: Lease | undefined, now: number) => Lease | undefined

export interface LeaseResult {
  readonly etag: number
  readonly lease: Lease | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** @throws StorageError BlobNotFound, ConditionNotMet and what the rule throws */
export function leaseBlob(
  context: BlobContext,
  address: BlobAddress,
  change: LeaseChange,
  options: Omit<AccessOptions, 'leaseId'>,
): Promise<LeaseResult & { readonly item: Item }> {
  return context.engine.database.write(async (transaction) => {
    const { item } = await findCurrent(transaction, address)
    checkWrite(options.conditions, item && targetOf(item))
    if (!item) throw blobErrors.BlobNotFound()
    if (options.ifTags) checkTagCondition(options.ifTags, item)
    const now = context.clock.now()
    const lease = change(leaseOf(item), now)
    await transaction.run(
      'UPDATE storage_blob_item SET lease = ? WHERE container = ? AND past = 0 AND name = ? AND moment = 0',
      toText(lease),
      item.container,
      item.name,
    )
    return { item, etag: item.etag, lease, now }
  })
}
