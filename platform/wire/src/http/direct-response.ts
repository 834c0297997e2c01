/** Writes whole responses as node:http writes them, byte for byte, with one write for all that is small. */
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'

export interface DirectResponse {
  readonly status: number
  /** Name, value, name, value, …. Those about framing are left out: they are this module's to say. */
  readonly headers: readonly string[]
  /** Sent unless the status or the method forbids it; its length is told to `HEAD` too. */
  readonly body: string | Uint8Array | undefined
  /** Of a body that is not here: what `HEAD` is told, or what follows (`DirectExchange.stream`). */
  readonly length?: number | undefined
}

/** Bodies up to this size are joined with the head; larger ones are not worth the copy. */
const maxJoinedBytes = 16 * 1024

const token = /^[\w!#$%&'*+\-.^`|~]+$/
const valueText = /^[\t\x20-\x7e\x80-\xff]*$/
/** Without `Keep-Alive: timeout=…`, which the services of Azure do not send either. */
const keepAlive = 'Connection: keep-alive\r\n\r\n'

/** A response that is checked and worded, to be sent once. */
export interface EncodedResponse {
  /** Latin-1, with the body when that is small. */
  readonly text: string
  /** What follows. */
  readonly rest: Uint8Array | undefined
  /** Whether the response said that it is the connection's last. */
  readonly isLast: boolean
}

/**
 * @param now milliseconds since 1970
 * @param isLast whether the connection is to be closed behind it; the headers may also say so
 * @throws RangeError for a status below 200 or above 999, TypeError for a header that HTTP does not allow
 */
export function encodeResponse(
  { status, headers, body, length }: DirectResponse,
  method: string,
  now: number,
  isLast: boolean,
): EncodedResponse {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new RangeError(`${status} is not a valid HTTP status.`)
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
  let isDated = false
  let connection: string | undefined
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    const value = headers[index + 1]!
    if (!token.test(name)) validateHeaderName(name)
    if (!valueText.test(value)) validateHeaderValue(name, value)
    const kind = kindOf(name)
    if (kind === 'framing') continue
    if (kind === 'date') isDated = true
    else if (kind === 'connection') connection = value
    text += `${name}: ${value}\r\n`
  }
  const isBodyless = status === 204 || status === 304
  const content = isBodyless || status === 205 || body === undefined ? '' : body
  if (!isBodyless) text += `Content-Length: ${length ?? lengthOf(content)}\r\n`
  if (!isDated) text += dateLine(now)
  const closes = isLast || (connection !== undefined && /close/i.test(connection))
  if (connection !== undefined) text += '\r\n'
  else text += closes ? 'Connection: close\r\n\r\n' : keepAlive
  return { ...withContent(text, method === 'HEAD' ? '' : content), isLast: closes }
}

/** Whether the socket wants more; when not, it says `drain` later. */
export function writeResponse(socket: Socket, { text, rest }: EncodedResponse): boolean {
  if (!rest) return socket.write(text, 'latin1')
  socket.cork()
  socket.write(text, 'latin1')
  const wantsMore = socket.write(rest)
  socket.uncork()
  return wantsMore
}

function withContent(
  head: string,
  content: string | Uint8Array,
): { text: string; rest: Uint8Array | undefined } {
  if (typeof content === 'string') {
    if (isAscii(content)) return { text: head + content, rest: undefined }
    return withContent(head, Buffer.from(content))
  }
  if (content.byteLength > maxJoinedBytes) return { text: head, rest: content }
  return { text: head + latin1Slice.call(content, 0, content.byteLength), rest: undefined }
}

/** Of any bytes, without a `Buffer` around them. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string
}

function isAscii(text: string): boolean {
  return text.length <= maxJoinedBytes && Buffer.byteLength(text) === text.length
}

function lengthOf(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength
}

type Kind = 'framing' | 'date' | 'connection' | undefined

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['content-length', 'framing'],
  ['transfer-encoding', 'framing'],
  ['trailer', 'framing'],
  ['upgrade', 'framing'],
  ['date', 'date'],
  ['connection', 'connection'],
])

function kindOf(name: string): Kind {
  // Settles most names without a copy in lower case.
  return kindLengths.has(name.length) ? kinds.get(name.toLowerCase()) : undefined
}

const kindLengths: ReadonlySet<number> = new Set([...kinds.keys()].map((name) => name.length))

let datedSecond = Number.NaN
let dateText = ''

/** Made once a second. */
function dateLine(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== datedSecond) {
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
    datedSecond = second
  }
  return dateText
}
