/** A proxy's call to a server elsewhere. Nothing is kept: bodies flow both ways with backpressure. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as openHttp } from 'node:http'
import { Agent as HttpsAgent, request as openHttps } from 'node:https'
import { type Clock, ensureError, type Timer } from '@aloft/kernel'
import { hasHeader } from '@aloft/wire/http'
import {
  ActivityWatch,
  type FrontExchange,
  forwardActivityTimeoutMs,
  hasBody,
  type ResponseRewrite,
  relayAnswer,
  relayBody,
  requestOnlyHere,
  responseOnlyHere,
  withoutHeaders,
} from '../http/index.ts'
import type { BackEndRequest } from './back-end-request.ts'
import { idleConnectionMs } from './limits.ts'

/** How a call ended. `unreachable` and `timeout`: the client has got nothing so far. `broken`: it has a part. */
export type CallOutcome =
  | { readonly kind: 'sent' | 'client gone' }
  | { readonly kind: 'unreachable' | 'timeout' | 'broken'; readonly reason: string }

export interface BackEndCallOptions {
  readonly exchange: FrontExchange
  readonly backEnd: BackEndRequest
  readonly rewrite: ResponseRewrite
  readonly clock: Clock
  /** How long the answer may take to begin; undefined = as long as something moves. */
  readonly timeoutMs: number | undefined
}

const httpAgent = new HttpAgent({ keepAlive: true, timeout: idleConnectionMs })
const httpsAgent = new HttpsAgent({ keepAlive: true, timeout: idleConnectionMs })
const droppedFromRequest = new Set(requestOnlyHere)
const droppedFromResponse = new Set(responseOnlyHere)

/** Sends the request and relays its answer; resolves when that is over, and never rejects. */
export function callBackEnd(options: BackEndCallOptions): Promise<CallOutcome> {
  if (options.exchange.response.destroyed) return Promise.resolve({ kind: 'client gone' })
  return new Promise((resolve) => new BackEndCall(options, resolve).send())
}

class BackEndCall {
  readonly #options: BackEndCallOptions
  readonly #settle: (outcome: CallOutcome) => void
  readonly #activity: ActivityWatch
  readonly #deadline: Timer | undefined
  #upstream: ClientRequest | undefined
  #isOver = false

  constructor(options: BackEndCallOptions, settle: (outcome: CallOutcome) => void) {
    const { clock, exchange, timeoutMs } = options
    this.#options = options
    this.#settle = settle
    this.#activity = new ActivityWatch(clock, forwardActivityTimeoutMs, () =>
      this.#timeOut(forwardActivityTimeoutMs),
    )
    if (timeoutMs !== undefined) this.#deadline = clock.after(timeoutMs, () => this.#timeOut(timeoutMs))
    const { response } = exchange
    response.once('close', () => this.#end({ kind: response.writableFinished ? 'sent' : 'client gone' }))
  }

  send(): void {
    const { request } = this.#options.exchange
    this.#activity.start()
    try {
      this.#upstream = this.#open()
      if (hasBody(request)) relayBody(request, this.#upstream, () => this.#activity.touch())
      else this.#upstream.end()
    } catch (error) {
      this.#fail(ensureError(error))
    }
  }

  #open(): ClientRequest {
    const { origin, method, target } = this.#options.backEnd
    const isSecure = origin.protocol === 'https:'
    const upstream = (isSecure ? openHttps : openHttp)({
      agent: isSecure ? httpsAgent : httpAgent,
      // A URL has an IPv6 address in brackets, a socket does not.
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: origin.port || undefined,
      method,
      path: target,
      headers: this.#headers(),
      setDefaultHeaders: false,
    })
    upstream.on('response', (answer) => this.#relay(answer))
    upstream.on('error', (error) => this.#onError(upstream, error))
    return upstream
  }

  #headers(): string[] {
    const { exchange, backEnd } = this.#options
    const headers = withoutHeaders(backEnd.headers, droppedFromRequest)
    // Some servers answer 411 to a POST that does not say that it has no body.
    const needsLength = /^(?:POST|PUT|PATCH)$/.test(backEnd.method) && !hasBody(exchange.request)
    if (needsLength && !hasHeader(headers, 'content-length')) headers.push('Content-Length', '0')
    return headers
  }

  #onError(upstream: ClientRequest, error: NodeJS.ErrnoException): void {
    // An answer that has begun says by itself whether it is whole.
    if (this.#isOver || this.#hasBegun || upstream !== this.#upstream) return
    // The back end closed an idle connection while the request was on its way: it has not seen it.
    const isStale = upstream.reusedSocket && error.code === 'ECONNRESET'
    if (!isStale || hasBody(this.#options.exchange.request)) {
      this.#fail(error)
      return
    }
    this.#upstream = this.#open()
    this.#upstream.end()
  }

  #relay(answer: IncomingMessage): void {
    if (this.#isOver) {
      answer.destroy()
      return
    }
    this.#deadline?.cancel()
    this.#activity.touch()
    const { exchange, rewrite } = this.#options
    try {
      relayAnswer(answer, answer, {
        response: exchange.response,
        dropped: droppedFromResponse,
        extraHeaders: exchange.extraHeaders,
        rewrite,
        onMoved: () => this.#activity.touch(),
        onError: (error) => this.#fail(error),
      })
    } catch (error) {
      this.#fail(ensureError(error))
    }
  }

  #timeOut(limitMs: number): void {
    const reason = `nothing came for ${limitMs / 1000} seconds`
    this.#end({ kind: this.#hasBegun ? 'broken' : 'timeout', reason })
  }

  #fail(error: Error): void {
    this.#end({
      kind: this.#hasBegun ? 'broken' : 'unreachable',
      reason: error.message || 'the connection broke',
    })
  }

  get #hasBegun(): boolean {
    return this.#options.exchange.response.headersSent
  }

  #end(outcome: CallOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.cancel()
    this.#activity.stop()
    if (outcome.kind !== 'sent') this.#upstream?.destroy()
    this.#settle(outcome)
  }
}
