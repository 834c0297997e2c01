/** Access tiers (REST reference, "Set Blob Tier"). */
import { blobErrors } from '../errors.ts'
import type { BlobType } from './item.ts'

const GiB = 1024 ** 3
const blockTiers = ['Hot', 'Cool', 'Cold', 'Archive', 'Smart'] as const
/** Of page blobs: how long a blob in each may be, in GiB. */
const pageTiers: ReadonlyMap<string, number> = new Map([
  ['P1', 4],
  ['P2', 8],
  ['P3', 16],
  ['P4', 32],
  ['P6', 64],
  ['P10', 128],
  ['P15', 256],
  ['P20', 512],
  ['P30', 1024],
  ['P40', 2048],
  ['P50', 4096],
  ['P60', 8192],
  ['P70', 16384],
  ['P80', 32768],
])

const byLowerCase = new Map([...blockTiers, ...pageTiers.keys()].map((tier) => [tier.toLowerCase(), tier]))

/** The tier in the spelling that Azure gives back; undefined for what is none of an account like this. */
export function parseTier(text: string): string | undefined {
  return byLowerCase.get(text.toLowerCase())
}

/**
 * Whether a blob may have that tier; '' is the default and always good.
 * @throws StorageError AccessTierNotSupportedForBlobType, BlobTierInadequateForContentLength
 */
export function checkTier(tier: string, type: BlobType, length: number): void {
  if (tier === '') return
  const limit = pageTiers.get(tier)
  if (type !== (limit === undefined ? 'BlockBlob' : 'PageBlob'))
    throw blobErrors.AccessTierNotSupportedForBlobType()
  if (limit !== undefined && length > limit * GiB) throw blobErrors.BlobTierInadequateForContentLength()
}

/** What a page blob was given once can only become more. @throws StorageError CannotChangeToLowerTier */
export function checkTierChange(from: string, to: string): void {
  const limit = pageTiers.get(from)
  if (limit !== undefined && (pageTiers.get(to) ?? 0) < limit) throw blobErrors.CannotChangeToLowerTier()
}

/** @throws StorageError ContentLengthLargerThanTierLimit */
export function checkTierLength(tier: string, length: number): void {
  if (length > (pageTiers.get(tier) ?? Number.POSITIVE_INFINITY) * GiB)
    throw blobErrors.ContentLengthLargerThanTierLimit()
}
