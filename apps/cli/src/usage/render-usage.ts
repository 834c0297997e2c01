/** A usage report as text. */
import type { Usage, UsageReport } from '@aloft/functions'
import type { Colors } from '../terminal.ts'
import { renderLines } from '../text-table.ts'
import { formatTime } from './time-span.ts'

const header = ['app', 'function', 'executions', 'failed', 'mean', 'p50', 'p95', 'longest', 'memory', 'GB-s']
/** The columns with text; the others hold numbers. */
const textColumns = 2

/** A table of functions with a total, and what Azure would ask for it. */
export function renderUsage(report: UsageReport, colors: Colors): string {
  const { functions, total, prices, priceAfterFree } = report
  const rows = functions.map((each) => [each.app, each.functionName, ...cells(each), money(each.price)])
  const titles = [...header, prices.currency]
  const lines = renderLines({
    titles,
    rows: [...rows, ['total', '', ...cells(total), money(total.price)]],
    numbers: titles.slice(textColumns),
  })
  const [head = '', ...body] = lines
  const sum = body.pop() ?? ''
  const { executions, gbSeconds } = prices.freePerMonth
  return [
    `Usage from ${formatTime(report.from)} to ${formatTime(report.to)} UTC`,
    '',
    colors.dim(head),
    ...body,
    colors.bold(sum),
    '',
    `On Azure's Consumption plan this would cost ${money(total.price)} ${prices.currency}; ` +
      `${money(priceAfterFree)} ${prices.currency} with the ${whole(executions)} executions and ` +
      `${whole(gbSeconds)} GB-s that are free in a month.`,
    colors.dim(
      `${prices.perMillionExecutions} ${prices.currency} per million executions, ${prices.perGbSecond} ` +
        `${prices.currency} per GB-s (${prices.source})`,
    ),
    '',
  ].join('\n')
}

/** The report with times as text. */
export function usageJson(report: UsageReport): string {
  const [from, to] = [report.from, report.to].map((time) => new Date(time).toISOString())
  return `${JSON.stringify({ ...report, from, to }, null, 2)}\n`
}

function cells({ executions, failures, duration, memoryMb, gbSeconds }: Usage): string[] {
  return [
    whole(executions),
    whole(failures),
    ...[duration.mean, duration.p50, duration.p95, duration.longest].map(formatDuration),
    `${whole(memoryMb)} MB`,
    gbSeconds.toLocaleString('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 3 }),
  ]
}

/** Three digits at most. */
function formatDuration(ms: number): string {
  if (ms < 1000) return `${Number(ms.toPrecision(ms < 1 ? 2 : 3))} ms`
  const seconds = ms / 1000
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`
  return `${whole(seconds / 60)} min`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Small sums have as many digits as it takes to see that they are not nothing. */
function money(amount: number): string {
  if (amount === 0 || amount >= 0.01) return amount.toFixed(2)
  return Number(amount.toPrecision(2)).toFixed(6)
}
