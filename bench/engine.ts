/**
 * `./aloft bench engine`: each durable primitive of the engine beside the raw limit, in one run: plain `node:sqlite`
 * statements that write the same rows, one transaction a batch with `synchronous=FULL`; plain files with a sync
 * each. Rounds go round robin over all of them, so that a slow minute of the machine meets both sides.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { type EngineLane, engineLanes } from './harness/engine-lanes.ts'
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { formatNumber, renderTable } from './harness/tables.ts'

const groups = ['transaction', 'queue', 'log', 'lease', 'blob']
const usage = `usage: ./aloft bench engine [options]
  --rounds N         the median is quoted (default 5)
  --only A,B         only these of ${groups.join(', ')}`

interface Sample {
  readonly perSecond: number
  /** CPU time of the process for one, in microseconds: all threads, those that wait for the disk too. */
  readonly cpuMicros: number
}

const flags = new Flags(usage, { rounds: '5', only: '' })
const rounds = flags.number('rounds')
const only = flags.words('only', groups)

const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-engine-'))
const log = new Logger(systemClock, [
  { write: ({ level, message }) => console.error(`${level}: ${message}`) },
])
const engine = await openEngine({ directory: join(directory, 'engine'), clock: systemClock, log })
const lanes = engineLanes(engine, directory).filter(
  ({ name }) => only.length === 0 || only.some((group) => name.startsWith(group)),
)
const samples = lanes.map((): { aloft: Sample[]; raw: Sample[] } => ({ aloft: [], raw: [] }))
for (let round = 0; round <= rounds; round++) {
  for (const [index, lane] of lanes.entries()) {
    const aloft = await measure(lane.count, lane.aloft)
    const raw = await measure(lane.count, lane.raw)
    // The first round fills caches and compiles.
    if (round === 0) continue
    samples[index]?.aloft.push(aloft)
    samples[index]?.raw.push(raw)
    console.error(
      `round ${round}  ${lane.name} ${lane.setting}  ${formatNumber(aloft.perSecond)}  raw ${formatNumber(raw.perSecond)}`,
    )
  }
}
await engine.close()
rmSync(directory, { recursive: true })

const report = `Every write is on the disk before it is acknowledged, on both sides. "In flight" is how many callers work at a
time and how many rows each of their transactions has; the raw side puts all of these rows into one transaction. The
raw side blocks its thread while the disk works, so it could not serve anybody meanwhile. For a blob, raw is one file
with one sync; Aloft also computes MD5 and CRC-64, and makes the file's name and the reference durable. CPU is
microseconds of the whole process for one row. Medians of ${rounds} rounds.

${renderTable(
  ['primitive', 'in flight', 'Aloft /s', 'raw /s', 'of raw', 'Aloft CPU µs', 'raw CPU µs'],
  lanes.map((lane, index) => row(lane, samples[index] ?? { aloft: [], raw: [] })),
)}`
console.log(report)
if (flags.isWriting) writeResults('Engine', report)

async function measure(count: number, run: () => Promise<void> | void): Promise<Sample> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  await run()
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: count / seconds, cpuMicros: (user + system) / count }
}

function row(
  { name, setting, unit }: EngineLane,
  { aloft, raw }: { aloft: Sample[]; raw: Sample[] },
): string[] {
  const [aloftRate, rawRate] = [aloft, raw].map((list) => median(list.map(({ perSecond }) => perSecond)))
  const [aloftCpu, rawCpu] = [aloft, raw].map((list) => median(list.map(({ cpuMicros }) => cpuMicros)))
  const share = ((aloftRate ?? Number.NaN) / (rawRate ?? Number.NaN)) * 100
  return [
    `${name} (${unit})`,
    setting,
    ...[aloftRate, rawRate].map((rate) => formatNumber(rate ?? Number.NaN)),
    `${Math.round(share)} %`,
    ...[aloftCpu, rawCpu].map((cpu) => formatNumber(cpu ?? Number.NaN)),
  ]
}
