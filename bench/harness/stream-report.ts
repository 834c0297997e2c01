/** The runs of the stream benchmark as Markdown. */
import { growthOf } from './memory-watch.ts'
import type { HeldRun, StreamRun } from './streams.ts'
import { formatMebibytes, formatNumber, renderTable } from './tables.ts'

export function renderStreamReport(streams: readonly StreamRun[], held: HeldRun): string {
  const rows = streams.map(({ bytes, durationMs, host, worker, cpuMs }) => [
    `${formatMebibytes(bytes)} MiB there and back`,
    formatNumber(bytes / 1e6 / (durationMs / 1000)),
    formatNumber(cpuMs / (bytes / 1e9)),
    formatMebibytes(growthOf(host)),
    formatMebibytes(growthOf(worker)),
  ])
  return [
    'A request body goes through a function that answers with it (`enableHttpStream`), each byte compared. Growth is ' +
      'the most resident memory during the stream, less that before it; the first row includes what a fresh process ' +
      'needs for its first work. "Workers" include the one that waits.',
    renderTable(['stream', 'MB/s', 'CPU ms per GB', 'growth of the host, MiB', 'of the workers, MiB'], rows),
    renderTable(
      [
        'held requests',
        'answered',
        'all answered after, s',
        'slowest ping of the host, ms',
        'growth of the host, MiB',
      ],
      [
        [
          `${formatNumber(held.count)} at once`,
          `${held.answered}`,
          formatNumber(held.durationMs / 1000),
          formatNumber(held.slowestPingMs),
          formatMebibytes(growthOf(held.host)),
        ],
      ],
    ),
  ].join('\n\n')
}
