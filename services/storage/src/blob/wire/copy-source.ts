/** Sources that requests name by URL: blobs of this store, of other stores, or anything that answers GET. */
import { ensureError } from '@aloft/kernel'
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { readConditions, readOutcome } from '../../protocol/conditions.ts'
import { invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { StorageError } from '../../protocol/storage-error.ts'
import { parseIsoTicks } from '../../protocol/timestamps.ts'
import { cannotVerifySource, type SourceUse, sourceConditionFailed } from '../errors.ts'
import { parseRange } from '../model/byte-range.ts'
import { type HttpProperties, metadataOf, propertiesOf, type Tags, tagsOf } from '../model/item.ts'
import { matchesTags } from '../model/tag-filter.ts'
import { targetOf } from '../store/access.ts'
import type { BlobAddress, BlobContext } from '../store/context.ts'
import { openBlob } from '../store/read-blob.ts'
import type { RemoteBlob } from '../store/remote-copy.ts'
import { sourceEncryptionIn } from './encryption-headers.ts'
import { parsePath } from './paths.ts'
import { tagFilterIn } from './request-options.ts'

/** The source's URL. @throws StorageError MissingRequiredHeader, InvalidHeaderValue */
export function sourceUrlIn(request: StorageRequest): URL {
  const header = 'x-ms-copy-source'
  const text = request.header(header)
  if (text === undefined || text === '') throw missingHeader(header)
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw invalidHeader(header, text)
  return url
}

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** The blob of this store that `url` names; undefined when it leads elsewhere. */
export function blobAt(
  url: URL,
  request: Pick<StorageRequest, 'endpoint' | 'account'>,
): BlobAddress | undefined {
  const endpoint = URL.parse(request.endpoint)
  // A request whose Host header makes no address.
  if (!endpoint) return undefined
  const isSamePort = portOf(url) === portOf(endpoint)
  const isHere =
    url.hostname === endpoint.hostname || (loopback.has(url.hostname) && loopback.has(endpoint.hostname))
  const isPathStyle = endpoint.pathname !== '/'
  const suffix = endpoint.hostname.slice(endpoint.hostname.indexOf('.'))
  if (!isSamePort || !(isPathStyle ? isHere : url.hostname.endsWith(suffix))) return undefined
  const slash = isPathStyle ? url.pathname.indexOf('/', 1) : 0
  if (slash < 0) return undefined
  const label = isPathStyle ? url.pathname.slice(1, slash) : url.hostname.slice(0, url.hostname.indexOf('.'))
  const { container, blob } = parsePath(url.pathname.slice(slash))
  const snapshot = parseIsoTicks(url.searchParams.get('snapshot') ?? '')
  const version = parseIsoTicks(url.searchParams.get('versionid') ?? '')
  return {
    account: label.replace(/-secondary$/, ''),
    container: blob === '' ? '$root' : container,
    name: blob === '' ? container : blob,
    ...(snapshot !== undefined && { snapshot }),
    ...(version !== undefined && { version }),
  }
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

/** Whether the caller may read the source by its own right; a signature in the URL is taken at its word. */
export function mayRead(url: URL, source: BlobAddress, { account, identity }: StorageRequest): boolean {
  if (url.searchParams.has('sig')) return false
  return source.account === account.name && (identity.kind === 'key' || identity.kind === 'bearer')
}

/** The URL with the caller's own signature when it has none: what that allows to read may be copied from too. */
export function signedSource(url: URL, source: BlobAddress, { account, identity }: StorageRequest): URL {
  if (identity.kind !== 'sas' || source.account !== account.name || url.searchParams.has('sig')) return url
  const signed = new URL(url)
  for (const [name, value] of Object.entries(identity.sas.parameters)) signed.searchParams.set(name, value)
  return signed
}

export interface OpenedSource {
  readonly remote: RemoteBlob
  readonly tags: Tags
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/**
 * Opens a source for reading.
 * @param use what is made of it
 * @param range as in a `Range` header; undefined = all
 * @throws StorageError CannotVerifyCopySource, SourceConditionNotMet, InvalidHeaderValue
 */
export async function openSource(
  context: BlobContext,
  request: StorageRequest,
  use: SourceUse,
  range: string | undefined,
): Promise<OpenedSource> {
  const url = sourceUrlIn(request)
  const address = blobAt(url, request)
  if (!address) return openRemote(request, url, use, range)
  if (!mayRead(url, address, request))
    return openRemote(request, signedSource(url, address, request), use, range)
  const asked = parseRange(range)
  if (range !== undefined && !asked) throw invalidHeader('x-ms-source-range', range)
  const options = { range: asked, encryption: sourceEncryptionIn(request) }
  const { item, content } = await openBlob(context, address, options).catch((error) => {
    throw unverified(error)
  })
  const conditions = readConditions(request, 'x-ms-source-')
  const outcome = conditions ? readOutcome(conditions, targetOf(item)) : 'met'
  if (outcome !== 'met') throw sourceConditionFailed(use, outcome === 'not-met' ? 412 : 304)
  const ifTags = tagFilterIn(request, 'x-ms-source-if-tags')
  if (ifTags && !matchesTags(ifTags, tagsOf(item))) throw sourceConditionFailed(use, 412)
  const remote = {
    length: item.length,
    properties: propertiesOf(item),
    md5: item.md5 || undefined,
    metadata: metadataOf(item),
  }
  return { remote, tags: tagsOf(item), content }
}

function unverified(error: unknown): unknown {
  return error instanceof StorageError ? cannotVerifySource(error.status, error.code, error.message) : error
}

async function openRemote(
  request: StorageRequest,
  url: URL,
  use: SourceUse,
  range: string | undefined,
): Promise<OpenedSource> {
  const response = await fetchSource(request, url, 'GET', use, range)
  return { remote: describe(response), tags: {}, content: response.body ?? new Uint8Array(0) }
}

/** Asks a copy's source what it is. @throws StorageError CannotVerifyCopySource, SourceConditionNotMet */
export async function verifySource(request: StorageRequest, url: URL): Promise<RemoteBlob> {
  return describe(await fetchSource(request, url, 'HEAD', 'copy', undefined))
}

async function fetchSource(
  request: StorageRequest,
  url: URL,
  method: 'GET' | 'HEAD',
  use: SourceUse,
  range: string | undefined,
): Promise<Response> {
  const headers: Record<string, string> = {}
  if (range !== undefined) headers['x-ms-range'] = headers.range = range
  const authorization = request.header('x-ms-copy-source-authorization')
  if (authorization !== undefined) Object.assign(headers, { authorization, 'x-ms-version': request.version })
  for (const name of ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']) {
    const value = request.header(`x-ms-source-${name}`)
    if (value !== undefined) headers[name] = value
  }
  for (const name of ['encryption-key', 'encryption-key-sha256', 'encryption-algorithm']) {
    const value = request.header(`x-ms-source-${name}`)
    if (value !== undefined) headers[`x-ms-${name}`] = value
  }
  const ifTags = request.header('x-ms-source-if-tags')
  if (ifTags !== undefined) headers['x-ms-if-tags'] = ifTags
  const response = blobAt(url, request)
    ? await askHere(request, url, method, headers)
    : await askElsewhere(url, method, headers)
  if (response.ok) return response
  if (response.status === 412 || response.status === 304) throw sourceConditionFailed(use, response.status)
  // Only the body says why.
  if (method === 'HEAD') return fetchSource(request, url, 'GET', use, range)
  const code = response.headers.get('x-ms-error-code') ?? response.statusText
  const reason = /<Message>([^\n<]*)/.exec(await response.text())?.[1]
  throw cannotVerifySource(
    response.status,
    code,
    reason ?? `The copy source answered ${response.status} ${code}.`,
  )
}

/** Without the network: the address that clients have for this store may lead nowhere from here. */
async function askHere(
  request: StorageRequest,
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const target = url.pathname + url.search
  const rawHeaders = Object.entries(headers).flat()
  const answer = await request.dispatch({ method, host: url.host, target, rawHeaders })
  const told = new Headers()
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    if (value !== undefined) told.set(name, value)
  const hasBody = method !== 'HEAD' && answer.status !== 304
  return new Response(hasBody ? streamOf(answer.body) : null, { status: answer.status, headers: told })
}

function streamOf(body: StorageResponse['body']): string | undefined | ReadableStream {
  if (typeof body === 'string' || body === undefined) return body
  return ReadableStream.from(body instanceof Uint8Array ? [body] : body)
}

async function askElsewhere(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(url, { method, headers, redirect: 'error' }).catch((error: unknown) => {
    throw cannotVerifySource(
      502,
      'CannotReachCopySource',
      `The copy source could not be reached: ${ensureError(error).message}`,
    )
  })
}

function describe({ headers }: Response): RemoteBlob {
  const length = Number(headers.get('content-length') ?? 0)
  const properties: { -readonly [Name in keyof HttpProperties]: string } = {}
  for (const [name, header] of contentHeaders) {
    const value = headers.get(header)
    if (value !== null) properties[name] = value
  }
  const metadata: Record<string, string> = {}
  for (const [name, value] of headers)
    if (name.startsWith(metaPrefix)) metadata[name.slice(metaPrefix.length)] = value
  return { length, properties, md5: headers.get('content-md5') ?? undefined, metadata }
}

const metaPrefix = 'x-ms-meta-'
const contentHeaders = [
  ['contentType', 'content-type'],
  ['contentEncoding', 'content-encoding'],
  ['contentLanguage', 'content-language'],
  ['contentDisposition', 'content-disposition'],
  ['cacheControl', 'cache-control'],
] as const
