/**
 * Forwards a request to the worker's own HTTP server (the library's with `enableHttpStream`, a custom handler) and
 * relays the answer. Nothing is kept: bodies flow both ways with backpressure.
 * Sources: the host's `DefaultHttpProxyService` and `RetryProxyHandler`; `httpProxy.ts` of `@azure/functions`.
 */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import type { Clock, Timer } from '@aloft/kernel'
import { parseTarget } from '@aloft/wire/http'
import type { ForwardTarget } from '../contracts.ts'
import { ActivityWatch } from './activity-watch.ts'
import {
  firstForwardDelayMs,
  forwardActivityTimeoutMs,
  forwardAttempts,
  maxForwardDelayMs,
} from './limits.ts'
import { relayAnswer, relayBody, requestOnlyHere, responseOnlyHere, withoutHeaders } from './relay.ts'
import { hasBody } from './request-body.ts'
import type { ResponseRewrite } from './response-rewrite.ts'

/** How a forwarded exchange ended. */
export type ForwardOutcome = 'sent' | 'client gone' | 'aborted' | Error

export interface ForwardOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly clock: Clock
  /** As the client sees them; the library builds the request's URL from these. */
  readonly protocol: string
  readonly host: string
  /** Flat; added to the answer unless it has them. */
  readonly extraHeaders: readonly string[]
  readonly rewrite: ResponseRewrite | undefined
}

const droppedFromRequest = new Set([
  ...requestOnlyHere,
  ...['x-ms-invocation-id', 'x-forwarded-host', 'x-forwarded-proto'],
  ...['x-azure-functions-invocationid', 'x-azure-functions-hostversion'],
])
const droppedFromResponse = new Set([...responseOnlyHere, 'x-ms-invocation-id'])

/** Idle connections go before the worker's server closes them (after 5 s), so that none is used while it closes. */
const agent = new Agent({ keepAlive: true, timeout: 3000 })

/** One forwarded request. It begins with `start`, when the invocation has been given to a worker. */
export class ForwardedExchange {
  /** Resolves when the answer has been sent, or cannot be. */
  readonly over: Promise<ForwardOutcome>
  readonly #options: ForwardOptions
  #settle!: (outcome: ForwardOutcome) => void
  #isOver = false
  #isBodyOnItsWay = false
  #upstream: ClientRequest | undefined
  #held: Promise<unknown> | undefined
  #retry: Timer | undefined
  readonly #activity: ActivityWatch

  constructor(options: ForwardOptions) {
    this.#options = options
    this.#activity = new ActivityWatch(options.clock, forwardActivityTimeoutMs, () =>
      this.#end(new Error(`Nothing was sent or received for ${forwardActivityTimeoutMs / 1000} seconds.`)),
    )
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
    options.response.once('close', () =>
      this.#end(options.response.writableFinished ? 'sent' : 'client gone'),
    )
  }

  /**
   * Forwards the request; answers when that is over, with what went wrong if something has. Again for a retried
   * invocation, which is possible while no body has been sent.
   */
  async start(target: ForwardTarget): Promise<Error | undefined> {
    if (!this.#isOver) this.#forward(target)
    const outcome = await this.over
    if (outcome === 'sent') return undefined
    return outcome instanceof Error ? outcome : new Error(`The exchange has ended: ${outcome}.`)
  }

  /**
   * Lets an answer wait for `until`, so that the client finds what the function writes beside it. One that is longer
   * than what is kept of it does not wait.
   */
  hold(until: Promise<unknown>): void {
    this.#held = until
  }

  /** Gives up; the worker sees its request closed. What has been sent to the client stays. */
  abort(): void {
    this.#end('aborted')
  }

  #forward(target: ForwardTarget): void {
    this.#upstream?.destroy()
    this.#retry?.cancel()
    if (this.#isBodyOnItsWay) {
      this.#end(new Error('A request with a body cannot be forwarded a second time.'))
      return
    }
    this.#activity.start()
    this.#attempt(1, target, new URL(target.origin))
  }

  #attempt(count: number, target: ForwardTarget, worker: URL): void {
    const { request } = this.#options
    const upstream = openRequest({
      agent,
      // The library's server listens on every address; this spares a look-up of `localhost`.
      host: worker.hostname === 'localhost' ? '127.0.0.1' : worker.hostname,
      port: worker.port,
      method: request.method,
      path:
        target.path === undefined ? request.url : `${target.path}${parseTarget(request.url ?? '/').query}`,
      headers: this.#requestHeaders(target),
    })
    this.#upstream = upstream
    upstream.on('response', (answer) => {
      if (this.#held) void keptUntil(this.#held, answer).then((content) => this.#relay(answer, content))
      else this.#relay(answer, answer)
    })
    upstream.on('error', (error) => {
      if (this.#isOver || upstream !== this.#upstream) return
      if (this.#isBodyOnItsWay || count >= forwardAttempts) return this.#end(error)
      const delayMs = Math.min(firstForwardDelayMs * 2 ** (count - 1), maxForwardDelayMs)
      this.#retry = this.#options.clock.after(delayMs, () => this.#attempt(count + 1, target, worker))
    })
    if (!hasBody(request)) upstream.end()
    // The body can be sent only once: wait for the connection before the first byte leaves.
    else
      upstream.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => this.#sendBody(upstream))
        else this.#sendBody(upstream)
      })
  }

  #sendBody(upstream: ClientRequest): void {
    if (this.#isOver || this.#isBodyOnItsWay) return
    this.#isBodyOnItsWay = true
    relayBody(this.#options.request, upstream, () => this.#activity.touch())
    // The worker may answer before there is a body; a body that is here already leaves in the same packet.
    setImmediate(() => {
      if (!upstream.destroyed) upstream.flushHeaders()
    })
  }

  #relay(answer: IncomingMessage, content: Readable): void {
    if (this.#isOver) {
      answer.destroy()
      return
    }
    const { response, extraHeaders, rewrite } = this.#options
    this.#activity.touch()
    try {
      relayAnswer(answer, content, {
        response,
        dropped: droppedFromResponse,
        extraHeaders,
        rewrite,
        onMoved: () => this.#activity.touch(),
        onError: (error) => this.#end(error),
      })
    } catch (error) {
      this.#end(error as Error)
    }
  }

  #requestHeaders(target: ForwardTarget): string[] {
    const { request, host, protocol } = this.#options
    const headers = withoutHeaders(request.rawHeaders, droppedFromRequest)
    headers.push('x-ms-invocation-id', target.invocationId)
    headers.push('x-forwarded-host', host, 'x-forwarded-proto', protocol, ...target.headers)
    if (request.headers.host === undefined) headers.push('host', host)
    return headers
  }

  #end(outcome: ForwardOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#retry?.cancel()
    this.#activity.stop()
    if (outcome !== 'sent') this.#upstream?.destroy()
    this.#settle(outcome)
  }
}

/** The content of an answer, kept as far as it is short, until `until` is over or it turns out to be long. */
function keptUntil(until: Promise<unknown>, answer: IncomingMessage): Promise<Readable> {
  const kept = new PassThrough()
  answer.pipe(kept)
  answer.once('error', (error) => kept.destroy(error))
  return new Promise((resolve) => {
    const finish = () => resolve(kept)
    // No more is taken before some is read. An answer that has been taken in whole pauses, too.
    answer.on('pause', () => {
      if (!answer.readableEnded) finish()
    })
    answer.once('close', () => {
      if (!answer.complete) finish()
    })
    until.then(finish, finish)
  })
}
