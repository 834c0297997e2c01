/** As much of HTTP/1.1 as a load generator needs: where a response ends, and with which status. */

export interface ResponseFrame {
  readonly status: number
  /** Offset behind the response's last byte. */
  readonly end: number
  readonly keepsAlive: boolean
}

const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

/**
 * The response at the start of `bytes`, or undefined when it is not complete yet. Throws when it is not HTTP/1.1
 * or is not framed (neither Content-Length nor chunked).
 */
export function readResponse(bytes: Buffer): ResponseFrame | undefined {
  const bodyStart = bytes.indexOf(headEnd) + headEnd.length
  if (bodyStart < headEnd.length) return undefined
  const head = bytes.toString('latin1', 0, bodyStart)
  if (!head.startsWith('HTTP/1.1 ')) throw new Error(`not an HTTP/1.1 response: ${head.slice(0, 60)}`)
  const status = Number(head.slice(9, 12))
  const end = bodyEnd(bytes, bodyStart, status, head)
  if (end === undefined || end > bytes.length) return undefined
  return { status, end, keepsAlive: !/\r\nconnection: *close/i.test(head) }
}

function bodyEnd(bytes: Buffer, start: number, status: number, head: string): number | undefined {
  if (status === 204 || status === 304) return start
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length) return start + Number(length[1])
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return chunkedEnd(bytes, start)
  throw new Error('the response has neither Content-Length nor chunks')
}

function chunkedEnd(bytes: Buffer, start: number): number | undefined {
  let offset = start
  for (;;) {
    const sizeEnd = bytes.indexOf(lineEnd, offset)
    if (sizeEnd === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', offset, sizeEnd), 16)
    if (!(size >= 0)) throw new Error('a chunk of the response has no size')
    offset = sizeEnd + 2 + size + 2
    // The last chunk has no bytes: what follows its size is the empty line that ends the (absent) trailers.
    if (size === 0) return offset
    if (offset > bytes.length) return undefined
  }
}
