/** One run of a proxy. Azure logs and counts proxies as functions that they are not; so does this. */
import {
  formatTraceParent,
  type Logger,
  newId,
  newSpan,
  parseTraceParent,
  type TraceContext,
} from '@aloft/kernel'
import { type FrontExchange, httpReason } from '../http/index.ts'
import type { ProxyServices } from './proxy-services.ts'

export class ProxyExecution {
  readonly id = newId()
  readonly log: Logger
  readonly #name: string
  readonly #services: ProxyServices
  readonly #exchange: FrontExchange
  readonly #url: string
  readonly #span: TraceContext
  readonly #parent: TraceContext | undefined
  readonly #startTime: number
  readonly #startedAt: number

  /** @param url that the client asked for */
  constructor(name: string, services: ProxyServices, exchange: FrontExchange, url: string) {
    const { clock } = services
    this.#name = name
    this.#services = services
    this.#exchange = exchange
    this.#url = url
    const { traceparent, tracestate } = exchange.request.headers
    this.#parent = parseTraceParent(textOf(traceparent), textOf(tracestate))
    this.#span = newSpan(this.#parent)
    this.#startTime = clock.now()
    this.#startedAt = clock.elapsed()
    const fields = { function: name, invocationId: this.id, traceId: this.#span.traceId }
    this.log = services.log.child(`Function.${name}`, fields)
    this.log.info(`Executing 'Functions.${name}' (Reason='${httpReason}', Id=${this.id})`)
  }

  /** `traceparent` for what the proxy calls. */
  get traceParent(): string {
    return formatTraceParent(this.#span)
  }

  /** The answer has been sent, or nobody waits for it; `error` when the proxy could not do its part. */
  end(error: Error | undefined): void {
    const durationMs = this.#services.clock.elapsed() - this.#startedAt
    const ended = `Id=${this.id}, Duration=${Math.round(durationMs)}ms)`
    if (error) this.log.error(`Executed 'Functions.${this.#name}' (Failed, ${ended}`, error)
    else this.log.info(`Executed 'Functions.${this.#name}' (Succeeded, ${ended}`)
    this.#services.telemetry?.invocation({
      app: this.#services.appName,
      functionName: this.#name,
      invocationId: this.id,
      traceId: this.#span.traceId,
      spanId: this.#span.spanId,
      parentSpanId: this.#parent?.spanId ?? '',
      trigger: 'httpTrigger',
      startTime: this.#startTime,
      durationMs,
      success: !error,
      resultCode: String(this.#exchange.response.statusCode),
      url: this.#url,
      error,
    })
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
