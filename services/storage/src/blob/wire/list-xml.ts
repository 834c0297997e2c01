/** Answers of List Blobs, List Containers and Find Blobs by Tags. */

import { escapeXml, xmlElement } from '../../protocol/escape-xml.ts'
import { httpDate } from '../../protocol/http-date.ts'
import { etagOfTicks, isoOfTicks, timeOfTicks } from '../../protocol/timestamps.ts'
import {
  detailOf,
  type Item,
  leaseOf,
  type Metadata,
  metadataOf,
  propertiesOf,
  type Tags,
  tagsOf,
} from '../model/item.ts'
import { isLocked, type Lease, leaseState } from '../model/lease.ts'
import type { Container } from '../store/containers.ts'
import { containerVersion } from '../store/containers.ts'
import type { ListPage } from '../store/listing.ts'
import type { TaggedPage } from '../store/tag-index.ts'
import { containerEncryptionHeaders } from './encryption-headers.ts'
import { durationName, tierHeaders } from './response-headers.ts'

export const xmlType = { 'Content-Type': 'application/xml' }
const declaration = '<?xml version="1.0" encoding="utf-8"?>'

/** What a list was asked for; undefined parts are left out of the answer. */
export interface ListHead {
  readonly endpoint: string
  readonly prefix: string | undefined
  readonly marker: string | undefined
  readonly maxResults: number | undefined
  readonly delimiter?: string | undefined
}

function headXml({ prefix, marker, maxResults, delimiter }: ListHead): string {
  return (
    xmlElement('Prefix', prefix) +
    xmlElement('Marker', marker) +
    xmlElement('MaxResults', maxResults) +
    xmlElement('Delimiter', delimiter)
  )
}

/** What of each blob is asked for. */
export interface BlobParts {
  readonly has: (part: string) => boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

export function listBlobsXml(
  head: ListHead,
  container: string,
  page: ListPage,
  next: string,
  parts: BlobParts,
): string {
  let blobs = ''
  for (const entry of page.entries) {
    if (entry.kind === 'prefix') blobs += `<BlobPrefix>${nameXml(entry.name)}</BlobPrefix>`
    else if (entry.kind === 'item') blobs += blobXml(entry.item, parts)
    else blobs += uncommittedXml(entry.name)
  }
  return `${declaration}<EnumerationResults ServiceEndpoint="${escapeXml(head.endpoint)}/" ContainerName="${escapeXml(container)}">${headXml(head)}<Blobs>${blobs}</Blobs><NextMarker>${escapeXml(next)}</NextMarker></EnumerationResults>`
}

/** Characters that no XML 1.0 document can hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

export function isIllegalInXml(text: string): boolean {
  return illegal.test(text)
}

function nameXml(name: string): string {
  return isIllegalInXml(name)
    ? `<Name Encoded="true">${encodeURIComponent(name)}</Name>`
    : `<Name>${escapeXml(name)}</Name>`
}

function blobXml(item: Item, { has, now }: BlobParts): string {
  const snapshot = item.kind === 'snapshot' ? `<Snapshot>${isoOfTicks(item.moment)}</Snapshot>` : ''
  const isCurrent = item.past === 0 && item.version !== null && has('versions')
  const version =
    item.version === null || item.kind === 'snapshot' || !(item.past === 1 || has('versions'))
      ? ''
      : `<VersionId>${isoOfTicks(item.version)}</VersionId>${isCurrent ? '<IsCurrentVersion>true</IsCurrentVersion>' : ''}`
  const deleted = item.deleted_at === 0 ? '' : '<Deleted>true</Deleted>'
  const metadata = has('metadata') ? metadataXml(metadataOf(item)) : ''
  const tags = has('tags') && item.tags !== '' ? tagsXml(tagsOf(item)) : ''
  return `<Blob>${nameXml(item.name)}${snapshot}${version}${deleted}${propertiesXml(item, has, now)}${metadata}${tags}<OrMetadata /></Blob>`
}

function propertiesXml(item: Item, has: BlobParts['has'], now: number): string {
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl } =
    propertiesOf(item)
  const tier = tierHeaders(item, now)
  const isPage = item.type === 'PageBlob'
  return [
    `<Properties><Creation-Time>${httpDate(item.created)}</Creation-Time>`,
    `<Last-Modified>${httpDate(timeOfTicks(item.etag))}</Last-Modified><Etag>${etagOfTicks(item.etag).slice(1, -1)}</Etag>`,
    `<Content-Length>${item.length}</Content-Length>`,
    xmlElement('Content-Type', contentType ?? ''),
    xmlElement('Content-Encoding', contentEncoding ?? ''),
    xmlElement('Content-Language', contentLanguage ?? ''),
    '<Content-CRC64 />',
    xmlElement('Content-MD5', item.md5),
    xmlElement('Cache-Control', cacheControl ?? ''),
    xmlElement('Content-Disposition', contentDisposition ?? ''),
    isPage
      ? `<x-ms-blob-sequence-number>${detailOf(item).sequenceNumber ?? 0}</x-ms-blob-sequence-number>`
      : '',
    `<BlobType>${item.type}</BlobType>`,
    xmlElement('AccessTier', tier['x-ms-access-tier']),
    tier['x-ms-access-tier-inferred'] === 'true' ? '<AccessTierInferred>true</AccessTierInferred>' : '',
    xmlElement('SmartAccessTier', tier['x-ms-smart-access-tier']),
    xmlElement('AccessTierChangeTime', tier['x-ms-access-tier-change-time']),
    xmlElement('ArchiveStatus', tier['x-ms-archive-status']),
    xmlElement('RehydratePriority', tier['x-ms-rehydrate-priority']),
    item.past === 0 ? leaseXml(leaseOf(item), now) : '',
    item.detail === '' ? '' : detailXml(item, has),
    '<ServerEncrypted>true</ServerEncrypted>',
    item.tags === '' ? '' : `<TagCount>${Object.keys(tagsOf(item)).length}</TagCount>`,
    item.deleted_at === 0 ? '' : deletionXml(item.deleted_at, item.purge_at, now),
    '</Properties>',
  ].join('')
}

function leaseXml(lease: Lease | undefined, now: number): string {
  if (!lease) return '<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>'
  const state = leaseState(lease, now)
  const duration = state === 'leased' ? `<LeaseDuration>${durationName(lease)}</LeaseDuration>` : ''
  return `<LeaseStatus>${isLocked(lease, now) ? 'locked' : 'unlocked'}</LeaseStatus><LeaseState>${state}</LeaseState>${duration}`
}

function detailXml(item: Item, has: BlobParts['has']): string {
  const { copy, isSealed, immutability, hasLegalHold, encryption } = detailOf(item)
  let xml = isSealed ? '<Sealed>true</Sealed>' : ''
  xml += xmlElement('CustomerProvidedKeySha256', encryption?.keyHash)
  xml += xmlElement('EncryptionScope', encryption?.scope)
  if (copy && has('copy'))
    xml +=
      xmlElement('CopyId', copy.id) +
      xmlElement('CopyStatus', copy.status) +
      xmlElement('CopySource', copy.source) +
      xmlElement('CopyProgress', `${copy.done}/${copy.total}`) +
      xmlElement('CopyCompletionTime', copy.completedAt && httpDate(copy.completedAt)) +
      xmlElement('CopyStatusDescription', copy.description) +
      xmlElement('IncrementalCopy', copy.isIncremental) +
      xmlElement(
        'CopyDestinationSnapshot',
        copy.snapshot === undefined ? undefined : isoOfTicks(copy.snapshot),
      )
  if (immutability && has('immutabilitypolicy'))
    xml +=
      xmlElement('ImmutabilityPolicyUntilDate', httpDate(immutability.until)) +
      xmlElement('ImmutabilityPolicyMode', immutability.mode)
  if (hasLegalHold && has('legalhold')) xml += '<LegalHold>true</LegalHold>'
  return xml
}

const dayMs = 24 * 3600 * 1000

function deletionXml(deletedAt: number, purgeAt: number, now: number): string {
  const days = Math.max(0, Math.ceil((purgeAt - now) / dayMs))
  return `<DeletedTime>${httpDate(deletedAt)}</DeletedTime><RemainingRetentionDays>${days}</RemainingRetentionDays>`
}

function metadataXml(metadata: Metadata): string {
  let xml = ''
  for (const [name, value] of Object.entries(metadata)) xml += xmlElement(name, value)
  return `<Metadata>${xml}</Metadata>`
}

export function tagsXml(tags: Tags): string {
  let xml = ''
  for (const [key, value] of Object.entries(tags))
    xml += `<Tag>${xmlElement('Key', key)}${xmlElement('Value', value)}</Tag>`
  return `<Tags><TagSet>${xml}</TagSet></Tags>`
}

function uncommittedXml(name: string): string {
  return `<Blob>${nameXml(name)}<Properties><Content-Length>0</Content-Length><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties></Blob>`
}

export function listContainersXml(
  head: ListHead,
  containers: readonly Container[],
  next: string,
  parts: BlobParts & { readonly retentionMs: number },
): string {
  const rows = containers.map((container) => containerXml(container, parts)).join('')
  return `${declaration}<EnumerationResults ServiceEndpoint="${escapeXml(head.endpoint)}/">${headXml(head)}<Containers>${rows}</Containers><NextMarker>${escapeXml(next)}</NextMarker></EnumerationResults>`
}

function containerXml(
  container: Container,
  { has, now, retentionMs }: BlobParts & { readonly retentionMs: number },
): string {
  const { etag, access, id, deleted_at } = container
  const isDeleted = deleted_at > 0
  const encryption = containerEncryptionHeaders(container)
  return [
    `<Container>${nameXml(container.name)}`,
    isDeleted ? `<Deleted>true</Deleted><Version>${containerVersion(id)}</Version>` : '',
    `<Properties><Last-Modified>${httpDate(timeOfTicks(etag))}</Last-Modified><Etag>${escapeXml(etagOfTicks(etag))}</Etag>`,
    leaseXml(leaseOf(container), now),
    access === 'none' ? '' : `<PublicAccess>${access}</PublicAccess>`,
    xmlElement('DefaultEncryptionScope', encryption['x-ms-default-encryption-scope']),
    xmlElement('DenyEncryptionScopeOverride', encryption['x-ms-deny-encryption-scope-override']),
    '<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>',
    '<ImmutableStorageWithVersioningEnabled>false</ImmutableStorageWithVersioningEnabled>',
    isDeleted ? deletionXml(deleted_at, deleted_at + retentionMs, now) : '',
    `</Properties>${has('metadata') ? metadataXml(metadataOf(container)) : ''}</Container>`,
  ].join('')
}

export function findBlobsXml(endpoint: string, where: string, page: TaggedPage): string {
  const blobs = page.blobs
    .map(
      ({ container, name, tags }) =>
        `<Blob>${nameXml(name)}${xmlElement('ContainerName', container)}${tagsXml(tags)}</Blob>`,
    )
    .join('')
  return `${declaration}<EnumerationResults ServiceEndpoint="${escapeXml(endpoint)}/">${xmlElement('Where', where)}<Blobs>${blobs}</Blobs><NextMarker>${page.next ?? ''}</NextMarker></EnumerationResults>`
}
