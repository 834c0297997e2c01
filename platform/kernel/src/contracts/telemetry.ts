/** An invocation that has ended; Application Insights and metering listen. */
export interface InvocationTelemetry {
  readonly app: string
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
  /** Span of the invocation. */
  readonly spanId: string
  readonly parentSpanId: string
  readonly trigger: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly durationMs: number
  readonly success: boolean
  /** HTTP status, or `0`/`1`-like codes of other triggers. */
  readonly resultCode: string
  readonly url: string | undefined
  readonly error: Error | undefined
  /** Only for sinks that want them. */
  readonly phases?: InvocationPhases
}

/** Where the time of an invocation went, in milliseconds; 0 for what did not happen. */
export interface InvocationPhases {
  /** From the event (as far as its trigger knows when that was) to a worker that takes it. */
  readonly waitMs: number
  readonly inputsMs: number
  readonly workerMs: number
  readonly outputsMs: number
}

/** A piece of work beside invocations, told when it has ended (in the terms of OpenTelemetry). */
export interface SpanTelemetry {
  readonly app: string
  readonly traceId: string
  readonly spanId: string
  /** '' = the root of its trace. */
  readonly parentSpanId: string
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal'
  /** E.g. `orchestration:Hello`. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly durationMs: number
  /** What went wrong; undefined = nothing. */
  readonly error: string | undefined
  /** Texts by name, e.g. `durabletask.type`. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Must return at once: buffer, then work. */
export interface TelemetrySink {
  invocation(record: InvocationTelemetry): void
  /** Absent: nobody makes spans for it. */
  span?(record: SpanTelemetry): void
  /** Whether records are to have phases, which cost a little time. @default false */
  readonly wantsPhases?: boolean
}
