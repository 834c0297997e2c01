/** `aloft start --trace`: below the lines of an invocation, where its time went; of orchestrations, all steps. */
import {
  formatTimestamp,
  type InvocationPhases,
  type InvocationTelemetry,
  type LineOutput,
  type TelemetrySink,
} from '@aloft/kernel'
import type { Colors } from '../terminal.ts'
import { formatMs, renderOrchestration, SpanCollector } from './span-lines.ts'

export interface TraceOptions {
  readonly output: LineOutput
  readonly colors: Colors
  /** What stands before every line of an app, by the app's name; undefined = nothing. */
  readonly labelOf: (app: string) => string | undefined
}

/** Prints a line for every invocation that ends, and the steps of every orchestration that does. */
export function traceSink({ output, colors, labelOf }: TraceOptions): TelemetrySink {
  const collector = new SpanCollector()
  return {
    wantsPhases: true,
    invocation: (record) => output.print(renderTrace(record, labelOf(record.app), colors)),
    span(record) {
      const trace = collector.add(record)
      if (trace) output.print(renderOrchestration(trace, labelOf(record.app), colors))
    },
  }
}

const names = [
  ['wait', 'waitMs'],
  ['inputs', 'inputsMs'],
  ['worker', 'workerMs'],
  ['outputs', 'outputsMs'],
] as const satisfies readonly (readonly [string, keyof InvocationPhases])[]

/** `[time] └ hello 200 in 12.3 ms: wait 0.1 | inputs 0.0 | worker 11.9 | outputs 0.3`; the longest phase stands out. */
export function renderTrace(record: InvocationTelemetry, label: string | undefined, colors: Colors): string {
  const { functionName, startTime, durationMs, phases, success } = record
  const time = colors.gray(`[${formatTimestamp(Math.round(startTime + durationMs))}]`)
  const mark = label === undefined ? '' : `${colors.cyan(label)} `
  const result = success ? colors.green(resultOf(record)) : colors.red(resultOf(record))
  const total = colors.bold(`${formatMs(durationMs)} ms`)
  const parts = phases ? `: ${renderPhases(phases, colors)}` : ''
  return `${time} ${mark}${colors.gray('└')} ${functionName} ${result} in ${total}${parts}\n`
}

function renderPhases(phases: InvocationPhases, colors: Colors): string {
  const longest = Math.max(...names.map(([, key]) => phases[key]))
  return names
    .map(([name, key]) => {
      const text = `${name} ${formatMs(phases[key])}`
      return phases[key] === longest && longest > 0 ? colors.yellow(text) : colors.gray(text)
    })
    .join(colors.gray(' | '))
}

/** HTTP functions have a status; of others it says only whether they failed. */
function resultOf({ resultCode, success }: InvocationTelemetry): string {
  if (/^[1-9]\d\d$/.test(resultCode)) return resultCode
  return success ? 'ok' : 'failed'
}
