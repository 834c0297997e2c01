/**
 * `./aloft bench storage-scale`: what requests to one queue and one table cost when they hold little and when they hold
 * a million, and what the processes keep in memory. Fails when a request of the large ones costs more than twice as
 * much.
 */
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { fillStorage, scaleLane } from './harness/storage-scale.ts'
import { type StorageServer, startStorageServer, storageFolder } from './harness/storage-servers.ts'
import { formatMebibytes, formatNumber, formatRatio, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench storage-scale [options]
  --count N          messages and entities (default 1000000)
  --repeats N        calls of each operation (default 1000)`

const few = 2000
const mostTimes = 2
const repeatsPerTurn = 50

interface Samples {
  readonly micros: number[]
  /** Of the server, in milliseconds. */
  cpuMs: number
}

const flags = new Flags(usage, { count: '1000000', repeats: '1000' })
const many = flags.number('count')
const repeats = flags.number('repeats')
await using stack = new AsyncDisposableStack()
const servers: StorageServer[] = []
const filled = []
for (const count of [few, many]) {
  const data = storageFolder(stack)
  filled.push(await fillStorage(data, count))
  servers.push(await startStorageServer('aloft', stack, data))
}
const resident = (index: number) =>
  formatMebibytes(servers[index]?.process.processes()[0]?.rssBytes ?? Number.NaN)
const atStart = servers.map((_, index) => resident(index))
const lanes = [few, many].map((count, index) => scaleLane(servers[index]!, count))
for (const { sender } of lanes) stack.defer(() => sender.close())

const rows: string[][] = []
const faults: string[] = []
const names = Object.keys(lanes[0]!.operations)
for (const round of ['warm-up', 'measured']) {
  for (const name of names) {
    const [small, large] = (await measure(name, round === 'warm-up' ? 0 : repeats)) as [Samples, Samples]
    if (round === 'warm-up') continue
    const [smallMicros, largeMicros] = [median(small.micros), median(large.micros)]
    rows.push([
      name,
      ...[smallMicros, largeMicros].map(formatNumber),
      formatRatio(largeMicros / smallMicros),
      ...[small, large].map(({ cpuMs }) => formatNumber((cpuMs * 1000) / repeats)),
      formatRatio(large.cpuMs / small.cpuMs),
    ])
    if (largeMicros / smallMicros > mostTimes)
      faults.push(`${name} takes ${largeMicros / smallMicros} times as long`)
  }
}
const atEnd = servers.map((_, index) => resident(index))
const { firstBytes, lastBytes } = filled[1]!

const report = `Requests to one queue and one table of two hosts, by turns and one at a time, each write on the disk before it is
answered. Medians of ${repeats} and CPU of the host, in microseconds; entities and the first of each page are picked at
random. Resident memory in MiB: the hosts had ${atStart.join(' and ')} when they had started, ${atEnd.join(' and ')} in the end; the
process that filled the large storage had ${formatMebibytes(firstBytes)} after a fifth, ${formatMebibytes(lastBytes)} in the end.

${renderTable(
  ['request', `µs with ${few}`, `with ${many}`, '×', `CPU µs with ${few}`, `with ${many}`, '×'],
  rows,
)}`
console.log(report)
if (flags.isWriting) writeResults('Storage at scale', report)
for (const fault of faults) console.error(`fault: ${fault}`)
if (faults.length > 0) process.exitCode = 1

/** Calls an operation of both by turns, so that a slow minute of the machine meets both; at least one turn. */
async function measure(name: string, count: number): Promise<readonly Samples[]> {
  const samples = lanes.map((): Samples => ({ micros: [], cpuMs: 0 }))
  const first = count === 0 ? 0 : repeatsPerTurn
  for (let from = first; from < first + Math.max(count, repeatsPerTurn); from += repeatsPerTurn)
    for (const [index, lane] of lanes.entries())
      await runSome(lane.operations[name]!, from, servers[index]!, samples[index]!)
  return samples
}

async function runSome(
  operation: (index: number) => Promise<unknown>,
  from: number,
  server: StorageServer,
  samples: Samples,
): Promise<void> {
  const cpuMs = () => server.process.processes()[0]?.cpuMs ?? Number.NaN
  const cpuBefore = cpuMs()
  for (let index = from; index < from + repeatsPerTurn; index++) {
    const startMs = performance.now()
    await operation(index)
    samples.micros.push((performance.now() - startMs) * 1000)
  }
  samples.cpuMs += cpuMs() - cpuBefore
}
