/** Reading request bodies. */
import type { IncomingMessage } from 'node:http'
import { catalogue } from '../errors.ts'

/** What may be wrong with a request before a service looks at it; services render these in their own shape. */
export const requestErrors = catalogue('http', {
  BodyTooLarge: { status: 413, retry: 'never', text: 'The request body is larger than {maxBytes} bytes' },
  InvalidJson: { status: 400, retry: 'never', text: 'The request body is not valid JSON: {reason}' },
  BodyMissing: { status: 400, retry: 'never', text: 'The request has no body' },
  /** The status is nginx's; nobody is there to see it. */
  ClientGone: {
    status: 499,
    retry: 'later',
    text: 'The client closed the connection before its body was read',
  },
})

const noBytes = Buffer.alloc(0)

/**
 * The whole body. One that says that it is too long is refused before it is read.
 * @throws requestErrors.BodyTooLarge | requestErrors.ClientGone
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = request.headers['content-length']
  if (declared === undefined && request.headers['transfer-encoding'] === undefined)
    return Promise.resolve(noBytes)
  // Node.js has refused everything but digits.
  if (declared !== undefined && Number(declared) > maxBytes)
    return Promise.reject(requestErrors.BodyTooLarge({ maxBytes }))
  if (request.readableEnded) return Promise.reject(new Error('The request body was read already'))
  return collect(request, maxBytes)
}

/**
 * The body as JSON; a byte order mark is left out.
 * @throws requestErrors.InvalidJson | requestErrors.BodyMissing, and those of `readBody`
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const body = await readBody(request, maxBytes)
  if (body.length === 0) throw requestErrors.BodyMissing()
  try {
    return JSON.parse(decoder.decode(body))
  } catch (error) {
    throw requestErrors.InvalidJson({ reason: (error as Error).message })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) finish(() => reject(requestErrors.BodyTooLarge({ maxBytes })))
      else chunks.push(chunk)
    }
    // Small bodies come in one piece: no copy.
    const onEnd = () =>
      finish(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
    const onGone = () => finish(() => reject(requestErrors.ClientGone()))
    const finish = (settle: () => void) => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // What is left must be taken off the wire, or the client would wait for ever to send it.
      request.resume()
      settle()
    }
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
