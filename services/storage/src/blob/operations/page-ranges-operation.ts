/** Get Page Ranges, also what has changed since a snapshot, in pages of an answer. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { xmlElement } from '../../protocol/escape-xml.ts'
import { invalidHeader, invalidQuery, queryOutOfRange } from '../../protocol/general-errors.ts'
import { maxPageRangeResults } from '../limits.ts'
import { parseRange } from '../model/byte-range.ts'
import type { BlobAddress, BlobContext } from '../store/context.ts'
import { getPageRanges, type PageRange } from '../store/page-ranges.ts'
import { blobAt } from '../wire/copy-source.ts'
import { xmlType } from '../wire/list-xml.ts'
import { blobAddress, ticksIn } from '../wire/paths.ts'
import { accessOptions } from '../wire/request-options.ts'
import { changeHeaders } from '../wire/response-headers.ts'

export async function getPageRangesOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const limit = limitIn(request)
  const { item, ranges } = await getPageRanges(context, address, {
    ...accessOptions(request),
    range: parseRange(request.header('x-ms-range') ?? request.header('range')),
    since: ticksIn(request, 'prevsnapshot') ?? previousByUrl(request, address),
    from: markerIn(request),
  })
  const headers = { ...xmlType, ...changeHeaders(item), 'x-ms-blob-content-length': String(item.length) }
  return { status: 200, headers, body: rangesXml(ranges.slice(0, limit), ranges[limit]) }
}

/** As managed disks have it: a snapshot of the same blob by its address. @throws StorageError InvalidHeaderValue */
function previousByUrl(request: StorageRequest, { container, name }: BlobAddress): number | undefined {
  const header = 'x-ms-previous-snapshot-url'
  const text = request.header(header)
  if (text === undefined || text === '') return undefined
  const url = URL.parse(text)
  const previous = url ? blobAt(url, request) : undefined
  const isOfBlob = previous?.container === container && previous.name === name
  if (!isOfBlob || previous.snapshot === undefined) throw invalidHeader(header, text)
  return previous.snapshot
}

/** @throws StorageError OutOfRangeQueryParameterValue, InvalidQueryParameterValue */
function limitIn(request: StorageRequest): number {
  const text = request.query('maxresults')
  if (text === undefined || text === '') return maxPageRangeResults
  if (!/^-?\d{1,9}$/.test(text)) throw invalidQuery('maxresults', text)
  if (Number(text) < 1) throw queryOutOfRange('maxresults', text, 1, maxPageRangeResults)
  return Math.min(Number(text), maxPageRangeResults)
}

/** Where the next page begins. @throws StorageError InvalidQueryParameterValue */
function markerIn(request: StorageRequest): number | undefined {
  const text = request.query('marker')
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw invalidQuery('marker', text)
  return Number(text)
}

const elements = { written: 'PageRange', cleared: 'ClearRange' } as const

function rangesXml(ranges: readonly PageRange[], next: PageRange | undefined): string {
  const rows = ranges.map(({ kind, start, end }) => {
    const name = elements[kind]
    return `<${name}><Start>${start}</Start><End>${end}</End></${name}>`
  })
  return `<?xml version="1.0" encoding="utf-8"?><PageList>${rows.join('')}${xmlElement('NextMarker', next?.start)}</PageList>`
}
