/** HTTP to a custom handler, with whole bodies. Redirects are answers like any other. */
import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import type { Clock } from '@aloft/kernel'

export interface HandlerRequest {
  readonly port: number
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body: string | Uint8Array
  readonly agent: Agent
}

export interface HandlerAnswer {
  readonly status: number
  readonly reason: string
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const longestListeningMs = 1000

/** Where custom handlers have to listen, as in the official host. */
export const handlerHost = '127.0.0.1'

/**
 * Sends one request and reads the whole answer. A kept connection that turns out to be closed is replaced once:
 * the handler has not seen the request then. Rejects when the connection fails or breaks.
 */
export function callHandler(options: HandlerRequest): Promise<HandlerAnswer> {
  const { port, method, path, headers, body, agent } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: handlerHost,
        port,
        method,
        path,
        agent,
        headers: { ...headers, 'content-length': sizeOf(body) },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            reason: answer.statusMessage ?? '',
            headers: answer.headers,
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const wasClosed = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      if (!wasClosed) return reject(error)
      callHandler(options).then(resolve, reject)
    })
    outgoing.end(body)
  })
}

/**
 * Whether something answers at the port: any response counts, and so does one that cannot be understood.
 * Rejects with the signal's reason when that aborts first.
 */
export function isAnswering(port: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const outgoing = request({ host: handlerHost, port, agent: false, signal }, (answer) => {
      // Many servers complain of clients that do not listen to the end; but it may be a long one.
      const limit = clock.after(longestListeningMs, () => answer.destroy()).unref()
      answer.on('error', () => {}).on('close', () => limit.cancel())
      answer.resume()
      resolve(true)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason)
      else resolve(error.code?.startsWith('HPE_') ?? false)
    })
    outgoing.end()
  })
}

function sizeOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}
