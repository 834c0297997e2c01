/**
 * Traces of exchanges, for finding out what a proxy did. Their form is that of API Management, whose gateway
 * Azure's proxies are: steps below `inbound`, `backend` and `outbound`.
 */
import { type Clock, formatTimeSpan, redact } from '@aloft/kernel'
import { maxTraces } from './limits.ts'

type Phase = 'inbound' | 'backend' | 'outbound'

interface TraceEntry {
  readonly source: string
  /** ISO 8601. */
  readonly timestamp: string
  /** Since the trace began, `hh:mm:ss.fffffff`. */
  readonly elapsed: string
  readonly data: unknown
}

export interface ProxyTrace {
  readonly traceId: string
  readonly proxy: string
  readonly traceEntries: Readonly<Record<Phase, TraceEntry[]>>
}

/** The last traces, by their ids. They go with the app. */
export class TraceStore {
  readonly #traces = new Map<string, ProxyTrace>()

  find(id: string): ProxyTrace | undefined {
    return this.#traces.get(id)
  }

  /** @param traceId of the exchange */
  begin(clock: Clock, traceId: string, proxy: string): TraceRecorder {
    const trace: ProxyTrace = {
      traceId,
      proxy,
      traceEntries: { inbound: [], backend: [], outbound: [] },
    }
    this.#traces.set(traceId, trace)
    const [oldest] = this.#traces.keys()
    if (this.#traces.size > maxTraces && oldest !== undefined) this.#traces.delete(oldest)
    return new TraceRecorder(clock, trace)
  }
}

export class TraceRecorder {
  readonly #trace: ProxyTrace
  readonly #clock: Clock
  readonly #begunAt: number

  constructor(clock: Clock, trace: ProxyTrace) {
    this.#clock = clock
    this.#begunAt = clock.elapsed()
    this.#trace = trace
  }

  note(phase: Phase, source: string, data: Readonly<Record<string, unknown>>): void {
    this.#trace.traceEntries[phase].push({
      source,
      timestamp: new Date(this.#clock.now()).toISOString(),
      elapsed: formatTimeSpan(this.#clock.elapsed() - this.#begunAt),
      data,
    })
  }
}

const secretHeader = /^(?:(?:set-)?cookie|.*(?:authorization|key|token|secret).*)$/i
const secretParameter = /([?&][^=&]*(?:key|token|secret|code|sig|password|pwd)[^=&]*=)[^&#]*/gi

/** A flat list as a trace shows it: what may be a secret is not there. */
export function traceableHeaders(
  headers: readonly string[],
): readonly { readonly name: string; readonly value: string }[] {
  return headers.flatMap((name, index) => {
    if (index % 2 === 1) return []
    return { name, value: secretHeader.test(name) ? '***' : redact(headers[index + 1]!) }
  })
}

/** The same of a URL or its path and query. */
export function traceableUrl(url: string): string {
  return redact(url.replace(secretParameter, '$1***'))
}
