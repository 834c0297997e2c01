/**
 * From what a function returned to the HTTP reply. Source: the host's `HttpBinding.CreateResult` and
 * `RawScriptResult`, with ASP.NET Core's formatters behind them.
 */
import type { RpcHttp, TypedData } from '../typed-data.ts'
import { formatCookie } from './cookies.ts'
import { indentJson } from './json-text.ts'
import { negotiate } from './negotiate.ts'
import { emptyReply, hasHeader, type Reply } from './reply.ts'
import { parseResponseObject } from './response-object.ts'

/** A body before it has a content type. */
type Content =
  | { readonly kind: 'none' }
  | { readonly kind: 'text' | 'json'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

const defaultTextType = 'text/plain; charset=utf-8'
const nothing: Content = { kind: 'none' }

/** Set by the sender itself, or about this connection only. */
const droppedHeaders = new Set(['content-length', 'transfer-encoding', 'keep-alive', 'upgrade', 'trailer'])

/**
 * The reply for a function's result.
 * @param accept the request's `Accept`
 * @throws when the function set a header that cannot be sent
 */
export function replyOf(value: TypedData | undefined, accept: string | undefined): Reply {
  if (!value) return emptyReply(204)
  if (value.http) return httpReply(value.http, contentOf(value.http.body), accept)
  const content = contentOf(value)
  if (content.kind === 'none') return emptyReply(204)
  const object = content.kind === 'bytes' ? undefined : parseResponseObject(content.text)
  if (!object) return contentReply(200, [], undefined, content)
  return httpReply(object.http, object.body, accept)
}

function httpReply(http: RpcHttp, content: Content, accept: string | undefined): Reply {
  const headers: string[] = []
  const contentType = copyHeaders(http.headers, headers)
  for (const cookie of http.cookies ?? []) headers.push('Set-Cookie', formatCookie(cookie))
  const status = parseStatus(http.statusCode)
  if (!http.enableContentNegotiation || content.kind === 'bytes')
    return contentReply(status, headers, contentType, content)
  if (content.kind === 'none') return { status: status === 200 ? 204 : status, headers, body: undefined }
  const negotiated = negotiate(content, contentType ?? accept)
  headers.push('Content-Type', contentType ?? negotiated.contentType)
  return { status, headers, body: negotiated.text }
}

/** Copies into a flat list, the first of each name; returns the content type instead of copying it. */
function copyHeaders(from: RpcHttp['headers'], into: string[]): string | undefined {
  let contentType: string | undefined
  let isMixedCase = false
  for (const name in from) {
    const lowerName = name.toLowerCase()
    const value = from[name]!
    if (lowerName !== name) isMixedCase = true
    if (lowerName === 'content-type') contentType ??= value
    else if (!droppedHeaders.has(lowerName) && !(isMixedCase && hasHeader(into, lowerName)))
      into.push(name, value)
  }
  return contentType
}

/** @param headers gets the content type */
function contentReply(
  status: number,
  headers: string[],
  contentType: string | undefined,
  content: Content,
): Reply {
  if (content.kind === 'bytes') {
    if (contentType !== undefined) headers.push('Content-Type', contentType)
    return { status, headers, body: content.bytes }
  }
  headers.push('Content-Type', contentType === undefined ? defaultTextType : withCharset(contentType))
  if (content.kind === 'none') return { status, headers, body: undefined }
  return { status, headers, body: content.kind === 'json' ? indentJson(content.text) : content.text }
}

/** ASP.NET Core's text formatter names its encoding in every content type. */
function withCharset(contentType: string): string {
  return contentType === '' || /;\s*charset=/i.test(contentType)
    ? contentType
    : `${contentType}; charset=utf-8`
}

function parseStatus(text: string | null | undefined): number {
  if (!text) return 200
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : 200
}

function contentOf(data: TypedData | null | undefined): Content {
  if (!data) return nothing
  if (typeof data.string === 'string') return { kind: 'text', text: data.string }
  if (data.bytes) return { kind: 'bytes', bytes: data.bytes }
  if (data.stream) return { kind: 'bytes', bytes: data.stream }
  if (typeof data.json === 'string') return jsonContent(data.json)
  if (typeof data.int === 'number') return { kind: 'text', text: String(data.int) }
  if (typeof data.double === 'number') return { kind: 'text', text: String(data.double) }
  return collectionContent(data)
}

/** Arrays and objects are JSON; a scalar is its text. */
function jsonContent(json: string): Content {
  const text = json.trim()
  if (text === 'null' || text === '') return nothing
  if (text.startsWith('"')) return { kind: 'text', text: JSON.parse(text) as string }
  return { kind: text.startsWith('{') || text.startsWith('[') ? 'json' : 'text', text }
}

function collectionContent(data: TypedData): Content {
  const items =
    data.collectionString?.string ??
    data.collectionDouble?.double ??
    data.collectionSint64?.sint64 ??
    data.collectionBytes?.bytes.map((bytes) => Buffer.from(bytes).toString('base64'))
  return items ? { kind: 'json', text: JSON.stringify(items) } : nothing
}
