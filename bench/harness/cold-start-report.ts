/** The runs of the cold start benchmark as Markdown. */
import type { ColdStartRun } from './cold-starts.ts'
import { median } from './statistics.ts'
import { formatMebibytes, formatNumber, renderTable } from './tables.ts'

export interface ColdStartRuns {
  readonly name: string
  readonly runs: readonly ColdStartRun[]
}

export function renderColdStartReport(setting: string, starts: readonly ColdStartRuns[]): string {
  const header = ['to the first answer', 'median ms', 'fastest', 'slowest', 'at rest, MiB: server', 'workers']
  const rows = starts.map(({ name, runs }) => {
    const durations = runs.map(({ durationMs }) => durationMs)
    return [
      name,
      ...[median(durations), Math.min(...durations), Math.max(...durations)].map(formatNumber),
      formatMebibytes(median(runs.map(({ memory }) => memory.serverRss))),
      formatMebibytes(median(runs.map(({ memory }) => memory.workerRss))),
    ]
  })
  return [
    setting,
    renderTable(header, rows),
    'Memory is resident memory when nothing is asked of the server: of a started one after its first answer, of ' +
      'an idle app before it is asked again. "workers" are the processes that the server started, whether they ' +
      'serve or wait.',
  ].join('\n\n')
}
