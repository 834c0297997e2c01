import assert from 'node:assert/strict'
import fc from 'fast-check'
import { OffsetConflict } from '../errors.ts'
import { type Backend, type Bench, bytesOf, propertyRuns, testEngine, textOf } from './backend.ts'

const partition = fc.constantFrom(0, 1)
const offset = fc.integer({ min: 0, max: 12 })
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('append' as const),
      partition,
      count: fc.integer({ min: 0, max: 3 }),
      expected: fc.option(offset, { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('trim' as const), partition, offset }) },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('retain' as const),
      agoMs: fc.constantFrom(0, 5, 30),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('remove' as const) }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('advance' as const), ms: fc.constantFrom(1, 10) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('look' as const),
      offset,
      limit: fc.integer({ min: 1, max: 5 }),
      agoMs: fc.constantFrom(0, 1, 10, 25),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

interface NaiveEntry {
  readonly offset: number
  readonly text: string
  readonly appendedAt: number
}

/** Both partitions of a log as lists. */
interface NaivePartition {
  next: number
  entries: NaiveEntry[]
}

/** Declares a test that does the same to a log and to plain lists, and compares. */
export function testLogModel(backend: Backend): void {
  testEngine(backend, 'a log does what plain lists do', async (bench) => {
    let number = 0
    const property = fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
      const log = `l${number++}`
      let naive: NaivePartition[] = [empty(), empty()]
      for (const command of commands) {
        if (command.verb === 'remove') {
          await bench.database.write((transaction) => bench.logs.remove(transaction, log))
          naive = [empty(), empty()]
        } else await step(bench, log, naive, command)
      }
    })
    await fc.assert(property, propertyRuns)
  })
}

function empty(): NaivePartition {
  return { next: 0, entries: [] }
}

async function step(
  bench: Bench,
  log: string,
  naive: readonly NaivePartition[],
  command: Exclude<Command, { verb: 'remove' }>,
): Promise<void> {
  const { database, logs, clock } = bench
  const now = clock.now()
  if (command.verb === 'advance') return clock.advance(command.ms)
  if (command.verb === 'append') return append(bench, log, naive[command.partition] ?? empty(), command)
  if (command.verb === 'look') return look(bench, log, naive, command)
  if (command.verb === 'trim') {
    const { partition, offset } = command
    await database.write((transaction) => logs.trim(transaction, log, partition, offset))
    const trimmed = naive[partition]
    if (trimmed) trimmed.entries = trimmed.entries.filter((entry) => entry.offset >= offset)
    return
  }
  const [before, limit] = [now - command.agoMs, command.limit]
  let left = limit
  for (const each of naive) {
    const dropped = each.entries.filter(({ appendedAt }) => appendedAt < before).slice(0, left)
    left -= dropped.length
    each.entries = each.entries.slice(dropped.length)
  }
  const count = await database.write((transaction) => logs.retain(transaction, log, before, limit))
  assert.equal(count, limit - left)
}

async function append(
  { database, logs, clock }: Bench,
  log: string,
  naive: NaivePartition,
  { partition, count, expected }: Command & { verb: 'append' },
): Promise<void> {
  const appendedAt = clock.now()
  const added = Array.from({ length: count }, (_, index) => {
    const offset = naive.next + index
    return { offset, text: `entry ${offset}`, appendedAt }
  })
  const entries = added.map(({ text }) => ({ body: bytesOf(text) }))
  const appending = database.write((transaction) =>
    logs.append(transaction, log, partition, entries, expected),
  )
  if (expected !== undefined && expected !== naive.next) {
    await assert.rejects(appending, OffsetConflict)
    return
  }
  assert.equal(await appending, naive.next)
  naive.entries.push(...added)
  naive.next += count
}

async function look(
  { database, logs, clock }: Bench,
  log: string,
  naive: readonly NaivePartition[],
  { offset, limit, agoMs }: Command & { verb: 'look' },
): Promise<void> {
  const time = clock.now() - agoMs
  for (const [partition, { entries, next }] of naive.entries()) {
    const seen = await database.read(async (snapshot) => ({
      entries: await logs.read(snapshot, log, partition, offset, limit),
      bounds: await logs.bounds(snapshot, log, partition),
      offsetAt: await logs.offsetAt(snapshot, log, partition, time),
    }))
    assert.deepEqual(
      {
        ...seen,
        entries: seen.entries.map(({ offset, body, appendedAt }) => [offset, textOf(body), appendedAt]),
      },
      {
        entries: entries
          .filter((entry) => entry.offset >= offset)
          .slice(0, limit)
          .map(({ offset, text, appendedAt }) => [offset, text, appendedAt]),
        bounds: { first: entries[0]?.offset ?? next, next },
        offsetAt: entries.find(({ appendedAt }) => appendedAt >= time)?.offset ?? next,
      },
    )
  }
}
