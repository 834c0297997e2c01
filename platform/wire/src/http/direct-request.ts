/**
 * Reads the requests that nearly all are: HTTP/1.1, a common method, no header twice, a head that comes in one piece
 * and a small body of known length.
 *
 * This is no second HTTP parser beside Node's. It accepts a small part of what Node accepts, and only where there is
 * one way to read it; whatever is malformed, rare or ambiguous is left to Node's parser from its first
 * byte. What is accepted means the same to both: test/http/direct-agreement.test.ts.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isHost } from './host-header.ts'
import { maxDirectBodyBytes, maxDirectHeadBytes } from './limits.ts'

export interface DirectRequest {
  readonly method: string
  /** As sent: a path that begins with `/`, and a query. */
  readonly url: string
  /** Lower-case names. Every header was sent once. Not to be changed. */
  readonly headers: Readonly<IncomingHttpHeaders>
  /** Name, value, name, value, … as sent. */
  readonly rawHeaders: readonly string[]
  /** Memory of its own; undefined when the request has none. */
  readonly body: Buffer | undefined
  /** Bytes from the first of the request line to the last of the body. */
  readonly size: number
}

/** Methods and characters of URLs that need no thought (RFC 3986, 3.3 and 3.4). */
const requestLine = /(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\/[\w\-.~!$&'()*+,;=:@%/?]*) HTTP\/1\.1\r\n/y

/** Without line folding, blanks before the colon and control characters (RFC 9112, 5). Must not backtrack far. */
const headerLine = /([\w!#$%&'*+\-.^`|~]+):[ \t]*((?:[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*)?)\r\n/y

/** Headers on which framing or the connection's fate depend. `Connection` and `Content-Length` are read. */
const reserved = ['transfer-encoding', 'upgrade', 'expect', 'trailer', 'te', 'proxy-connection', 'set-cookie']

/** A number that has one spelling. */
const plainLength = /^(?:0|[1-9]\d{0,6})$/

/**
 * The request at the start of `bytes`; a number when its head is here and it will be that many bytes with its body;
 * undefined when it is Node's to read.
 */
export function readDirectRequest(bytes: Buffer): DirectRequest | number | undefined {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, maxDirectHeadBytes))
  requestLine.lastIndex = 0
  const line = requestLine.exec(text)
  if (!line) return undefined
  const headers: IncomingHttpHeaders = {}
  const rawHeaders: string[] = []
  const headEnd = readHeaders(text, requestLine.lastIndex, headers, rawHeaders)
  if (headEnd === undefined || headers.host === undefined || !isHost(headers.host)) return undefined
  if (!isKeptAlive(headers.connection)) return undefined
  for (const name of reserved) if (headers[name] !== undefined) return undefined
  const length = bodyLength(headers['content-length'])
  if (length === undefined) return undefined
  const size = headEnd + length
  if (size > bytes.length) return size
  const body = size === headEnd ? undefined : bytes.subarray(headEnd, size)
  return { method: line[1]!, url: line[2]!, headers, rawHeaders, body, size }
}

/** Where the body begins; undefined when the head is not complete, or a line is not plain. */
function readHeaders(
  text: string,
  start: number,
  headers: IncomingHttpHeaders,
  rawHeaders: string[],
): number | undefined {
  let at = start
  while (!(text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10)) {
    headerLine.lastIndex = at
    const line = headerLine.exec(text)
    if (!line) return undefined
    at = headerLine.lastIndex
    const rawName = line[1]!
    const name = rawName.toLowerCase()
    // Sent twice, or a name like `constructor`, which every object has.
    if (headers[name] !== undefined) return undefined
    const value = trimEnd(line[2]!)
    headers[name] = value
    rawHeaders.push(rawName, value)
  }
  return at + 2
}

function trimEnd(value: string): string {
  let end = value.length
  while (end > 0 && (value.charCodeAt(end - 1) === 32 || value.charCodeAt(end - 1) === 9)) end--
  return end === value.length ? value : value.slice(0, end)
}

function isKeptAlive(connection: string | undefined): boolean {
  return connection === undefined || connection === 'keep-alive' || connection.toLowerCase() === 'keep-alive'
}

/** Undefined when it is not plain, or too long. */
function bodyLength(contentLength: string | undefined): number | undefined {
  if (contentLength === undefined) return 0
  const length = plainLength.test(contentLength) ? Number(contentLength) : Number.POSITIVE_INFINITY
  return length <= maxDirectBodyBytes ? length : undefined
}
