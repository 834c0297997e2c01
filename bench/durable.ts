/**
 * `./aloft bench durable`: the sequence of three activities with the unmodified `durable-functions` package, beside
 * the same workflow on Restate and on DBOS, in one run; durable commits everywhere. All systems stay up and rounds go
 * round robin, so that a slow minute of the machine meets everybody.
 */
import { Flags } from './harness/flags.ts'
import { installPeers } from './harness/peers.ts'
import { writeResults } from './harness/results.ts'
import { median, percentile } from './harness/statistics.ts'
import { formatNumber, formatRatio, renderTable } from './harness/tables.ts'
import { runWorkflows, type WorkflowSample } from './harness/workflow-load.ts'
import { startAloft, startDbos, startRestate, type WorkflowLane } from './harness/workflow-systems.ts'

const usage = `usage: ./aloft bench durable [options]
  --count N          workflows of one measurement (default 1000)
  --concurrency N    in flight at any time (default 100)
  --rounds N         the median is quoted (default 3)
  --warmup N         workflows of each system before the first round (default 3000)
  --idle N           workflows run one after another, for the latency of an idle system (default 50)
  --only A,B         only these of aloft, restate, dbos`

const systems = { aloft: startAloft, restate: startRestate, dbos: startDbos }
type System = keyof typeof systems
const systemNames = Object.keys(systems) as System[]

const flags = new Flags(usage, {
  count: '1000',
  concurrency: '100',
  rounds: '3',
  warmup: '3000',
  idle: '50',
  only: '',
})
const [count, concurrency] = [flags.number('count'), flags.number('concurrency')]
const rounds = flags.number('rounds')
const only = flags.words('only', systemNames)

await using stack = new AsyncDisposableStack()
const chosen = systemNames.filter((name) => only.length === 0 || only.includes(name))
if (chosen.some((name) => name !== 'aloft')) installPeers()
const lanes: WorkflowLane[] = []
for (const name of chosen) lanes.push(...(await systems[name](stack)))

const samples = new Map<WorkflowLane, WorkflowSample[]>(lanes.map((lane) => [lane, []]))
for (const lane of lanes) await runWorkflows(lane, flags.number('warmup'), concurrency)
for (let round = 1; round <= rounds; round++) {
  for (const lane of lanes) {
    const sample = await runWorkflows(lane, count, concurrency)
    samples.get(lane)?.push(sample)
    console.error(`round ${round}/${rounds}  ${lane.name}  ${formatNumber(rateOf(sample))} workflows/s`)
  }
}
const idle = new Map<WorkflowLane, WorkflowSample>()
for (const lane of lanes) idle.set(lane, await runWorkflows(lane, flags.number('idle'), 1))

const own = lanes.find((lane) => lane.name.startsWith('aloft'))
const ownRate = own ? medianOf(own, rateOf) : Number.NaN
const table = renderTable(
  [
    'system',
    'workflows/s',
    'steps/s',
    'aloft does',
    'p50 ms',
    'p99 ms',
    'CPU µs/workflow',
    'idle p50 ms',
    'idle p99 ms',
  ],
  lanes.map((lane) => [
    lane.name,
    formatNumber(medianOf(lane, rateOf)),
    formatNumber(3 * medianOf(lane, rateOf)),
    formatRatio(ownRate / medianOf(lane, rateOf)),
    formatNumber(medianOf(lane, (sample) => percentile(sample.latenciesMs, 50))),
    formatNumber(medianOf(lane, (sample) => percentile(sample.latenciesMs, 99))),
    formatNumber(medianOf(lane, (sample) => (sample.cpuMs * 1000) / sample.count)),
    formatNumber(percentile(idle.get(lane)?.latenciesMs ?? [], 50)),
    formatNumber(percentile(idle.get(lane)?.latenciesMs ?? [], 99)),
  ]),
)
const report = [
  `The sequence of three activities: ${count} workflows, ${concurrency} at a time, ${rounds} rounds round robin after ` +
    `${flags.number('warmup')} for warm-up, medians;`,
  'started and awaited over HTTP by one load generator, which shares the machine.',
  '',
  table,
].join('\n')
console.log(report)
if (flags.isWriting) writeResults('Durable', report)

function rateOf(sample: WorkflowSample): number {
  return sample.count / sample.seconds
}

function medianOf(lane: WorkflowLane, value: (sample: WorkflowSample) => number): number {
  return median((samples.get(lane) ?? []).map(value))
}
