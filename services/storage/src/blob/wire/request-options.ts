/** What requests state in headers, checked. */
import { followsAzurite } from '../../accounts/azurite-leniency.ts'
import type { StorageRequest } from '../../contracts.ts'
import { readConditions } from '../../protocol/conditions.ts'
import { generalErrors, invalidHeader } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { inlineBytes } from '../limits.ts'
import type { HttpProperties, Metadata, Tags } from '../model/item.ts'
import { parseLeaseId, parseLenientLeaseId } from '../model/lease.ts'
import { parseTagFilter, type TagFilter } from '../model/tag-filter.ts'
import { parseTagsHeader } from '../model/tags.ts'
import { parseTier } from '../model/tiers.ts'
import type { Content, Integrity } from '../store/content.ts'
import type { AccessOptions, WriteOptions } from '../store/context.ts'
import { encryptionIn } from './encryption-headers.ts'
import { gathered } from './piece-reader.ts'
import { decodeStructured, isStructured, structuredLengthIn } from './structured-body.ts'

export function accessOptions(request: StorageRequest): AccessOptions {
  return {
    leaseId: leaseIdIn(request, 'x-ms-lease-id'),
    conditions: readConditions(request),
    ifTags: tagFilterIn(request, 'x-ms-if-tags'),
    encryption: encryptionIn(request),
  }
}

/** For the tags of a blob, whose conditions have names of their own. */
export function tagOptions(request: StorageRequest): AccessOptions {
  return { ...accessOptions(request), conditions: readConditions(request, 'x-ms-blob-') }
}

export function writeOptions(request: StorageRequest): WriteOptions {
  const { requestId, clientRequestId } = request
  return {
    leaseId: leaseIdIn(request, 'x-ms-lease-id'),
    conditions: readConditions(request),
    ifTags: tagFilterIn(request, 'x-ms-if-tags'),
    encryption: encryptionIn(request),
    origin: { requestId, clientRequestId },
    isForNewOnly: request.identity.kind === 'sas' && !request.identity.sas.permissions.includes('w'),
  }
}

/** @throws StorageError InvalidHeaderValue for what cannot be an id of the account's leases */
export function leaseIdIn(request: StorageRequest, name: string): string | undefined {
  const text = request.header(name)
  if (text === undefined || text === '') return undefined
  const id = followsAzurite(request.account) ? parseLenientLeaseId(text) : parseLeaseId(text)
  if (id === undefined) throw invalidHeader(name, text)
  return id
}

export function tagFilterIn(request: StorageRequest, name: string): TagFilter | undefined {
  const text = request.header(name)
  if (text === undefined || text === '') return undefined
  try {
    return parseTagFilter(text)
  } catch {
    throw invalidHeader(name, text)
  }
}

/** A whole number. @throws StorageError InvalidHeaderValue */
export function numberIn(request: StorageRequest, name: string): number | undefined {
  const text = request.header(name)
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) throw invalidHeader(name, text)
  return number
}

/** Not below zero. */
export function countIn(request: StorageRequest, name: string): number | undefined {
  const number = numberIn(request, name)
  if (number !== undefined && number < 0) throw invalidHeader(name, String(number))
  return number
}

/** Undefined when the request brings none. */
export function metadataIn(request: StorageRequest): Metadata | undefined {
  const metadata = request.metadata()
  for (const _ in metadata) return metadata
  return undefined
}

export function tagsIn(request: StorageRequest): Tags | undefined {
  const header = request.header('x-ms-tags')
  return header === undefined || header === '' ? undefined : parseTagsHeader(header)
}

/** The `x-ms-blob-…` headers. */
export function httpPropertiesIn(request: StorageRequest): HttpProperties {
  const properties: { -readonly [Name in keyof HttpProperties]: string } = {}
  for (const [name, header] of propertyHeaders) {
    const value = request.header(header)
    if (value !== undefined && value !== '') properties[name] = value
  }
  return properties
}

const propertyHeaders = [
  ['contentType', 'x-ms-blob-content-type'],
  ['contentEncoding', 'x-ms-blob-content-encoding'],
  ['contentLanguage', 'x-ms-blob-content-language'],
  ['contentDisposition', 'x-ms-blob-content-disposition'],
  ['cacheControl', 'x-ms-blob-cache-control'],
] as const

export const defaultContentType = 'application/octet-stream'

/** Those of Put Blob: the request's own headers stand in for what is not given. */
export function putPropertiesIn(request: StorageRequest): HttpProperties {
  const properties = httpPropertiesIn(request)
  const { contentType, contentEncoding, contentLanguage, cacheControl } = properties
  const encoding = contentEncoding ?? request.header('content-encoding')
  const language = contentLanguage ?? request.header('content-language')
  const caching = cacheControl ?? request.header('cache-control')
  return {
    ...properties,
    contentType: contentType ?? (request.header('content-type') || defaultContentType),
    ...(encoding && { contentEncoding: encoding }),
    ...(language && { contentLanguage: language }),
    ...(caching && { cacheControl: caching }),
  }
}

/** An MD5 in base64. @throws StorageError InvalidMd5 */
export function md5In(request: StorageRequest, name: string): string | undefined {
  const text = request.header(name)
  if (text === undefined || text === '') return undefined
  if (text.length !== 24 || Buffer.from(text, 'base64').toString('base64') !== text)
    throw generalErrors.InvalidMd5()
  return text
}

/** Checksums of what is under way. @param md5Header where the MD5 stands */
export function integrityIn(request: StorageRequest, md5Header = 'content-md5'): Integrity | undefined {
  const md5 = md5In(request, md5Header)
  const crc64 = crc64In(
    request,
    md5Header === 'content-md5' ? 'x-ms-content-crc64' : 'x-ms-source-content-crc64',
  )
  if (md5 !== undefined && crc64 !== undefined) throw blobErrors.BothCrc64AndMd5HeaderPresent()
  return md5 === undefined && crc64 === undefined ? undefined : { md5, crc64 }
}

function crc64In(request: StorageRequest, name: string): string | undefined {
  const text = request.header(name)
  if (text === undefined || text === '') return undefined
  if (text.length !== 12 || Buffer.from(text, 'base64').length !== 8) throw invalidHeader(name, text)
  return text
}

/** @throws StorageError InvalidHeaderValue, MissingContentLengthHeader unless the request has no body */
export function checkEmptyBody({ contentLength }: StorageRequest): void {
  if (contentLength === undefined) throw generalErrors.MissingContentLengthHeader()
  if (contentLength !== 0) throw invalidHeader('Content-Length', String(contentLength))
}

/** Of what the body holds; undefined when nobody knows before its end. */
export function contentLengthIn(request: StorageRequest): number | undefined {
  return isStructured(request) ? structuredLengthIn(request) : request.contentLength
}

/**
 * What the body holds: in one piece when it is small, else as it arrives.
 * @throws StorageError RequestBodyTooLarge; of a structured body also what `decodeStructured` throws
 */
export async function contentIn(request: StorageRequest, maxBytes: number): Promise<Content> {
  const contentLength = contentLengthIn(request)
  if (contentLength !== undefined && contentLength > maxBytes)
    throw generalErrors.RequestBodyTooLarge({ elements: { MaxLimit: maxBytes } })
  const isSmall = contentLength !== undefined && contentLength <= inlineBytes
  if (!isStructured(request)) return isSmall ? request.bytes(inlineBytes) : request.body()
  const content = decodeStructured(request.body(), structuredLengthIn(request))
  return isSmall ? gathered(content) : content
}

/** In the spelling that Azure gives back; undefined = none. @throws StorageError InvalidHeaderValue */
export function tierIn(request: StorageRequest): string | undefined {
  const text = request.header('x-ms-access-tier')
  if (text === undefined || text === '') return undefined
  const tier = parseTier(text)
  if (tier === undefined) throw invalidHeader('x-ms-access-tier', text)
  return tier
}

export function priorityIn(request: StorageRequest): 'Standard' | 'High' {
  const text = request.header('x-ms-rehydrate-priority')
  if (text === undefined || text === '' || text === 'Standard') return 'Standard'
  if (text === 'High') return 'High'
  throw invalidHeader('x-ms-rehydrate-priority', text)
}
