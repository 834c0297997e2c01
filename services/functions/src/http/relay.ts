/** What all forwarders of HTTP exchanges do alike. Nothing is kept: bodies flow both ways with backpressure. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { addHeaders } from '@aloft/wire/http'
import type { ResponseRewrite, RewrittenResponse } from './response-rewrite.ts'

/** About one connection, and not to be passed on by a proxy (RFC 9110, 7.6.1). */
const aboutConnection = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'upgrade'],
]

/** `Expect` is answered by this server; `Transfer-Encoding` stays, it says that a body follows. */
export const requestOnlyHere: readonly string[] = [...aboutConnection, 'expect']
export const responseOnlyHere: readonly string[] = [...aboutConnection, 'transfer-encoding']

const maxDiscardedBytes = 64 * 1024

/** A copy of a flat list without the headers in `dropped` and those that `Connection` names. */
export function withoutHeaders(rawHeaders: readonly string[], dropped: ReadonlySet<string>): string[] {
  const named = namedByConnection(rawHeaders)
  const kept: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    if (!dropped.has(name) && !named?.includes(name)) kept.push(rawHeaders[index]!, rawHeaders[index + 1]!)
  }
  return kept
}

/** Sends the request's body and trailers on; the body is read no faster than `upstream` takes it. */
export function relayBody(request: IncomingMessage, upstream: ClientRequest, onMoved: () => void): void {
  request.on('data', onMoved)
  request.on('end', () => {
    if (request.rawTrailers.length > 0) upstream.addTrailers(pairs(request.rawTrailers))
    upstream.end()
  })
  // A server may answer without reading: what it leaves must not block the client's connection.
  upstream.once('close', () => {
    request.unpipe(upstream)
    request.resume()
  })
  request.pipe(upstream, { end: false })
}

export interface RelayOptions {
  readonly response: ServerResponse
  /** Names in lower case of headers that the client does not get. */
  readonly dropped: ReadonlySet<string>
  /** Flat; added to the answer unless it has them. */
  readonly extraHeaders: readonly string[]
  readonly rewrite: ResponseRewrite | undefined
  /** Called for every piece of the body. */
  readonly onMoved: () => void
  /** The answer broke off in its middle. */
  readonly onError: (error: Error) => void
}

/**
 * Sends an answer on to the client.
 * @param content of the answer: itself, or what has taken it in
 * @throws when its head is not allowed in HTTP; nothing has been sent then
 */
export function relayAnswer(answer: IncomingMessage, content: Readable, options: RelayOptions): void {
  const { response, extraHeaders, onMoved, onError } = options
  const { status, reason, headers, body } = headOf(answer, options)
  const isBodyless = status === 204 || status === 304
  if (body !== undefined && !isBodyless) headers.push('Content-Length', String(Buffer.byteLength(body)))
  addHeaders(headers, extraHeaders)
  response.writeHead(status, reason, headers)
  if (body !== undefined || isBodyless) {
    discard(answer, content)
    response.end(isBodyless ? undefined : body)
    return
  }
  content.on('data', onMoved)
  content.on('error', onError)
  content.on('end', () => {
    if (answer.rawTrailers.length > 0) response.addTrailers(pairs(answer.rawTrailers))
    response.end()
  })
  content.pipe(response, { end: false })
  // A stream may say nothing for long; one that has something to say has said it by then, in the same packet.
  setImmediate(() => {
    if (!response.writableEnded && !response.destroyed) response.flushHeaders()
  })
}

function headOf(answer: IncomingMessage, { dropped, rewrite }: RelayOptions): RewrittenResponse {
  const head = {
    status: answer.statusCode ?? 502,
    reason: answer.statusMessage,
    headers: withoutHeaders(answer.rawHeaders, dropped),
  }
  return rewrite ? rewrite(head) : { ...head, body: undefined }
}

/** Reads what is short, so that the connection can be used again; what may be long is not waited for. */
function discard(answer: IncomingMessage, content: Readable): void {
  answer.on('error', () => {})
  content.on('error', () => {})
  if (answer.complete || Number(answer.headers['content-length']) <= maxDiscardedBytes) content.resume()
  else answer.destroy()
}

/** Undefined when it names none but the usual. */
function namedByConnection(rawHeaders: readonly string[]): readonly string[] | undefined {
  let named: string[] | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    const value = rawHeaders[index + 1]!.toLowerCase()
    if (value === 'keep-alive' || value === 'close') continue
    named = [...(named ?? []), ...value.split(',').map((token) => token.trim())]
  }
  return named
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let index = 0; index < flat.length; index += 2) result.push([flat[index]!, flat[index + 1]!])
  return result
}
