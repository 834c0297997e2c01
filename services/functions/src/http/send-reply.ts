/** Putting a reply on the wire by node:http. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import { addHeaders, type Reply } from '@aloft/wire/http'

/**
 * Bodies up to this size are joined with the head to one write: Node does that for text only, and Latin-1 text is
 * bytes. Two pieces cost a third more of the host's time (bench http).
 */
const maxJoinedBytes = 16 * 1024

/**
 * Sends `reply` in one write.
 * @param extra flat like `Reply.headers`; each is added unless the reply has a header of that name
 * @throws when a header or the status is not allowed in HTTP; nothing has been sent then
 */
export function sendReply(response: ServerResponse, reply: Reply, extra: readonly string[]): void {
  const { status, reason, headers, body } = reply
  // Node checks the upper bound; below 200 are interim answers, which would leave the client waiting.
  if (!Number.isInteger(status) || status < 200) throw new RangeError(`${status} is not a valid HTTP status.`)
  addHeaders(headers, extra)
  const isBodyless = status === 204 || status === 304
  if (!isBodyless) headers.push('Content-Length', String(status === 205 ? 0 : lengthOf(body)))
  // Without a phrase, Node would keep that of a reply that could not be sent.
  response.writeHead(status, reason ?? STATUS_CODES[status], headers)
  // To HEAD, Node sends no body whatever it is given.
  if (isBodyless || status === 205 || body === undefined) response.end()
  else if (typeof body === 'string' || body.byteLength > maxJoinedBytes) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1')
}

function lengthOf(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}
