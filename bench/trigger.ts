/**
 * `./aloft bench trigger`: how long it takes from putting a message into a queue over HTTP to the first line of the
 * function that it triggers, at a low and at a high rate. Fails when that is longer than it may be.
 */
import { Flags } from './harness/flags.ts'
import { measureStarts, type StartsRun, startTriggerApp } from './harness/queue-starts.ts'
import { writeResults } from './harness/results.ts'
import { median, percentile } from './harness/statistics.ts'
import { formatNumber, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench trigger [options]
  --low N            messages a second of the first run (default 50)
  --high N           of the second (default 2000)
  --seconds N        of each (default 20)`

const flags = new Flags(usage, { low: '50', high: '2000', seconds: '20' })
const seconds = flags.number('seconds')
const [low, high] = [flags.number('low'), flags.number('high')]
/** What the slow starts may take, in milliseconds: the median at the low rate, the 99th percentile at the high one. */
const limitsMs = { median: 2, p99: 50 }
const warmUp = { perSecond: high, seconds: 3 }

await using stack = new AsyncDisposableStack()
const app = await startTriggerApp(stack)
await measureStarts(app, warmUp)
const slow = await measureStarts(app, { perSecond: low, seconds })
const fast = await measureStarts(app, { perSecond: high, seconds })

const row = ({ perSecond, sent, putsMs, startsMs, hostCpuMs, workerCpuMs }: StartsRun) => [
  formatNumber(perSecond),
  ...[median(startsMs), percentile(startsMs, 99), percentile(startsMs, 100)].map(formatNumber),
  ...[median(putsMs), percentile(putsMs, 99)].map(formatNumber),
  ...[hostCpuMs, workerCpuMs].map((ms) => formatNumber((ms * 1000) / sent)),
]
const report = `Messages are put at a steady rate for ${seconds} s by one client, which shares the machine, into a queue of the host
(\`aloft start\` on an unmodified app). A start is the time from writing the request to its socket to the first line of the
function, by the clock that all processes share; an answer that to the end of the request. CPU is microseconds for one message.

${renderTable(
  ['messages/s', 'start p50 ms', 'p99 ms', 'slowest ms', 'answer p50 ms', 'p99 ms', 'CPU µs: host', 'worker'],
  [slow, fast].map(row),
)}`
console.log(report)
if (flags.isWriting) writeResults('Queue trigger', report)
const faults = [
  ...(median(slow.startsMs) > limitsMs.median ? [`the median start at ${low}/s is too slow`] : []),
  ...(percentile(fast.startsMs, 99) > limitsMs.p99 ? [`the 99th percentile at ${high}/s is too slow`] : []),
]
for (const fault of faults) console.error(`fault: ${fault}`)
if (faults.length > 0) process.exitCode = 1
