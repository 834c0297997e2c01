import type { IncomingMessage } from 'node:http'

/** Whether a body follows. Without these headers there is none, and waiting for its end would cost a turn. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : length !== '0'
}
