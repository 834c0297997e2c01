/** What the host tells about running code; Application Insights and metering listen. */
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
}

/** Must return at once: buffer, then work. */
export interface TelemetrySink {
  invocation(record: InvocationTelemetry): void
}
