/** Request bodies that are read here, because the function's worker wants them with the invocation. */
import type { IncomingMessage } from 'node:http'

/** The body is longer than the app allows; answered 413. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'

  constructor(maxBytes: number) {
    super(`The request body is longer than ${maxBytes} bytes (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT).`)
  }
}

/** Whether a body follows. Without these headers there is none, and waiting for its end would cost a turn. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : length !== '0'
}

/**
 * Reads the whole body.
 * @throws BodyTooLarge as soon as it is known to exceed `maxBytes`; an Error when the client goes away
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    return Promise.reject(new BodyTooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else reject(new BodyTooLarge(maxBytes))
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
    request.on('error', reject)
    request.on('close', () =>
      reject(new Error('The client closed the connection before the body had ended.')),
    )
  })
}
