/** Answers to what is not HTTP. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { maxUrlLength } from './limits.ts'

/** Node's error; `rawPacket` are the bytes that the parser read last. */
interface ClientError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
}

/**
 * Answers a malformed request and closes the connection. Never writes into a response that has begun: its client
 * would take the error for content.
 * @param inFlight the response begun last on the connection
 */
export function answerClientError(
  error: ClientError,
  socket: Duplex,
  inFlight: ServerResponse | undefined,
): void {
  const isAnswering = inFlight?.headersSent && !inFlight.writableFinished
  if (!socket.writable || error.code === 'ECONNRESET' || isAnswering) {
    socket.destroy()
    return
  }
  const status = statusOf(error)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroy(),
  )
}

function statusOf(error: ClientError): number {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return isLongRequestLine(error.rawPacket) ? 414 : 431
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408
    default:
      return 400
  }
}

/** The parser counts the URL as a header; tells from the last packet whether it was the URL that was too long. */
function isLongRequestLine(packet: Buffer | undefined): boolean {
  if (!packet || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 32))) return false
  const end = packet.indexOf('\n')
  return (end === -1 ? packet.length : end) > maxUrlLength
}
