/** One request on its way through the front, and the services that the front works with. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, ensureError, type Logger } from '@aloft/kernel'
import { emptyReply, type Reply } from '@aloft/wire/http'
import type { KeyRing } from '../contracts.ts'
import type { AppGate, HttpApp } from './app-gate.ts'
import type { CorsOptions } from './cors.ts'
import { type ForwardedHeaders, type RequestHead, requestHost, requestProtocol } from './request-head.ts'
import { type ResponseRewrite, rewriteReply } from './response-rewrite.ts'
import { sendReply } from './send-reply.ts'
import type { WebhookRegistry } from './webhooks.ts'

/** Answers `/admin/…`; undefined when there is no such endpoint, `streamed` when it has begun an answer itself. */
export type AdminHandler = (call: AdminCall) => Promise<Reply | 'streamed' | undefined>

export interface AdminCall {
  readonly request: IncomingMessage
  /** Decoded. */
  readonly path: string
  /** As sent, from `?` on. */
  readonly query: string
  /** Whether the caller has the master key, or none is asked for. */
  readonly isAdmin: boolean
  /** Begins an answer that goes on until the endpoint ends it; for replies of `streamed`. Flat headers. */
  openStream(headers: readonly string[]): ServerResponse
}

export interface HttpFrontOptions {
  readonly gate: AppGate
  readonly clock: Clock
  readonly log: Logger
  /** Shown on the homepage. */
  readonly appName: string
  readonly keys: KeyRing
  /** False (the default on a developer's machine, as with `func start`): every call is let through. */
  readonly isAuthEnabled: boolean
  readonly cors: CorsOptions
  readonly forwardedHeaders: ForwardedHeaders
  readonly admin: AdminHandler
  readonly webhooks: WebhookRegistry
}

/** What one request carries through the front. */
export interface FrontExchange {
  readonly front: HttpFrontOptions
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Decoded path and raw query. */
  readonly path: string
  readonly query: string
  /** Flat headers that every reply to this request gets. */
  readonly extraHeaders: string[]
  /** How many calls of proxies to this very app have led here. */
  readonly localCalls: number
  /** Where such a call went; undefined = the request itself says it. */
  readonly address: CallAddress | undefined
  /** What proxies make of the answer; undefined = it is sent as it is. */
  readonly rewrite: ResponseRewrite | undefined
}

export interface CallAddress {
  /** `http` or `https`. */
  readonly protocol: string
  /** With its port, unless that is the usual one. */
  readonly host: string
}

/** Protocol, host and port by which the caller addressed the app. */
export function addressOf({ front, request, address }: FrontExchange): CallAddress {
  const { forwardedHeaders } = front
  return (
    address ?? {
      protocol: requestProtocol(request, forwardedHeaders),
      host: requestHost(request, forwardedHeaders),
    }
  )
}

/** The flat headers that host.json gives every reply of the app. */
export function appHeaders(
  { forwardedHeaders }: HttpFrontOptions,
  { customHeaders, strictTransport }: HttpApp,
  request: RequestHead,
): readonly string[] {
  if (!strictTransport || requestProtocol(request, forwardedHeaders) !== 'https') return customHeaders
  const host = requestHost(request, forwardedHeaders).replace(/:\d+$/, '').toLowerCase()
  if (strictTransport.excludedHosts.has(host)) return customHeaders
  return [...customHeaders, 'Strict-Transport-Security', strictTransport.value]
}

/** Sends a reply with the headers that every reply gets; one that HTTP does not allow becomes a logged 500. */
export function respond(exchange: FrontExchange, reply: Reply): void {
  const { request, response, extraHeaders, front, rewrite } = exchange
  if (response.destroyed || response.headersSent) return
  try {
    sendReply(response, rewrite ? rewriteReply(reply, rewrite) : reply, extraHeaders)
  } catch (error) {
    front.log.error(
      `The response to ${request.method} ${exchange.path} cannot be sent: ${ensureError(error).message}`,
    )
    // The fault may lie in the extra headers too: host.json can hold anything.
    sendReply(response, emptyReply(500), [])
  }
}
