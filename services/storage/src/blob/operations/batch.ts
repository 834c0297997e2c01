/** Blob Batch: requests in the parts of a multipart body (https://learn.microsoft.com/rest/api/storageservices/blob-batch). */
import { newId } from '@aloft/kernel'
import type { RequestPart, StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { renderStorageError, StorageError } from '../../protocol/storage-error.ts'
import { maxBatchBytes, maxBatchRequests } from '../limits.ts'

interface BatchPart extends RequestPart {
  readonly contentId: string | undefined
}

export async function batch(request: StorageRequest): Promise<StorageResponse> {
  const contentType = request.header('content-type')
  if (contentType === undefined) throw missingHeader('Content-Type')
  const boundary = boundaryOrRefusal(contentType)
  // Clients read this error, too, from a part: the only one.
  if (boundary instanceof StorageError)
    return multipart([renderPart(undefined, renderStorageError(boundary, request))])
  const parts = parseBatch((await request.bytes(maxBatchBytes)).toString(), boundary)
  checkParts(parts)
  const answers: string[] = []
  for (const part of parts) {
    const answer = isWithin(part, request) ? await request.dispatch(part) : outside
    answers.push(renderPart(part.contentId, answer))
  }
  return multipart(answers)
}

function boundaryOrRefusal(contentType: string): string | StorageError {
  try {
    return boundaryOf(contentType)
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
}

function multipart(parts: readonly string[]): StorageResponse {
  const boundary = `batchresponse_${newId()}`
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('')
  return {
    status: 202,
    headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` },
    body: `${body}--${boundary}--\r\n`,
  }
}

/** A batch of a container is about its own blobs. */
function isWithin({ target }: BatchPart, { path, endpoint }: StorageRequest): boolean {
  if (path === '/') return true
  const base = URL.parse(endpoint)
  const inside = base && URL.parse(target, base.href)
  if (!inside) return false
  const scope = base.pathname === '/' ? path : base.pathname + path
  return inside.pathname.startsWith(`${scope.replace(/\/$/, '')}/`)
}

const outside: StorageResponse = { status: 400, headers: { 'x-ms-error-code': 'InvalidInput' } }

/**
 * Everything behind the first `boundary=`, which may hold further equals signs.
 * @throws StorageError InvalidHeaderValue; InvalidInput when there are two
 */
export function boundaryOf(contentType: string): string {
  const found = /^multipart\/mixed;\s*boundary=(.+)$/i.exec(contentType.trim())
  const boundary = found?.[1]?.trim().replace(/^"(.*)"$/, '$1')
  if (boundary && /boundary=/i.test(boundary)) throw generalErrors.InvalidInput()
  if (!boundary) throw invalidHeader('Content-Type', contentType)
  return boundary
}

/** @throws StorageError InvalidInput */
export function parseBatch(body: string, boundary: string): BatchPart[] {
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  const end = pieces.findIndex((piece, index) => index > 0 && piece.startsWith('--'))
  if (pieces.length < 3 || end < 2) throw generalErrors.InvalidInput()
  return pieces.slice(1, end).map(parsePart)
}

/** The part's headers, an empty line, then the request. */
function parsePart(piece: string): BatchPart {
  const text = piece.replace(/^[ \t]*\r\n/, '')
  const gap = text.indexOf('\r\n\r\n')
  if (gap < 0) throw generalErrors.InvalidInput()
  const partHeaders = headersOf(text.slice(0, gap).split('\r\n'))
  const [requestLine = '', ...lines] = (text.slice(gap + 4).split('\r\n\r\n')[0] ?? '').split('\r\n')
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\s*$/.exec(requestLine) ?? []
  if (method === undefined || target === undefined) throw generalErrors.InvalidInput()
  const at = partHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-id')
  return { method, target, rawHeaders: headersOf(lines), contentId: at < 0 ? undefined : partHeaders[at + 1] }
}

function headersOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0 ? [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] : []
  })
}

/** Deletes, or changes of tier; not both. @throws StorageError InvalidInput */
function checkParts(parts: readonly BatchPart[]): void {
  if (parts.length > maxBatchRequests) throw generalErrors.InvalidInput()
  const kinds = new Set(parts.map(kindOf))
  if (kinds.size > 1 || kinds.has(undefined)) throw generalErrors.InvalidInput()
}

function kindOf({ method, target }: BatchPart): 'delete' | 'tier' | undefined {
  const query = new URLSearchParams(target.slice(target.indexOf('?') + 1))
  if (method === 'DELETE' && query.get('restype') === null) return 'delete'
  return method === 'PUT' && query.get('comp') === 'tier' ? 'tier' : undefined
}

function renderPart(
  contentId: string | undefined,
  { status, headers = {}, body = '' }: StorageResponse,
): string {
  let text = 'Content-Type: application/http\r\n'
  if (contentId !== undefined) text += `Content-ID: ${contentId}\r\n`
  text += `\r\nHTTP/1.1 ${status} ${statusTexts[status] ?? 'Error'}\r\n`
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) text += `${name}: ${value}\r\n`
  const content = typeof body === 'string' ? body : ''
  if (content !== '') text += `Content-Length: ${Buffer.byteLength(content)}\r\n`
  return `${text}\r\n${content}${content === '' ? '' : '\r\n'}`
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'The specified blob does not exist.',
  409: 'Conflict',
  412: 'Precondition Failed',
}
