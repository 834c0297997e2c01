/** Operations that change blobs and leave their content, and those that delete. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { readConditions } from '../../protocol/conditions.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { httpDate } from '../../protocol/http-date.ts'
import { isoOfTicks } from '../../protocol/timestamps.ts'
import { childOf, childText, parseXml } from '../../protocol/xml.ts'
import { blobErrors } from '../errors.ts'
import { pageBytes } from '../limits.ts'
import { detailOf, type ItemDetail } from '../model/item.ts'
import { checkTags } from '../model/tags.ts'
import { sealBlob } from '../store/append-blob.ts'
import {
  setMetadata,
  setProperties,
  setProtection,
  setTags,
  setTier,
  snapshotBlob,
} from '../store/change-blob.ts'
import { checkIntegrity, smallContent } from '../store/content.ts'
import type { BlobContext } from '../store/context.ts'
import { deleteBlob, undeleteBlob } from '../store/delete-blob.ts'
import type { SequenceChange } from '../store/page-blob.ts'
import { blobAddress } from '../wire/paths.ts'
import { immutabilityIn, legalHoldIn } from '../wire/protection-headers.ts'
import {
  accessOptions,
  countIn,
  httpPropertiesIn,
  integrityIn,
  metadataIn,
  priorityIn,
  tagOptions,
  tierIn,
  writeOptions,
} from '../wire/request-options.ts'
import { changeHeaders, writtenHeaders } from '../wire/response-headers.ts'

const maxTagsBytes = 64 * 1024

export async function setBlobProperties(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const length = countIn(request, 'x-ms-blob-content-length')
  if (length !== undefined && length % pageBytes !== 0)
    throw invalidHeader('x-ms-blob-content-length', String(length))
  const sequence = sequenceChangeIn(request)
  const properties = httpPropertiesIn(request)
  // It is kept as it is: there is no content to hold it against.
  const md5 = request.header('x-ms-blob-content-md5') || undefined
  // A request about a page blob's length or number alone leaves the rest as it is.
  const isBare =
    (length !== undefined || sequence !== undefined) &&
    md5 === undefined &&
    Object.keys(properties).length === 0
  const change = { length, sequence, md5, properties: isBare ? undefined : properties }
  const item = await setProperties(context, blobAddress(request), change, writeOptions(request))
  const { sequenceNumber } = detailOf(item)
  const number = item.type === 'PageBlob' ? String(sequenceNumber ?? 0) : undefined
  return { status: 200, headers: { ...changeHeaders(item), 'x-ms-blob-sequence-number': number } }
}

function sequenceChangeIn(request: StorageRequest): SequenceChange | undefined {
  const header = 'x-ms-sequence-number-action'
  const action = request.header(header)?.toLowerCase()
  if (action === undefined || action === '') return undefined
  if (action !== 'max' && action !== 'update' && action !== 'increment') throw invalidHeader(header, action)
  return { action, number: countIn(request, 'x-ms-blob-sequence-number') }
}

export async function setBlobMetadata(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const item = await setMetadata(context, blobAddress(request), request.metadata(), writeOptions(request))
  return { status: 200, headers: writtenHeaders(request, item) }
}

export async function setBlobTags(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const body = await request.bytes(maxTagsBytes)
  const integrity = integrityIn(request)
  if (integrity) checkIntegrity(smallContent(body), integrity)
  const root = parseXml(body)
  const set = childOf(root, 'TagSet')
  if (root.name !== 'Tags' || !set) throw generalErrors.InvalidXmlDocument()
  const pairs = set.children.map((tag): [string, string] => {
    const [key, value] = [childText(tag, 'Key'), childText(tag, 'Value')]
    if (tag.name !== 'Tag' || key === undefined || value === undefined)
      throw generalErrors.InvalidXmlDocument()
    return [key, value]
  })
  await setTags(context, blobAddress(request), checkTags(pairs), tagOptions(request))
  return { status: 204 }
}

export async function snapshotOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const snapshot = await snapshotBlob(
    context,
    blobAddress(request),
    metadataIn(request),
    accessOptions(request),
  )
  return {
    status: 201,
    headers: { ...writtenHeaders(request, snapshot), 'x-ms-snapshot': isoOfTicks(snapshot.moment) },
  }
}

export async function setTierOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const tier = tierIn(request)
  if (tier === undefined) throw missingHeader('x-ms-access-tier')
  const { isPending } = await setTier(
    context,
    blobAddress(request),
    tier,
    priorityIn(request),
    writeOptions(request),
  )
  return { status: isPending ? 202 : 200 }
}

export async function sealOperation(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const position = countIn(request, 'x-ms-blob-condition-appendpos')
  const item = await sealBlob(context, blobAddress(request), { ...writeOptions(request), position })
  return { status: 200, headers: { ...changeHeaders(item), 'x-ms-blob-sealed': 'true' } }
}

export async function deleteOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const header = 'x-ms-delete-snapshots'
  const snapshots = request.header(header)?.toLowerCase() || undefined
  if (snapshots !== undefined && snapshots !== 'include' && snapshots !== 'only')
    throw invalidHeader(header, snapshots)
  const type = request.query('deletetype')?.toLowerCase() === 'permanent' ? 'permanent' : undefined
  const address = blobAddress(request)
  const tierConditions = readConditions(request, 'x-ms-access-tier-')
  await deleteBlob(context, address, { ...writeOptions(request), snapshots, type, tierConditions })
  const isPermanent = type === 'permanent' || context.settings(address.account).softDeleteDays === undefined
  return { status: 202, headers: { 'x-ms-delete-type-permanent': String(isPermanent) } }
}

export async function undeleteOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  await undeleteBlob(context, blobAddress(request), writeOptions(request))
  return { status: 200 }
}

export async function setImmutability(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const header = 'x-ms-immutability-policy-until-date'
  const policy = immutabilityIn(request)
  if (!policy) throw missingHeader(header)
  const { until, mode } = policy
  const change = (detail: ItemDetail): ItemDetail => {
    const { immutability } = detail
    // A locked policy can only be made longer.
    if (immutability?.mode === 'locked' && (mode !== 'locked' || until < immutability.until))
      throw blobErrors.BlobImmutableDueToPolicy()
    return { ...detail, immutability: policy }
  }
  const item = await setProtection(context, blobAddress(request), change, readConditions(request))
  const policyHeaders = { [header]: httpDate(until), 'x-ms-immutability-policy-mode': mode }
  return { status: 200, headers: { ...changeHeaders(item), ...policyHeaders } }
}

export async function deleteImmutability(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  await setProtection(context, blobAddress(request), ({ immutability, ...detail }) => {
    if (immutability?.mode === 'locked') throw blobErrors.BlobImmutableDueToPolicy()
    return detail
  })
  return { status: 200 }
}

export async function setLegalHold(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const isHeld = legalHoldIn(request)
  if (isHeld === undefined) throw missingHeader('x-ms-legal-hold')
  await setProtection(context, blobAddress(request), ({ hasLegalHold: _, ...detail }) =>
    isHeld ? { ...detail, hasLegalHold: true } : detail,
  )
  return { status: 200, headers: { 'x-ms-legal-hold': String(isHeld) } }
}
