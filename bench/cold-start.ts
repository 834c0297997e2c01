/**
 * `./aloft bench cold-start`: how long until the first answer, from nothing (process start) and from an idle app in
 * a running host whose worker was stopped, with and without a generic worker that waits; and what a server that
 * does nothing keeps in memory.
 */
import { type ColdStartRuns, renderColdStartReport } from './harness/cold-start-report.ts'
import { type ColdStartRun, fromIdle, fromProcessStart } from './harness/cold-starts.ts'
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { aloft, bareNode, functionsFramework } from './harness/servers.ts'
import { formatNumber } from './harness/tables.ts'

const usage = `usage: ./aloft bench cold-start [options]
  --runs N           of each start; the median is quoted (default 11)`

const flags = new Flags(usage, { runs: '11' })
const runs = flags.number('runs')

const starts = [
  fromProcessStart(bareNode),
  fromProcessStart(functionsFramework),
  fromProcessStart(aloft('aloft start')),
  fromIdle('aloft: idle app, no worker waits', 0),
  fromIdle('aloft: idle app, a worker waits', 1),
]
const results: ColdStartRuns[] = []
for (const start of starts) {
  await using each = start
  // Not counted: fills the file system's and the compiler's caches.
  await each.run()
  const measured: ColdStartRun[] = []
  while (measured.length < runs) {
    const run = await each.run()
    measured.push(run)
    console.error(`${start.name}  ${measured.length}/${runs}  ${formatNumber(run.durationMs)} ms`)
  }
  results.push({ name: start.name, runs: measured })
}

const setting = `${runs} runs of each after one that is not counted, medians; caches of the disk and of compiled code are warm.`
const report = renderColdStartReport(setting, results)
console.log(report)
if (flags.isWriting) writeResults('Cold start', report)
