/**
 * `./aloft bench storage-scale`: what operations on one queue and one table cost when they are empty and when they hold a
 * million, and what the process keeps in memory. The services are called in process: nothing of HTTP is in the times.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage, type StorageService } from '@aloft/storage'
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { formatMebibytes, formatNumber, formatRatio, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench storage-scale [options]
  --count N          messages and entities (default 1000000)`

interface Operation {
  readonly name: string
  run(index: number): Promise<unknown>
}

interface Lane {
  readonly name: string
  readonly operations: readonly Operation[]
  prepare(): Promise<unknown>
  /** Adds what is there from `from` to `to`. */
  fill(from: number, to: number): Promise<unknown>
}

const repeats = 1000
const repeatsPerTurn = 50
const atOnce = 1000
const fewest = 2 * atOnce
const account = 'devstoreaccount1'

function queueLane({ queues }: StorageService): Lane {
  const address = { account, queue: 'many' }
  const message = { text: 'x'.repeat(200), ttlMs: undefined }
  const { messages, catalog } = queues
  return {
    name: 'queue',
    prepare: () => catalog.create(address, {}),
    fill: (from, to) => messages.send(address, Array(to - from).fill(message)),
    operations: [
      { name: 'send', run: () => messages.send(address, [message]) },
      { name: 'receive', run: () => messages.receive(address, 1, 3_600_000) },
      { name: 'peek', run: () => messages.peek(address, 1) },
      { name: 'count', run: () => catalog.properties(address) },
    ],
  }
}

function tableLane({ tables }: StorageService): Lane {
  const address = { account, table: 'many' }
  const properties = '"A":1,"B":"some text of about fifty characters in all......","C":true'
  let count = 0
  let next = 0
  const keyOf = (index: number) => ({
    partitionKey: `p${(index * 7919) % 1000}`,
    rowKey: `r${String(index).padStart(8, '0')}`,
  })
  const anyKey = (index: number) => keyOf((index * 104_729) % count)
  const newKey = (index: number) => ({ partitionKey: 'new', rowKey: `${index}` })
  return {
    name: 'table',
    prepare: () => tables.tables.create(address),
    fill(from, to) {
      count = to
      const indexes = Array.from({ length: to - from }, (_, index) => from + index)
      return Promise.all(
        indexes.map((index) => tables.change(address, { ...keyOf(index), kind: 'insert', properties })),
      )
    },
    operations: [
      {
        name: 'insert',
        run: () => tables.change(address, { ...newKey(next++), kind: 'insert', properties }),
      },
      { name: 'get', run: (index) => tables.get(address, anyKey(index)) },
      {
        name: 'merge',
        run: (index) =>
          tables.change(address, { ...anyKey(index), kind: 'merge', properties: '"A":2', ifMatch: '*' }),
      },
      { name: 'page of 100', run: (index) => tables.query(address, { top: 100, from: anyKey(index) }) },
      { name: 'delete', run: () => tables.delete(address, newKey(--next)) },
    ],
  }
}

interface Samples {
  readonly micros: number[]
  cpuMicros: number
}

/** Runs each operation so often on both, by turns, so that a slow minute of the machine meets both. */
async function measure(lanes: readonly [few: Lane, many: Lane]): Promise<readonly [Samples, Samples][]> {
  const samples = lanes[0].operations.map((): [Samples, Samples] => [
    { micros: [], cpuMicros: 0 },
    { micros: [], cpuMicros: 0 },
  ])
  for (const [which, pair] of samples.entries())
    for (let done = 0; done < repeats; done += repeatsPerTurn)
      for (const [side, lane] of lanes.entries()) await runSome(lane.operations[which]!, done, pair[side]!)
  return samples
}

async function runSome({ run }: Operation, from: number, samples: Samples): Promise<void> {
  const cpu = process.cpuUsage()
  for (let index = from; index < from + repeatsPerTurn; index++) {
    const startMs = performance.now()
    await run(index)
    samples.micros.push((performance.now() - startMs) * 1000)
  }
  const { user, system } = process.cpuUsage(cpu)
  samples.cpuMicros += user + system
}

/** A storage of its own, empty. It is closed, and its files removed, with `stack`. */
async function openEmpty(stack: AsyncDisposableStack): Promise<StorageService> {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-storage-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const clock = systemClock
  const log = new Logger(clock, [])
  const engine = await openEngine({ directory, clock, log })
  stack.defer(() => engine.close())
  const storage = await openStorage({ engine, clock, log })
  stack.defer(() => storage.close())
  return storage
}

const flags = new Flags(usage, { count: '1000000' })
const total = flags.number('count')
await using stack = new AsyncDisposableStack()
const [small, large] = [await openEmpty(stack), await openEmpty(stack)]
const rows: string[][] = []
const memory: string[] = []
const resident = (when: string) => memory.push(`${formatMebibytes(process.memoryUsage().rss)} MiB ${when}`)
for (const laneOf of [queueLane, tableLane]) {
  const [few, many] = [laneOf(small), laneOf(large)]
  for (const lane of [few, many]) {
    await lane.prepare()
    await lane.fill(0, fewest)
  }
  // Not counted: compiles.
  await measure([few, many])
  resident(`with ${fewest.toLocaleString('en-US')} in the ${few.name}`)
  for (let done = fewest; done < total; done += atOnce) {
    await many.fill(done, done + atOnce)
    if (done % 100_000 === 0) console.error(`${many.name}  ${done}`)
  }
  const samples = await measure([few, many])
  resident(`with ${total.toLocaleString('en-US')}`)
  for (const [index, { name }] of few.operations.entries()) {
    const [before, after] = samples[index]!
    const [fewMicros, manyMicros] = [median(before.micros), median(after.micros)]
    rows.push([
      `${few.name}: ${name}`,
      ...[fewMicros, manyMicros].map(formatNumber),
      formatRatio(manyMicros / fewMicros),
      ...[before, after].map(({ cpuMicros }) => formatNumber(cpuMicros / repeats)),
      formatRatio(after.cpuMicros / before.cpuMicros),
    ])
  }
}

const report = `Operations on one queue and one table, in process and one at a time, each write on the disk before the next begins;
by turns on a small storage and a large one. Medians of ${repeats} and CPU of the process, in microseconds; the entities and
the first of each page are picked at random. Resident memory: ${memory.join(', ')}.

${renderTable(
  ['operation', fewest, total, '×', `CPU: ${fewest}`, total, '×'].map((title) =>
    title.toLocaleString('en-US'),
  ),
  rows,
)}`
console.log(report)
if (flags.isWriting) writeResults('Storage at scale', report)
