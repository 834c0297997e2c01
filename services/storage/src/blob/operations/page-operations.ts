/** Put Page, Put Page From URL. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { maxPageWriteBytes, pageBytes } from '../limits.ts'
import { parseRange } from '../model/byte-range.ts'
import type { ByteRange } from '../model/extents.ts'
import { detailOf, type Item } from '../model/item.ts'
import type { Arrived } from '../store/content.ts'
import type { BlobContext } from '../store/context.ts'
import { clearPages, type PageOptions, putPages } from '../store/page-blob.ts'
import { openSource } from '../wire/copy-source.ts'
import { blobAddress } from '../wire/paths.ts'
import {
  checkEmptyBody,
  contentIn,
  contentLengthIn,
  countIn,
  integrityIn,
  writeOptions,
} from '../wire/request-options.ts'
import { writtenHeaders } from '../wire/response-headers.ts'

export async function putPage(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const address = blobAddress(request)
  const action = request.header('x-ms-page-write')?.toLowerCase()
  const range = pageRangeIn(request)
  const options: PageOptions = {
    ...writeOptions(request),
    ...sequenceIn(request),
    integrity: integrityIn(request),
  }
  if (action === 'clear') {
    checkEmptyBody(request)
    return paged(request, await clearPages(context, address, range, options))
  }
  if (action !== 'update')
    throw action === undefined ? missingHeader('x-ms-page-write') : invalidHeader('x-ms-page-write', action)
  const length = range.end - range.start + 1
  if (length > maxPageWriteBytes) throw generalErrors.RequestBodyTooLarge()
  const sent = contentLengthIn(request)
  if (sent === undefined) throw generalErrors.MissingContentLengthHeader()
  if (sent !== length) throw invalidHeader('Content-Length', String(sent))
  const content = await contentIn(request, maxPageWriteBytes)
  const { item, arrived } = await putPages(context, address, range, content, options)
  return paged(request, item, arrived)
}

export async function putPageFromUrl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const range = pageRangeIn(request)
  const options: PageOptions = {
    ...writeOptions(request),
    ...sequenceIn(request),
    integrity: integrityIn(request, 'x-ms-source-content-md5'),
  }
  const { content } = await openSource(context, request, 'part', request.header('x-ms-source-range'))
  const { item, arrived } = await putPages(context, address, range, content, options)
  return paged(request, item, arrived)
}

/** @throws StorageError MissingRequiredHeader, InvalidPageRange */
function pageRangeIn(request: StorageRequest): ByteRange {
  const header = request.header('x-ms-range') ?? request.header('range')
  if (header === undefined) throw missingHeader('x-ms-range')
  const range = parseRange(header)
  if (range?.end === undefined || range.start % pageBytes !== 0 || (range.end + 1) % pageBytes !== 0)
    throw blobErrors.InvalidPageRange()
  return { start: range.start, end: range.end }
}

function sequenceIn(request: StorageRequest): Pick<PageOptions, 'sequence'> {
  const atMost = countIn(request, 'x-ms-if-sequence-number-le')
  const below = countIn(request, 'x-ms-if-sequence-number-lt')
  const equals = countIn(request, 'x-ms-if-sequence-number-eq')
  return { sequence: { atMost, below, equals } }
}

function paged(request: StorageRequest, item: Item, arrived?: Arrived): StorageResponse {
  const headers = {
    ...writtenHeaders(request, item),
    'Content-MD5': arrived?.md5,
    'x-ms-content-crc64': arrived?.crc64(),
    'x-ms-blob-sequence-number': String(detailOf(item).sequenceNumber ?? 0),
  }
  return { status: 201, headers }
}
