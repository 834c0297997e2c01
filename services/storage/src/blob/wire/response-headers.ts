/** Headers of answers. */
import type { StorageRequest } from '../../contracts.ts'
import { httpDate } from '../../protocol/http-date.ts'
import { etagOfTicks, isoOfTicks, timeOfTicks } from '../../protocol/timestamps.ts'
import {
  detailOf,
  type Item,
  leaseOf,
  metadataOf,
  propertiesOf,
  tagsOf,
  tierChangedAtOf,
  tierOf,
} from '../model/item.ts'
import { isLocked, type Lease, leaseState } from '../model/lease.ts'

export type Headers = Record<string, string | undefined>

/** What every change of a blob or container answers. */
export function changeHeaders(item: { readonly etag: number }): Headers {
  return { ETag: etagOfTicks(item.etag), 'Last-Modified': httpDate(timeOfTicks(item.etag)) }
}

/** What writing content answers. */
export function writtenHeaders(request: StorageRequest, item: Item): Headers {
  return {
    ...changeHeaders(item),
    'x-ms-version-id': item.version === null ? undefined : isoOfTicks(item.version),
    'x-ms-request-server-encrypted': 'true',
    ...echoedHeaders(request),
  }
}

const echoed = ['x-ms-encryption-key-sha256', 'x-ms-encryption-scope', 'x-ms-structured-body'] as const

/** What of the headers of a write its answer repeats. */
export function echoedHeaders(request: StorageRequest): Headers {
  const headers: Headers = {}
  for (const name of echoed) {
    const value = request.header(name)
    if (value !== undefined) headers[name] = value
  }
  return headers
}

export function metadataHeaders(item: { readonly metadata: string }): Headers {
  if (item.metadata === '') return {}
  const headers: Headers = {}
  for (const [name, value] of Object.entries(metadataOf(item))) headers[`x-ms-meta-${name}`] = value
  return headers
}

export function leaseHeaders(lease: Lease | undefined, now: number): Headers {
  if (!lease) return { 'x-ms-lease-status': 'unlocked', 'x-ms-lease-state': 'available' }
  const state = leaseState(lease, now)
  return {
    'x-ms-lease-status': isLocked(lease, now) ? 'locked' : 'unlocked',
    'x-ms-lease-state': state,
    'x-ms-lease-duration': state === 'leased' ? durationName(lease) : undefined,
  }
}

export function durationName(lease: Lease): string {
  return lease.duration === -1 ? 'infinite' : 'fixed'
}

/**
 * What Get Blob and Get Blob Properties tell of a blob.
 * @param isRange for a part of it, whose checksum is another
 */
export function blobHeaders(request: StorageRequest, item: Item, isRange: boolean): Headers {
  const { now, identity } = request
  const properties = propertiesOf(item)
  const sas = identity.kind === 'sas' ? identity.sas.parameters : undefined
  const headers: Headers = {
    ETag: etagOfTicks(item.etag),
    'Last-Modified': httpDate(timeOfTicks(item.etag)),
    'Accept-Ranges': 'bytes',
    'Content-Type': sas?.rsct || properties.contentType,
    'Content-Encoding': sas?.rsce || properties.contentEncoding,
    'Content-Language': sas?.rscl || properties.contentLanguage,
    'Content-Disposition': sas?.rscd || properties.contentDisposition,
    'Cache-Control': sas?.rscc || properties.cacheControl,
    'Content-MD5': isRange ? undefined : item.md5 || undefined,
    'x-ms-blob-content-md5': item.md5 || undefined,
    'x-ms-creation-time': httpDate(item.created),
    'x-ms-blob-type': item.type,
    'x-ms-server-encrypted': 'true',
    ...leaseHeaders(leaseOf(item), now),
    ...metadataHeaders(item),
  }
  if (item.version !== null) {
    headers['x-ms-version-id'] = isoOfTicks(item.version)
    if (item.past === 0) headers['x-ms-is-current-version'] = 'true'
  }
  if (item.tags !== '') headers['x-ms-tag-count'] = String(Object.keys(tagsOf(item)).length)
  if (item.type === 'PageBlob') headers['x-ms-blob-sequence-number'] = '0'
  if (item.type === 'AppendBlob') {
    headers['x-ms-blob-committed-block-count'] = '0'
    headers['x-ms-blob-sealed'] = 'false'
  }
  if (item.detail !== '') addDetail(headers, item)
  return headers
}

function addDetail(headers: Headers, item: Item): void {
  const { sequenceNumber, blockCount, isSealed, copy, immutability, hasLegalHold, encryption } =
    detailOf(item)
  if (sequenceNumber !== undefined) headers['x-ms-blob-sequence-number'] = String(sequenceNumber)
  if (blockCount !== undefined) headers['x-ms-blob-committed-block-count'] = String(blockCount)
  if (isSealed) headers['x-ms-blob-sealed'] = 'true'
  if (immutability) {
    headers['x-ms-immutability-policy-until-date'] = httpDate(immutability.until)
    headers['x-ms-immutability-policy-mode'] = immutability.mode
  }
  if (hasLegalHold) headers['x-ms-legal-hold'] = 'true'
  if (encryption) {
    headers['x-ms-encryption-key-sha256'] = encryption.keyHash
    headers['x-ms-encryption-scope'] = encryption.scope
  }
  if (!copy) return
  headers['x-ms-copy-id'] = copy.id
  headers['x-ms-copy-status'] = copy.status
  headers['x-ms-copy-source'] = copy.source
  headers['x-ms-copy-progress'] = `${copy.done}/${copy.total}`
  if (copy.completedAt !== undefined) headers['x-ms-copy-completion-time'] = httpDate(copy.completedAt)
  if (copy.description !== undefined) headers['x-ms-copy-status-description'] = copy.description
  if (copy.isIncremental) headers['x-ms-incremental-copy'] = 'true'
  if (copy.snapshot !== undefined) headers['x-ms-copy-destination-snapshot'] = isoOfTicks(copy.snapshot)
}

/** The access tier, as reads and lists tell it; append blobs have none. */
export function tierHeaders(item: Item, now: number): Headers {
  if (item.type !== 'BlockBlob' && item.tier === '') return {}
  const tier = tierOf(item, now)
  const { rehydrate } = detailOf(item)
  const tierChangedAt = tierChangedAtOf(item)
  const isRehydrating = tier === 'Archive' && rehydrate
  return {
    'x-ms-access-tier': tier || 'Hot',
    'x-ms-access-tier-inferred': String(tier === ''),
    // Nothing has been left alone long enough to be anywhere else.
    'x-ms-smart-access-tier': tier === 'Smart' ? 'Hot' : undefined,
    'x-ms-access-tier-change-time': tierChangedAt === undefined ? undefined : httpDate(tierChangedAt),
    'x-ms-archive-status': isRehydrating ? `rehydrate-pending-to-${rehydrate.tier.toLowerCase()}` : undefined,
    'x-ms-rehydrate-priority': isRehydrating ? rehydrate.priority : undefined,
  }
}
