/** `aloft start --trace`: what an orchestration has waited for, once it has ended. */
import { formatTimestamp, type SpanTelemetry } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'

/** Of one orchestration; of more it says only how many there were. */
const mostLines = 20
/** Orchestrations whose steps are kept until they end. */
const mostOpen = 1000
const barWidth = 20

interface Steps {
  readonly shown: SpanTelemetry[]
  count: number
}

/** What is printed for an orchestration that has ended. */
export interface OrchestrationTrace {
  readonly own: SpanTelemetry
  /** By beginning. */
  readonly steps: readonly SpanTelemetry[]
  /** Steps that are not in `steps`. */
  readonly more: number
}

/** Collects the steps of orchestrations, by the spans that they are parts of. */
export class SpanCollector {
  readonly #steps = new Map<string, Steps>()

  /** Answers with the whole when `span` is an orchestration's own. */
  add(span: SpanTelemetry): OrchestrationTrace | undefined {
    const { kind, spanId, parentSpanId, attributes } = span
    if (kind === 'server') {
      if (attributes['durabletask.type'] !== 'orchestration') return undefined
      const { shown, count } = this.#steps.get(spanId) ?? { shown: [], count: 0 }
      this.#steps.delete(spanId)
      const steps = shown.sort((one, other) => one.startTime - other.startTime)
      return { own: span, steps, more: count - shown.length }
    }
    // Who starts an orchestration is hardly ever one.
    if (span.name.startsWith('create_orchestration:')) return undefined
    const steps = this.#steps.get(parentSpanId) ?? { shown: [], count: 0 }
    this.#steps.set(parentSpanId, steps)
    if (steps.count++ < mostLines) steps.shown.push(span)
    const [oldest] = this.#steps.keys()
    if (this.#steps.size > mostOpen && oldest !== undefined) this.#steps.delete(oldest)
    return undefined
  }
}

/**
 * A line for the orchestration and one for each step: when it began, how long it took (both in milliseconds), and where
 * that is in the whole.
 */
export function renderOrchestration(
  { own, steps, more }: OrchestrationTrace,
  label: string | undefined,
  colors: Colors,
): string {
  const time = colors.gray(`[${formatTimestamp(Math.round(own.startTime + own.durationMs))}]`)
  const start = label === undefined ? time : `${time} ${colors.cyan(label)}`
  const { 'durabletask.task.status': status = '', 'durabletask.task.instance_id': id = '' } = own.attributes
  const result = own.error === undefined ? colors.green(status) : colors.red(status)
  const head = `${start} ${colors.gray('└')} ${labelOf(own)} ${result} in ${colors.bold(`${formatMs(own.durationMs)} ms`)} ${colors.gray(`(${id})`)}\n`
  const lines = steps.map((step) => `${start}   ${renderStep(step, own, colors)}\n`)
  const rest = more > 0 ? `${start}   ${colors.gray(`and ${more} more`)}\n` : ''
  return head + lines.join('') + rest
}

function renderStep(step: SpanTelemetry, own: SpanTelemetry, colors: Colors): string {
  const began = formatMs(step.startTime - own.startTime).padStart(8)
  const took = formatMs(step.durationMs).padStart(8)
  const name = step.error === undefined ? labelOf(step) : colors.red(`${labelOf(step)} failed`)
  return `${colors.gray(began)} ${took} ${colors.yellow(bar(step, own))} ${name}`
}

function bar(step: SpanTelemetry, own: SpanTelemetry): string {
  const cell = Math.max(own.durationMs, 1) / barWidth
  const from = Math.min(barWidth - 1, Math.max(0, Math.floor((step.startTime - own.startTime) / cell)))
  const length = Math.min(barWidth - from, Math.max(1, Math.round(step.durationMs / cell)))
  return (' '.repeat(from) + '▇'.repeat(length)).padEnd(barWidth)
}

/** `activity SayHello`, `timer`, `event go`, `entity counter:add`. */
function labelOf({ name }: SpanTelemetry): string {
  if (/^orchestration:.*:timer$/.test(name)) return 'timer'
  const at = name.indexOf(':')
  return `${name.slice(0, at).replace('orchestration_event', 'event')} ${name.slice(at + 1)}`
}

/** One digit behind the point while that tells something. */
export function formatMs(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : Math.round(ms).toString()
}
