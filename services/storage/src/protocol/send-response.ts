/** Answers on the wire, with what all of them carry. */
import type { ServerResponse } from 'node:http'
import type { DirectExchange } from '@aloft/kernel'
import type { ServiceName, StorageResponse } from '../contracts.ts'
import { newestVersion } from './service-version.ts'

/** What the common headers say. */
export interface AnsweredRequest {
  readonly service: ServiceName
  readonly method: string
  readonly requestId: string
  readonly version: string
  readonly clientRequestId: string | undefined
}

const servers: Readonly<Record<ServiceName, string>> = {
  blob: 'Aloft-Blob/1.0',
  queue: 'Aloft-Queue/1.0',
  table: 'Aloft-Table/1.0',
}

/** Of every answer; `Date` is Node's. */
export function commonHeaders(request: AnsweredRequest): Record<string, string> {
  const headers: Record<string, string> = {
    Server: servers[request.service],
    'x-ms-request-id': request.requestId,
    'x-ms-version': spokenVersion(request),
  }
  const { clientRequestId } = request
  if (clientRequestId !== undefined) headers['x-ms-client-request-id'] = clientRequestId
  return headers
}

/** Tables name the newest version that they speak, the others that of the request. */
function spokenVersion({ service, version }: AnsweredRequest): string {
  return service === 'table' ? newestVersion : version
}

/**
 * Sends an answer. Resolves when a streamed body has been handed over, or its client has gone; rejects when the
 * body fails, with the connection cut, so that the client sees that something is missing.
 */
export function sendResponse(
  response: ServerResponse,
  request: AnsweredRequest,
  answer: StorageResponse,
): Promise<void> | undefined {
  const { status, body } = answer
  const headers = commonHeaders(request)
  let hasLength = false
  for (const name in answer.headers) {
    const value = answer.headers[name]
    if (value === undefined) continue
    headers[name] = value
    if (name === 'Content-Length') hasLength = true
  }
  const isBare = status === 204 || status === 304
  if (typeof body === 'string' || body instanceof Uint8Array || body === undefined) {
    if (!hasLength && !isBare) headers['Content-Length'] = String(lengthOf(body))
    response.writeHead(status, headers)
    if (body === undefined || request.method === 'HEAD' || isBare) response.end()
    else response.end(body)
    return undefined
  }
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    response.end()
    return undefined
  }
  return sendStream(response, body)
}

/** The same without the objects and streams of node:http; see `DirectHandler`. */
export function sendDirect(
  exchange: DirectExchange,
  request: AnsweredRequest,
  { status, headers: own, body }: StorageResponse,
): Promise<void> | undefined {
  const headers = ['Server', servers[request.service], 'x-ms-request-id', request.requestId]
  headers.push('x-ms-version', spokenVersion(request))
  const { clientRequestId } = request
  if (clientRequestId !== undefined) headers.push('x-ms-client-request-id', clientRequestId)
  let length: number | undefined
  for (const name in own) {
    const value = own[name]
    if (value === undefined) continue
    if (name === 'Content-Length') length = Number(value)
    else headers.push(name, value)
  }
  const isWhole = typeof body === 'string' || body instanceof Uint8Array || body === undefined
  if (!isWhole && request.method !== 'HEAD')
    return exchange.stream({ status, headers, body: undefined, length }, body)
  const content = isWhole ? body : undefined
  exchange.answer({ status, headers, body: content, ...(content === undefined && { length }) })
  return undefined
}

function lengthOf(body: string | Uint8Array | undefined): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0)
}

async function sendStream(response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (response.destroyed) return
      if (!response.write(chunk) && !response.destroyed) await drained(response)
    }
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  }
}

/** Resolves when there is room again, or nobody left to send to. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
