/** One request of a lent connection: the message that its function is called with, and what the host is told of it. */
import { type InvokeMessage, type LentBegin, lentEndJson } from '@aloft/wire'
import type { DirectExchange } from '@aloft/wire/http'
import {
  formatTraceParent,
  invocationIdOf,
  newRunIds,
  parseTraceParent,
  spanIdOf,
  traceIdOf,
} from '@aloft/wire/trace'
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
    const ids = newRunIds(parent?.traceId)
    const span = {
      traceId: traceIdOf(ids),
      spanId: spanIdOf(ids),
      isSampled: parent?.isSampled ?? true,
      state: parent?.state ?? '',
    }
    const address = `http://${values.host}${url}`
    this.begin = [connection, route, ids, parent?.spanId ?? '', Date.now(), url]
    const http = {
      method,
      url: address,
      headers: values,
      params,
      query,
      body: body && { bytes: Buffer.from(body) },
    }
    this.message = {
      invocationId: invocationIdOf(ids),
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
