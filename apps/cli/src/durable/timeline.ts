/** One instance as a timeline: its steps with their times, what failed and was tried again, and where it waits. */
import type { Colors } from '../terminal.ts'
import { renderLines, type TextTable } from '../text-table.ts'
import type { ApiEvent, ApiStatus } from './status.ts'

interface Step {
  readonly what: string
  readonly startedAt: number
  /** Undefined while it goes on. */
  readonly endedAt: number | undefined
  readonly outcome: 'done' | 'failed' | 'waits' | 'fact'
  readonly detail: string
}

const barWidth = 24
const longestDetail = 80

/** @param now milliseconds since 1970 */
export function renderTimeline(status: ApiStatus, now: number, colors: Colors): string {
  const events = status.historyEvents ?? []
  const steps = stepsOf(events)
  const begin = Date.parse(events[0]?.Timestamp ?? status.createdTime)
  const isOver = !['Pending', 'Running', 'Suspended', 'ContinuedAsNew'].includes(status.runtimeStatus)
  const end = isOver ? Date.parse(events.at(-1)?.Timestamp ?? status.lastUpdatedTime) : now
  const head = [
    `${colors.bold(status.name)}  ${status.instanceId}`,
    `${colorOf(status.runtimeStatus, colors)}${isOver ? ' after' : ' for'} ${formatDuration(end - begin)}, ` +
      `since ${new Date(begin).toISOString()}`,
    ...(status.customStatus === null ? [] : [`status: ${oneLine(status.customStatus)}`]),
    ...(isOver && status.output !== null ? [`output: ${oneLine(status.output)}`] : []),
  ]
  const waiting = isOver ? [] : [`\n${waitingFor(status, steps, now)}`]
  return `${[...head, '', ...renderSteps(steps, begin, end, colors), ...waiting].join('\n')}\n`
}

function renderSteps(steps: readonly Step[], begin: number, end: number, colors: Colors): string[] {
  const table: TextTable = {
    titles: ['AT', 'STEP', 'TOOK', 'WHEN', ''],
    numbers: ['AT', 'TOOK'],
    rows: steps.map(({ what, startedAt, endedAt, outcome, detail }) => [
      `+${formatDuration(startedAt - begin)}`,
      what,
      outcome === 'fact' ? '' : formatDuration((endedAt ?? end) - startedAt),
      bar(startedAt - begin, (endedAt ?? end) - begin, end - begin),
      outcome === 'failed' ? `failed: ${detail}` : outcome === 'waits' ? `waits ${detail}`.trim() : detail,
    ]),
  }
  const [titles = '', ...lines] = renderLines(table)
  return [
    colors.dim(titles),
    ...lines.map((line, index) => (steps[index]?.outcome === 'failed' ? colors.red(line) : line)),
  ]
}

function bar(from: number, to: number, total: number): string {
  const place = (at: number) => (total <= 0 ? 0 : Math.round((at / total) * barWidth))
  const start = Math.min(barWidth - 1, place(from))
  const width = Math.max(1, place(to) - place(from))
  return (' '.repeat(start) + '█'.repeat(width)).padEnd(barWidth).slice(0, barWidth)
}

/** Tries of one activity are counted: `charge (2)`. */
function stepsOf(events: readonly ApiEvent[]): readonly Step[] {
  const steps = events.flatMap(stepOf).sort((one, other) => one.startedAt - other.startedAt)
  const failures = new Map<string, number>()
  return steps.map((step) => {
    const before = failures.get(step.what) ?? 0
    if (step.outcome === 'failed') failures.set(step.what, before + 1)
    else failures.delete(step.what)
    return before === 0 || step.outcome === 'fact'
      ? step
      : { ...step, what: `${step.what} (try ${before + 1})` }
  })
}

function stepOf(event: ApiEvent): Step[] {
  const at = Date.parse(event.Timestamp)
  const since = event.ScheduledTime === undefined ? at : Date.parse(event.ScheduledTime)
  const name = event.FunctionName ?? event.Name ?? ''
  const ended = (outcome: Step['outcome'], detail: string): Step[] => [
    { what: name, startedAt: since, endedAt: at, outcome, detail },
  ]
  const going = (what: string, detail: string): Step[] => [
    { what, startedAt: at, endedAt: undefined, outcome: 'waits', detail },
  ]
  const fact = (what: string, detail: string): Step[] => [
    { what, startedAt: at, endedAt: at, outcome: 'fact', detail },
  ]
  switch (event.EventType) {
    case 'TaskCompleted':
    case 'SubOrchestrationInstanceCompleted':
      return ended('done', event.Result === null || event.Result === undefined ? '' : oneLine(event.Result))
    case 'TaskFailed':
    case 'SubOrchestrationInstanceFailed':
      return ended('failed', oneLine(reasonOf(event)))
    case 'TimerFired':
      return [{ what: 'timer', startedAt: since, endedAt: at, outcome: 'done', detail: '' }]
    case 'TaskScheduled':
      return going(name, '')
    case 'SubOrchestrationInstanceCreated':
      return going(name, `for the orchestration ${event.InstanceId ?? ''}`)
    case 'TimerCreated':
      return going('timer', `until ${event.FireAt ?? ''}`)
    case 'EventRaised':
      return fact(`event ${name}`, event.Input === undefined ? '' : oneLine(event.Input))
    case 'EventSent':
      return fact(`message to ${event.InstanceId ?? name}`, '')
    case 'ExecutionSuspended':
      return fact('suspended', event.Reason ?? '')
    case 'ExecutionResumed':
      return fact('resumed', event.Reason ?? '')
    case 'ExecutionRewound':
      return fact('rewound', event.Reason ?? '')
    case 'ExecutionTerminated':
      return fact('terminated', oneLine(event.Input ?? ''))
    default:
      return []
  }
}

function reasonOf({ Reason = '' }: ApiEvent): string {
  return /^(?:Activity|Orchestrator) function '[^']*' failed: (.*)$/s.exec(Reason)?.[1] ?? Reason
}

function waitingFor({ runtimeStatus }: ApiStatus, steps: readonly Step[], now: number): string {
  const open = steps.filter(({ outcome }) => outcome === 'waits')
  if (runtimeStatus === 'Suspended') return 'It is suspended; aloft durable resume lets it go on.'
  if (runtimeStatus === 'Pending') return 'It has not begun yet.'
  if (open.length === 0) return 'It waits for an event that somebody raises, or its turn runs now.'
  return `It waits for ${open
    .map(
      ({ what, startedAt, detail }) =>
        `${[what, detail].filter(Boolean).join(' ')} since ${formatDuration(now - startedAt)}`,
    )
    .join(', ')}.`
}

function colorOf(status: string, colors: Colors): string {
  if (status === 'Completed') return colors.green(status)
  return ['Failed', 'Terminated', 'Canceled'].includes(status) ? colors.red(status) : colors.yellow(status)
}

function oneLine(value: unknown): string {
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ')
  return text.length > longestDetail ? `${text.slice(0, longestDetail - 1)}…` : text
}

/** E.g. `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const
  const index = units.findIndex(([, size]) => seconds >= size)
  const [name, size] = units[index]!
  const [nextName, nextSize] = units[index + 1]!
  const rest = Math.floor((seconds % size) / nextSize)
  return `${Math.floor(seconds / size)} ${name}${rest > 0 ? ` ${rest} ${nextName}` : ''}`
}
