/** List Containers, List Blobs, Find Blobs by Tags. */
import { ensureError } from '@aloft/kernel'
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors, invalidQuery, missingQuery, queryOutOfRange } from '../../protocol/general-errors.ts'
import { maxListResults } from '../limits.ts'
import { type Comparison, parseTagQuery } from '../model/tag-filter.ts'
import { type Container, listContainers } from '../store/containers.ts'
import type { BlobContext } from '../store/context.ts'
import { type ListInclude, lastMoment, listBlobs, type Position } from '../store/listing.ts'
import { findByTags } from '../store/tag-index.ts'
import {
  findBlobsXml,
  isIllegalInXml,
  type ListHead,
  listBlobsXml,
  listContainersXml,
  xmlType,
} from '../wire/list-xml.ts'
import { containerAddress } from '../wire/paths.ts'

const dayMs = 24 * 3600 * 1000

export async function listBlobsOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const head = headOf(request)
  const include = includeIn(request)
  const address = containerAddress(request)
  const page = await listBlobs(context, address, {
    prefix: head.prefix ?? '',
    delimiter: head.delimiter || undefined,
    limit: head.maxResults ?? maxListResults,
    after: head.marker === undefined ? undefined : decodeMarker(head.marker),
    include: include as Set<ListInclude>,
    startFrom: request.query('startfrom') || undefined,
  })
  const parts = { has: (part: string) => include.has(part), now: request.now }
  const next = page.next ? encodeMarker(page.next) : ''
  return { status: 200, headers: xmlType, body: listBlobsXml(head, address.container, page, next, parts) }
}

export async function listContainersOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const head = headOf(request)
  const include = includeIn(request)
  const account = request.account.name
  const page = await listContainers(
    context,
    account,
    head.prefix ?? '',
    head.marker === undefined ? undefined : decodeContainerMarker(head.marker),
    head.maxResults ?? maxListResults,
    include.has('deleted') ? 'deleted' : 'present',
  )
  const retentionMs = (context.settings(account).containerSoftDeleteDays ?? 0) * dayMs
  const parts = { has: (part: string) => include.has(part), now: request.now, retentionMs }
  const next = page.next ? encodeContainerMarker(page.next) : ''
  return { status: 200, headers: xmlType, body: listContainersXml(head, page.containers, next, parts) }
}

function headOf(request: StorageRequest): ListHead {
  return {
    endpoint: request.endpoint,
    prefix: request.query('prefix'),
    marker: request.query('marker') || undefined,
    delimiter: request.query('delimiter'),
    maxResults: maxResultsIn(request),
  }
}

/** Larger values are cut. @throws StorageError OutOfRangeQueryParameterValue, InvalidQueryParameterValue */
function maxResultsIn(request: StorageRequest): number | undefined {
  const text = request.query('maxresults')
  if (text === undefined || text === '') return undefined
  if (!/^-?\d{1,9}$/.test(text)) throw invalidQuery('maxresults', text)
  const number = Number(text)
  if (number < 1) throw queryOutOfRange('maxresults', text, 1, maxListResults)
  return Math.min(number, maxListResults)
}

/** Unknown words are let pass. */
function includeIn(request: StorageRequest): Set<string> {
  return new Set(
    (request.query('include') ?? '')
      .toLowerCase()
      .split(',')
      .map((word) => word.trim()),
  )
}

const markerMark = '2!'

/** The name alone where that says it, as it is easier to read and other emulators have it. */
function encodeMarker({ name, moment }: Position): string {
  const isPlain = moment === lastMoment && !name.startsWith(markerMark) && !isIllegalInXml(name)
  return isPlain ? name : markerMark + Buffer.from(JSON.stringify([name, moment])).toString('base64url')
}

function decodeMarker(marker: string): Position {
  const plain = { name: marker, moment: lastMoment }
  if (!marker.startsWith(markerMark)) return plain
  try {
    const text = Buffer.from(marker.slice(markerMark.length), 'base64url').toString()
    const [name, moment] = JSON.parse(text) as unknown[]
    return typeof name === 'string' && typeof moment === 'number' ? { name, moment } : plain
  } catch {
    return plain
  }
}

/** Only deleted containers need their number: several may have had one name. */
function encodeContainerMarker({ name, gone }: Container): string {
  return gone === 0 ? name : `${name}/${gone}`
}

function decodeContainerMarker(marker: string): Pick<Container, 'name' | 'gone'> {
  const [name = '', gone = '0'] = marker.split('/')
  return { name, gone: Number(gone) || 0 }
}

export async function findBlobsOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const where = request.query('where')
  if (where === undefined || where === '') throw missingQuery('where')
  const container = request.path === '/' ? undefined : containerAddress(request).container
  const page = await context.engine.database.read((snapshot) =>
    findByTags(
      snapshot,
      request.account.name,
      container,
      queryIn(where),
      maxResultsIn(request) ?? maxListResults,
      request.query('marker') || undefined,
    ),
  )
  return { status: 200, headers: xmlType, body: findBlobsXml(request.endpoint, where, page) }
}

function queryIn(where: string): readonly Comparison[] {
  try {
    return parseTagQuery(where)
  } catch (error) {
    const { message } = ensureError(error)
    throw generalErrors.InvalidQueryParameterValue({
      message,
      elements: { QueryParameterName: 'where', QueryParameterValue: where, Reason: message },
    })
  }
}
