/**
 * `./aloft bench durable-engine`: Durable Functions' engine alone. A stub in this process stands for the workers; every
 * turn is on the disk before anything of it gets out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { type DurableLane, durableLanes, stubExecutor } from './harness/durable-lanes.ts'
import { measureScale } from './harness/durable-scale.ts'
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { formatNumber, renderTable } from './harness/tables.ts'

const groups = ['chain', 'fan-out', 'signals', 'continue', 'scale']
const usage = `usage: ./aloft bench durable-engine [options]
  --rounds N         the median is quoted (default 3)
  --only A,B         only these of ${groups.join(', ')}`

interface Sample {
  readonly perSecond: number
  /** CPU time of the process for one, in microseconds, the load's own share included. */
  readonly cpuMicros: number
}

const flags = new Flags(usage, { rounds: '3', only: '' })
const rounds = flags.number('rounds')
const only = flags.words('only', groups)

const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-durable-'))
const clock = systemClock
const log = new Logger(clock, [{ write: ({ level, message }) => console.error(`${level}: ${message}`) }])
const engine = await openEngine({ directory, clock, log })
const hubs = await openTaskHubs({ engine, clock, log })
const hub = await hubs.hub('Bench', stubExecutor)
const lanes = durableLanes.filter(
  ({ name }) => only.length === 0 || only.some((group) => name.startsWith(group)),
)
const samples = lanes.map((): Sample[] => [])
for (let round = 0; round <= rounds; round++) {
  for (const [index, lane] of lanes.entries()) {
    const sample = await measure(lane)
    // The first round fills caches and compiles.
    if (round > 0) samples[index]?.push(sample)
    console.error(
      `round ${round}  ${lane.name} (${lane.setting} at a time)  ${formatNumber(sample.perSecond)} ${lane.unit}/s  ${formatNumber(sample.cpuMicros)} µs`,
    )
  }
}
await hubs.close()
const scale = only.length === 0 || only.includes('scale') ? await measureScale(engine) : []
await engine.close()
rmSync(directory, { recursive: true })

const report = `The engine alone: orchestrators, activities and entities are a stub in the same process, which also makes the load
and waits for each end. Every turn is on the disk before its activities are handed out. CPU is microseconds of the
whole process for one. Medians of ${rounds} rounds.

${renderTable(
  ['workload', 'at a time', 'unit', '/s', 'CPU µs'],
  lanes.map(({ name, setting, unit }, index) => [
    name,
    setting,
    unit,
    formatNumber(median((samples[index] ?? []).map(({ perSecond }) => perSecond))),
    formatNumber(median((samples[index] ?? []).map(({ cpuMicros }) => cpuMicros))),
  ]),
)}

${renderTable(
  ['at scale', 'ms'],
  scale.map(({ what, ms }) => [what, formatNumber(ms)]),
)}`
console.log(report)
if (flags.isWriting) writeResults('Durable engine', report)

async function measure(lane: DurableLane): Promise<Sample> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  await lane.run(hub)
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: lane.count / seconds, cpuMicros: (user + system) / lane.count }
}
