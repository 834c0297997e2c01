/** From node:http to the management API and back, for the public webhook and the loopback listener alike. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onDisconnect, readBody } from '@aloft/kernel'
import type { Answer } from './answer.ts'
import type { ApiCall, ApiServices } from './api-call.ts'
import { answerCall } from './management-api.ts'

export interface ServedCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What follows the base, decoded. */
  readonly rest: string
  /** From `?` on. */
  readonly query: string
  /** E.g. `http://localhost:7071`, of the address that was called. */
  readonly origin: string
  /** For calls that bring no `traceparent` of their own. */
  readonly traceParent?: string | undefined
}

/** As large as a payload may be. */
const maxBodyBytes = 256 * 1024 * 1024

export async function serveCall(call: ServedCall, services: ApiServices): Promise<void> {
  const answer = await answerCall(toApiCall(call), services)
  if (!call.response.destroyed) send(call.response, answer)
}

function toApiCall({ request, response, rest, query, origin, traceParent }: ServedCall): ApiCall {
  return {
    method: request.method ?? 'GET',
    path: rest.split('/').filter((part) => part !== ''),
    query: new URLSearchParams(query),
    header(name) {
      const value = request.headers[name]
      if (value === undefined && name === 'traceparent') return traceParent
      return Array.isArray(value) ? value[0] : value
    },
    url: `${origin}${request.url ?? ''}`,
    body: async () => (await readBody(request, maxBodyBytes)).toString('utf8'),
    onGone: (action) => onDisconnect(response, action),
  }
}

function send(response: ServerResponse, { status, headers, json, text }: Answer): void {
  const body = json ?? text
  if (body === undefined) {
    response.writeHead(status, { ...headers, 'Content-Length': 0 }).end()
    return
  }
  response
    .writeHead(status, {
      'Content-Type': json === undefined ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      ...headers,
      'Content-Length': Buffer.byteLength(body),
    })
    .end(body)
}
