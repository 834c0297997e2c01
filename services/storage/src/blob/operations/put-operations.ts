/** Put Blob, Put Block, Put Block List, Append Block and their From URL forms. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { xmlElement } from '../../protocol/escape-xml.ts'
import {
  generalErrors,
  invalidHeader,
  invalidQuery,
  missingHeader,
  missingQuery,
} from '../../protocol/general-errors.ts'
import { parseXml } from '../../protocol/xml.ts'
import {
  maxAppendBytes,
  maxBlockBytes,
  maxBlockIdBytes,
  maxPageBlobBytes,
  maxPutBytes,
  pageBytes,
} from '../limits.ts'
import type { BlockReference } from '../model/block-list.ts'
import { detailOf, type Item } from '../model/item.ts'
import { appendBlock } from '../store/append-blob.ts'
import { type BlockLists, getBlockList, putBlock, putBlockList } from '../store/blocks.ts'
import { type Arrived, type Content, checkIntegrity, type Integrity, smallContent } from '../store/content.ts'
import type { BlobContext } from '../store/context.ts'
import { checkContainer, type PutOptions, putBlockBlob, putEmptyBlob } from '../store/put-blob.ts'
import { openSource } from '../wire/copy-source.ts'
import { xmlType } from '../wire/list-xml.ts'
import { blobAddress } from '../wire/paths.ts'
import { protectionIn } from '../wire/protection-headers.ts'
import {
  accessOptions,
  checkEmptyBody,
  contentIn,
  countIn,
  defaultContentType,
  httpPropertiesIn,
  integrityIn,
  md5In,
  metadataIn,
  putPropertiesIn,
  tagsIn,
  tierIn,
  writeOptions,
} from '../wire/request-options.ts'
import { changeHeaders, echoedHeaders, type Headers, writtenHeaders } from '../wire/response-headers.ts'

const maxBlockListBytes = 16 * 1024 * 1024

export async function putBlob(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const address = blobAddress(request)
  const type = request.header('x-ms-blob-type')
  const options: PutOptions = {
    ...writeOptions(request),
    properties: putPropertiesIn(request),
    md5: request.header('x-ms-blob-content-md5') || undefined,
    metadata: metadataIn(request),
    tags: tagsIn(request),
    tier: tierIn(request),
    detail: protectionIn(request),
  }
  if (type === 'BlockBlob') {
    const md5 = md5In(request, 'x-ms-blob-content-md5')
    const transit = integrityIn(request)
    const integrity: Integrity | undefined = md5 === undefined ? transit : { ...transit, md5 }
    const content = await contentIn(request, maxPutBytes)
    if (!(content instanceof Uint8Array)) await checkContainer(context, address)
    const { item, arrived } = await putBlockBlob(context, address, content, { ...options, integrity })
    return created(request, item, arrived)
  }
  if (type !== 'PageBlob' && type !== 'AppendBlob')
    throw type === undefined ? missingHeader('x-ms-blob-type') : invalidHeader('x-ms-blob-type', type)
  // Their content comes later, in pages and blocks.
  checkEmptyBody(request)
  if (type === 'AppendBlob') return created(request, await putEmptyBlob(context, address, type, 0, options))
  const length = countIn(request, 'x-ms-blob-content-length')
  if (length === undefined) throw missingHeader('x-ms-blob-content-length')
  if (length % pageBytes !== 0 || length > maxPageBlobBytes)
    throw invalidHeader('x-ms-blob-content-length', String(length))
  const sequenceNumber = countIn(request, 'x-ms-blob-sequence-number')
  const detail = { ...options.detail, ...(sequenceNumber !== undefined && { sequenceNumber }) }
  return created(request, await putEmptyBlob(context, address, type, length, { ...options, detail }))
}

function created(request: StorageRequest, item: Item, arrived?: Arrived): StorageResponse {
  const headers = writtenHeaders(request, item)
  if (arrived) {
    headers['Content-MD5'] = arrived.md5
    if (request.header('x-ms-content-crc64')) headers['x-ms-content-crc64'] = arrived.crc64()
  }
  return { status: 201, headers }
}

export async function putBlobFromUrl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  checkEmptyBody(request)
  const options = writeOptions(request)
  const source = await openSource(context, request, 'blob', undefined)
  const copiesProperties = request.header('x-ms-copy-source-blob-properties')?.toLowerCase() !== 'false'
  const own = httpPropertiesIn(request)
  const { item, arrived } = await putBlockBlob(context, address, source.content, {
    ...options,
    properties: copiesProperties
      ? { ...source.remote.properties, ...own }
      : { contentType: defaultContentType, ...own },
    md5: md5In(request, 'x-ms-blob-content-md5'),
    metadata: metadataIn(request) ?? (copiesProperties ? source.remote.metadata : undefined),
    tags: request.header('x-ms-copy-source-tag-option') === 'COPY' ? source.tags : tagsIn(request),
    tier: tierIn(request),
    integrity: integrityIn(request, 'x-ms-source-content-md5'),
    api: 'PutBlob',
  })
  const { headers, ...answer } = created(request, item, arrived)
  return { ...answer, headers: { ...headers, 'x-ms-content-crc64': arrived.crc64() } }
}

export async function putBlockOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const id = blockIdIn(request)
  if (request.contentLength === 0) throw invalidHeader('Content-Length', '0')
  const options = { ...writeOptions(request), conditions: undefined, integrity: integrityIn(request) }
  const content = await contentIn(request, maxBlockBytes)
  return written(request, await putBlock(context, address, id, content, options))
}

export async function putBlockFromUrl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const id = blockIdIn(request)
  const options = {
    ...writeOptions(request),
    conditions: undefined,
    integrity: integrityIn(request, 'x-ms-source-content-md5'),
  }
  const { content } = await openSource(context, request, 'part', request.header('x-ms-source-range'))
  return written(request, await putBlock(context, address, id, content, options))
}

/** @throws StorageError MissingRequiredQueryParameter, InvalidQueryParameterValue */
function blockIdIn(request: StorageRequest): string {
  const id = request.query('blockid')
  if (id === undefined || id === '') throw missingQuery('blockid')
  if (!isBlockId(id)) throw invalidQuery('blockid', id, 'Not a valid base64 string.')
  return id
}

function isBlockId(id: string): boolean {
  return (
    /^[A-Za-z0-9+/]+={0,2}$/.test(id) &&
    id.length % 4 === 0 &&
    Buffer.byteLength(id, 'base64') <= maxBlockIdBytes
  )
}

/** The CRC, and the MD5 when one was sent. */
function checksumHeaders(request: StorageRequest, arrived: Arrived): Headers {
  const hasMd5 = request.header('content-md5') ?? request.header('x-ms-source-content-md5')
  return { ...(hasMd5 && { 'Content-MD5': arrived.md5 }), 'x-ms-content-crc64': arrived.crc64() }
}

function written(request: StorageRequest, arrived: Arrived): StorageResponse {
  const headers = {
    ...checksumHeaders(request, arrived),
    'x-ms-request-server-encrypted': 'true',
    ...echoedHeaders(request),
  }
  return { status: 201, headers }
}

export async function putBlockListOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const body = await request.bytes(maxBlockListBytes)
  const list = smallContent(body)
  const integrity = integrityIn(request)
  if (integrity) checkIntegrity(list, integrity)
  const references = parseBlockList(body)
  const item = await putBlockList(context, address, references, {
    ...writeOptions(request),
    properties: { contentType: defaultContentType, ...httpPropertiesIn(request) },
    md5: md5In(request, 'x-ms-blob-content-md5'),
    metadata: metadataIn(request),
    tags: tagsIn(request),
    tier: tierIn(request),
    detail: protectionIn(request),
  })
  // The checksums are those of the list, not of the blob.
  return { status: 201, headers: { ...writtenHeaders(request, item), ...checksumHeaders(request, list) } }
}

const listElements = { Latest: 'latest', Committed: 'committed', Uncommitted: 'uncommitted' } as const

/** The order of the elements is that of the blocks. @throws StorageError InvalidXmlDocument, InvalidBlockList … */
export function parseBlockList(body: Uint8Array): BlockReference[] {
  const root = parseXml(body)
  if (root.name !== 'BlockList') throw generalErrors.InvalidXmlDocument()
  return root.children.map(({ name, text }) => {
    const from = Object.hasOwn(listElements, name)
      ? listElements[name as keyof typeof listElements]
      : undefined
    if (from === undefined) throw generalErrors.InvalidXmlDocument()
    return { id: text.trim(), from }
  })
}

export async function getBlockListOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const type = (request.query('blocklisttype') || 'committed').toLowerCase()
  if (type !== 'committed' && type !== 'uncommitted' && type !== 'all')
    throw invalidQuery('blocklisttype', type)
  const lists = await getBlockList(context, blobAddress(request), accessOptions(request))
  const { item, committed, uncommitted } = lists
  const headers = {
    ...xmlType,
    ...(item && changeHeaders(item)),
    'x-ms-blob-content-length': String(item?.length ?? 0),
  }
  const body =
    '<?xml version="1.0" encoding="utf-8"?><BlockList>' +
    (type === 'uncommitted' ? '' : blocksXml('CommittedBlocks', committed)) +
    (type === 'committed' ? '' : blocksXml('UncommittedBlocks', uncommitted)) +
    '</BlockList>'
  return { status: 200, headers, body }
}

function blocksXml(name: string, blocks: BlockLists['committed']): string {
  const rows = blocks.map(
    ({ id, length }) => `<Block>${xmlElement('Name', id)}${xmlElement('Size', length)}</Block>`,
  )
  return `<${name}>${rows.join('')}</${name}>`
}

export async function appendBlockOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  if (request.contentLength === 0) throw invalidHeader('Content-Length', '0')
  const integrity = integrityIn(request)
  const content = await contentIn(request, maxAppendBytes(request.version))
  return appended(context, request, address, content, integrity)
}

export async function appendBlockFromUrl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = blobAddress(request)
  const integrity = integrityIn(request, 'x-ms-source-content-md5')
  const { content } = await openSource(context, request, 'part', request.header('x-ms-source-range'))
  return appended(context, request, address, content, integrity)
}

async function appended(
  context: BlobContext,
  request: StorageRequest,
  address: ReturnType<typeof blobAddress>,
  content: Content,
  integrity: Integrity | undefined,
): Promise<StorageResponse> {
  const { item, arrived, offset } = await appendBlock(context, address, content, {
    ...writeOptions(request),
    integrity,
    maxBytes: maxAppendBytes(request.version),
    position: countIn(request, 'x-ms-blob-condition-appendpos'),
    maxSize: countIn(request, 'x-ms-blob-condition-maxsize'),
  })
  const headers = {
    ...writtenHeaders(request, item),
    ...checksumHeaders(request, arrived),
    'x-ms-blob-append-offset': String(offset),
    'x-ms-blob-committed-block-count': String(detailOf(item).blockCount),
  }
  return { status: 201, headers }
}
