/** Get Blob, Get Blob Properties, Get Blob Metadata, Get Blob Tags. */
import { hash } from 'node:crypto'
import { Crc64 } from '@aloft/engine'
import { followsAzurite } from '../../accounts/azurite-leniency.ts'
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import { maxChecksumRangeBytes } from '../limits.ts'
import { parseRange } from '../model/byte-range.ts'
import { getTags } from '../store/change-blob.ts'
import type { BlobAddress, BlobContext } from '../store/context.ts'
import { getProperties, type OpenedBlob, openBlob } from '../store/read-blob.ts'
import { tagsXml, xmlType } from '../wire/list-xml.ts'
import { blobAddress } from '../wire/paths.ts'
import { gathered } from '../wire/piece-reader.ts'
import { accessOptions, tagOptions } from '../wire/request-options.ts'
import {
  blobHeaders,
  changeHeaders,
  type Headers,
  metadataHeaders,
  tierHeaders,
} from '../wire/response-headers.ts'
import { encodeStructured, isStructured } from '../wire/structured-body.ts'

export async function getBlob(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  return answerBlob(context, request, blobAddress(request))
}

/** The content of a blob, or the range of it that is asked for. @throws StorageError as Get Blob */
export async function answerBlob(
  context: BlobContext,
  request: StorageRequest,
  address: BlobAddress,
): Promise<StorageResponse> {
  const range = parseRange(request.header('x-ms-range') ?? request.header('range'))
  const isEndOfPagesEmpty = followsAzurite(request.account)
  const opened = await openBlob(context, address, { ...accessOptions(request), range, isEndOfPagesEmpty })
  const { item, content } = opened
  const headers = blobHeaders(request, item, opened.range !== undefined)
  // Since this version reads of content tell the tier, too (headers in the SDKs' own description of the service).
  if (request.version >= '2026-02-06') Object.assign(headers, tierHeaders(item, request.now))
  if (!opened.range) {
    headers['Content-Length'] = String(item.length)
    return structured(request, { status: 200, headers, body: content }, item.length)
  }
  const { start, count } = opened.range
  headers['Content-Range'] = `bytes ${start}-${start + count - 1}/${item.length}`
  headers['Content-Length'] = String(count)
  const body = await withChecksum(request, opened, headers)
  return structured(request, { status: 206, headers, body }, count)
}

/** The answer in segments with their checksums, when that is asked for. @param length of the content */
function structured(
  request: StorageRequest,
  answer: StorageResponse & { readonly body: OpenedBlob['content'] },
  length: number,
): StorageResponse {
  if (!isStructured(request)) return answer
  const { headers, body } = encodeStructured(answer.body, length)
  return { ...answer, headers: { ...answer.headers, ...headers }, body }
}

/** Adds the checksums that are asked for of a range. @throws StorageError OutOfRangeInput for a long one */
async function withChecksum(
  request: StorageRequest,
  { range, content }: OpenedBlob,
  headers: Headers,
): Promise<OpenedBlob['content']> {
  const wantsMd5 = request.header('x-ms-range-get-content-md5')?.toLowerCase() === 'true'
  const wantsCrc64 = request.header('x-ms-range-get-content-crc64')?.toLowerCase() === 'true'
  if (!wantsMd5 && !wantsCrc64) return content
  if ((range?.count ?? 0) > maxChecksumRangeBytes) throw generalErrors.OutOfRangeInput()
  const bytes = content instanceof Uint8Array ? content : await gathered(content)
  if (wantsMd5) headers['Content-MD5'] = hash('md5', bytes, 'base64')
  if (wantsCrc64)
    headers['x-ms-content-crc64'] = Buffer.from(new Crc64().update(bytes).digest()).toString('base64')
  return bytes
}

export function getBlobProperties(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  return answerProperties(context, request, blobAddress(request))
}

/** @throws StorageError as Get Blob Properties */
export async function answerProperties(
  context: BlobContext,
  request: StorageRequest,
  address: BlobAddress,
): Promise<StorageResponse> {
  const item = await getProperties(context, address, accessOptions(request))
  const headers = {
    ...blobHeaders(request, item, false),
    ...tierHeaders(item, request.now),
    'Content-Length': String(item.length),
  }
  return { status: 200, headers }
}

export async function getBlobMetadata(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const item = await getProperties(context, blobAddress(request), accessOptions(request))
  return { status: 200, headers: { ...changeHeaders(item), ...metadataHeaders(item) } }
}

export async function getBlobTags(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const tags = await getTags(context, blobAddress(request), tagOptions(request))
  return { status: 200, headers: xmlType, body: `<?xml version="1.0" encoding="utf-8"?>${tagsXml(tags)}` }
}
