/** What many idle apps cost, as Markdown. */
import { median, percentile } from './statistics.ts'
import { formatNumber, renderTable } from './tables.ts'

export interface ManyAppsResults {
  readonly appCount: number
  /** Milliseconds until all are hosted: the first time, and when they are known. */
  readonly firstStartMs: number
  readonly knownStartMs: number
  /** Bytes that the apps add to the host. */
  readonly residentBytes: number
  readonly heapBytes: number
  /** Processes beside the host while nothing is asked. */
  readonly waitingProcesses: number
  /** CPU milliseconds of all processes per second while nothing is asked. */
  readonly idleCpuMsPerSecond: number
  /** Milliseconds to the first answer of an app when a worker waits, and when the one before has just taken it. */
  readonly spacedMs: readonly number[]
  readonly successiveMs: readonly number[]
}

export function renderManyAppsReport(results: ManyAppsResults): string {
  const { appCount, residentBytes, heapBytes, spacedMs, successiveMs } = results
  const perApp = (value: number) => formatNumber(value / appCount)
  const costs: readonly (readonly [string, string])[] = [
    ['host memory per app, KiB resident', perApp(residentBytes / 1024)],
    ['… of which JavaScript objects, KiB', perApp(heapBytes / 1024)],
    ['processes beside the host (the worker that waits)', String(results.waitingProcesses)],
    ['CPU of all processes while idle, ms per second', formatNumber(results.idleCpuMsPerSecond)],
    ['start of the host with all apps known, ms', formatNumber(results.knownStartMs)],
    ['… per app, ms', perApp(results.knownStartMs)],
    ['the first time ever, when each is started once to be known: per app, ms', perApp(results.firstStartMs)],
  ]
  const answers = [
    ['a worker waits', spacedMs] as const,
    ['one right after the other, no worker waits', successiveMs] as const,
  ].map(([name, values]) => [
    name,
    ...[median(values), percentile(values, 99), Math.min(...values), Math.max(...values)].map(formatNumber),
  ])
  return [
    `${appCount} apps of three functions in one process, all idle, files watched; then ${spacedMs.length} of them are ` +
      'asked for the first time, picked by chance.',
    renderTable(['cost', ''], costs),
    renderTable(['first answer, ms', 'median', 'p99', 'fastest', 'slowest'], answers),
    'Memory is what the process has more than before the apps were added, after a garbage collection. The first ' +
      'answer includes the start of the app in a worker process.',
  ].join('\n\n')
}
