/** One request of a lent connection: the message that its function is called with, and what the host is told of it. */
import { type InvokeMessage, type LentBegin, lentEndJson } from '@aloft/wire'
import type { DirectExchange } from '@aloft/wire/http'
import { formatTraceParent, newId, newSpan, parseTraceParent } from '@aloft/wire/trace'
import { toRpcException } from '../errors.ts'
import type { LentMatch } from './lent-routes.ts'

export class LentInvocation {
  readonly begin: LentBegin
  readonly message: InvokeMessage
  /** The host has heard of it. */
  isTold = false
  hasEnded = false
  readonly #startedAt = performance.now()

  constructor(
    connection: number,
    { method, url, headers, body }: DirectExchange,
    { route, functionId, triggerName, params, query }: LentMatch,
  ) {
    // Every header was sent once: none has more than one value.
    const values = headers as Record<string, string>
    const parent = parseTraceParent(values.traceparent, values.tracestate)
    const span = newSpan(parent)
    const invocationId = newId()
    const address = `http://${values.host}${url}`
    this.begin = [
      connection,
      route,
      invocationId,
      span.traceId,
      span.spanId,
      parent?.spanId ?? '',
      Date.now(),
      url,
    ]
    const http = { method, url: address, headers: values, params, query, body: body && { bytes: body } }
    this.message = {
      invocationId,
      functionId,
      inputData: [{ name: triggerName, data: { http } }],
      traceContext: { traceParent: formatTraceParent(span), traceState: span.state, attributes: {} },
    }
  }

  /** What the host is told, as JSON. */
  end(resultCode: string, error: Error | undefined): string {
    this.hasEnded = true
    const duration = Math.round((performance.now() - this.#startedAt) * 1000)
    return lentEndJson(this.begin, duration, resultCode, error && toRpcException(error))
  }
}
