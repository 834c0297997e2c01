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
import { formatMebibytes, formatNumber, renderTable } from './harness/tables.ts'

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

const repeats = 500
const atOnce = 1000
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

async function measure({ operations }: Lane): Promise<readonly number[]> {
  const medians: number[] = []
  for (const { run } of operations) {
    const micros: number[] = []
    for (let index = 0; index < repeats; index++) {
      const startMs = performance.now()
      await run(index)
      micros.push((performance.now() - startMs) * 1000)
    }
    medians.push(median(micros))
  }
  return medians
}

const flags = new Flags(usage, { count: '1000000' })
const total = flags.number('count')
const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-storage-'))
const clock = systemClock
const log = new Logger(clock, [])
const engine = await openEngine({ directory, clock, log })
const storage = await openStorage({ engine, clock, log })
const rows: string[][] = []
const memory: string[] = []
for (const lane of [queueLane(storage), tableLane(storage)]) {
  await lane.prepare()
  await lane.fill(0, 2 * atOnce)
  // Not counted: compiles.
  await measure(lane)
  const few = await measure(lane)
  for (let done = 2 * atOnce; done < total; done += atOnce) {
    await lane.fill(done, done + atOnce)
    if (done % 100_000 === 0) console.error(`${lane.name}  ${done}`)
  }
  const many = await measure(lane)
  memory.push(`${formatMebibytes(process.memoryUsage().rss)} MiB after the ${lane.name}`)
  for (const [index, { name }] of lane.operations.entries())
    rows.push([`${lane.name}: ${name}`, formatNumber(few[index]!), formatNumber(many[index]!)])
}
await storage.close()
await engine.close()
rmSync(directory, { recursive: true })

const report = `Operations on one queue and one table, in process and one at a time, each write on the disk before the next begins.
Medians of ${repeats}, in microseconds; the pages begin at random. Resident memory: ${memory.join(', ')}.

${renderTable(['operation', 'with 2,000', `with ${total.toLocaleString('en-US')}`], rows)}`
console.log(report)
if (flags.isWriting) writeResults('Storage at scale', report)
