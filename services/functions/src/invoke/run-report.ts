/** What the log and telemetry tell of one run of a function. */
import type { InvocationPhases, TelemetrySink, TraceContext } from '@aloft/kernel'
import { executedLine, executingLine } from './execution-lines.ts'
import type { FunctionEntry } from './function-entry.ts'

export interface Run {
  readonly id: string
  readonly entry: FunctionEntry
  readonly span: Pick<TraceContext, 'traceId' | 'spanId'>
  /** '' = none. */
  readonly parentSpanId: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly url: string | undefined
}

export interface RunEnd {
  readonly durationMs: number
  readonly error: Error | undefined
  /** HTTP status; undefined = what the outcome stands for. */
  readonly resultCode: string | undefined
  readonly phases: InvocationPhases | undefined
}

export interface RunReporter {
  readonly appName: string
  readonly telemetry: TelemetrySink | undefined
}

/** @param reason why it runs, in its trigger's words */
export function reportBegin({ id, entry, span }: Run, reason: string): void {
  const ids = { invocationId: id, traceId: span.traceId }
  entry.log.write('information', executingLine(entry.name, reason, id), { ids, isClean: true })
}

/** @param details what its trigger tells of it */
export function reportDetails({ id, entry, span }: Run, details: string): void {
  const ids = { invocationId: id, traceId: span.traceId }
  entry.log.write('information', `Trigger Details: ${details}`, { ids })
}

export function reportEnd({ appName, telemetry }: RunReporter, run: Run, end: RunEnd): void {
  const { id, entry, span } = run
  const { durationMs, error } = end
  const line = executedLine(entry.name, error ? 'Failed' : 'Succeeded', id, durationMs)
  const ids = { invocationId: id, traceId: span.traceId }
  entry.log.write(error ? 'error' : 'information', line, { error, ids, isClean: true })
  telemetry?.invocation({
    app: appName,
    functionName: entry.name,
    invocationId: id,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: run.parentSpanId,
    trigger: entry.definition.trigger.type,
    startTime: run.startTime,
    durationMs,
    success: !error,
    resultCode: end.resultCode ?? (error ? '500' : '0'),
    url: run.url,
    error,
    phases: end.phases,
  })
}
