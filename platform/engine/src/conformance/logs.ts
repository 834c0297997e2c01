import assert from 'node:assert/strict'
import { logTopic } from '../contracts.ts'
import { OffsetConflict } from '../errors.ts'
import { type Backend, type Bench, bytesOf, patternOf, testEngine, textOf } from './backend.ts'

/** Declares the tests of logs. */
export function testLogs(backend: Backend): void {
  testEngine(backend, 'entries get dense offsets from 0 in each partition', async (bench) => {
    assert.equal(await append(bench, 0, 'a', 'b'), 0)
    assert.equal(await append(bench, 1, 'x'), 0)
    assert.equal(await append(bench, 0, 'c'), 2)
    assert.deepEqual(await read(bench, 0), ['0:a', '1:b', '2:c'])
    assert.deepEqual(await read(bench, 1), ['0:x'])
  })

  testEngine(backend, 'an entry carries all that was put into it', async (bench) => {
    const { database, logs, clock } = bench
    const body = patternOf(100_000)
    await database.write((transaction) => logs.append(transaction, 'l', 0, [{ body, headers: 'h' }]))
    const [entry] = await database.read((snapshot) => logs.read(snapshot, 'l', 0, 0, 1))
    assert.deepEqual([entry?.offset, entry?.headers, entry?.appendedAt], [0, 'h', clock.now()])
    assert.equal(Buffer.compare(entry?.body ?? bytesOf(''), body), 0)
  })

  testEngine(backend, 'reading begins at an offset and ends at a limit', async (bench) => {
    await append(bench, 0, 'a', 'b', 'c', 'd')
    assert.deepEqual(await read(bench, 0, 1, 2), ['1:b', '2:c'])
    assert.deepEqual(await read(bench, 0, 3, 9), ['3:d'])
    assert.deepEqual(await read(bench, 0, 4, 9), [])
    assert.deepEqual(await read(bench, 7), [])
  })

  testEngine(backend, 'an append that expects another end is refused and writes nothing', async (bench) => {
    const { database, logs } = bench
    await append(bench, 0, 'a')
    const conflicting = database.write(async (transaction) => {
      await logs.append(transaction, 'l', 1, [{ body: bytesOf('undone too') }])
      await logs.append(transaction, 'l', 0, [{ body: bytesOf('x') }], 0)
    })
    await assert.rejects(conflicting, (error) => {
      assert.ok(error instanceof OffsetConflict)
      assert.deepEqual([error.expectedOffset, error.actualOffset], [0, 1])
      return true
    })
    assert.deepEqual([await read(bench, 0), await read(bench, 1)], [['0:a'], []])
    const entry = { body: bytesOf('b') }
    assert.equal(await database.write((transaction) => logs.append(transaction, 'l', 0, [entry], 1)), 1)
  })

  testEngine(backend, 'a conflict that is caught leaves the rest of its transaction', async (bench) => {
    const { database, logs } = bench
    await append(bench, 0, 'a')
    await database.write(async (transaction) => {
      await logs.append(transaction, 'l', 0, [{ body: bytesOf('x') }], 5).catch(() => undefined)
      await logs.append(transaction, 'l', 0, [{ body: bytesOf('b') }], 1)
    })
    assert.deepEqual(await read(bench, 0), ['0:a', '1:b'])
  })

  testEngine(backend, 'of two who expect the same end one wins', async (bench) => {
    const { database, logs } = bench
    const race = ['a', 'b', 'c'].map((text) =>
      database.write((transaction) => logs.append(transaction, 'l', 0, [{ body: bytesOf(text) }], 0)),
    )
    const results = await Promise.allSettled(race)
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected'])
    assert.equal((await read(bench, 0)).length, 1)
  })

  testEngine(backend, 'a trimmed partition keeps its offsets', async (bench) => {
    const { database, logs } = bench
    await append(bench, 0, 'a', 'b', 'c')
    const trim = (offset: number) => database.write((transaction) => logs.trim(transaction, 'l', 0, offset))
    await trim(2)
    await trim(1)
    assert.deepEqual(await bounds(bench, 0), { first: 2, next: 3 })
    assert.deepEqual(await read(bench, 0), ['2:c'])
    await trim(99)
    assert.deepEqual(await bounds(bench, 0), { first: 3, next: 3 })
    assert.equal(await append(bench, 0, 'd'), 3)
    assert.deepEqual(await bounds(bench, 5), { first: 0, next: 0 })
  })

  testEngine(backend, 'offsets are found by time', async (bench) => {
    const { database, logs, clock } = bench
    const start = clock.now()
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      await append(bench, 0, text)
      await clock.advance(10)
    }
    const offsetAt = (time: number) => database.read((snapshot) => logs.offsetAt(snapshot, 'l', 0, time))
    const times = [start - 1, start, start + 1, start + 40, start + 41]
    assert.deepEqual(await Promise.all(times.map(offsetAt)), [0, 0, 1, 4, 5])
    assert.equal(await database.read((snapshot) => logs.offsetAt(snapshot, 'none', 0, start)), 0)
  })

  testEngine(backend, 'retention drops old entries of all partitions, up to its limit', async (bench) => {
    const { database, logs, clock } = bench
    await append(bench, 0, 'a', 'b')
    await append(bench, 1, 'x', 'y')
    await clock.advance(10)
    const before = clock.now()
    await append(bench, 0, 'c')
    const retain = () => database.write((transaction) => logs.retain(transaction, 'l', before, 3))
    assert.deepEqual([await retain(), await retain(), await retain()], [3, 1, 0])
    assert.deepEqual([await read(bench, 0), await read(bench, 1)], [['2:c'], []])
  })

  testEngine(backend, 'a removed log is gone, and may begin anew', async (bench) => {
    const { database, logs } = bench
    await append(bench, 0, 'a')
    await append(bench, 3, 'b')
    const other = { body: bytesOf('other') }
    await database.write((transaction) => logs.append(transaction, 'other', 0, [other]))
    await database.write((transaction) => logs.remove(transaction, 'l'))
    assert.deepEqual([await read(bench, 0), await bounds(bench, 3)], [[], { first: 0, next: 0 }])
    assert.equal(await append(bench, 0, 'again'), 0)
    assert.equal((await database.read((snapshot) => logs.read(snapshot, 'other', 0, 0, 9))).length, 1)
  })

  testEngine(backend, 'readers are woken when their partition has grown', async (bench) => {
    const woken: string[] = []
    bench.database.listen(logTopic('l', 0), () => woken.push('0'))
    bench.database.listen(logTopic('l', 1), () => woken.push('1'))
    await append(bench, 1, 'a')
    assert.deepEqual(woken, ['1'])
    await bench.database.write((transaction) => bench.logs.append(transaction, 'l', 1, []))
    assert.deepEqual(woken, ['1'])
  })
}

function append({ database, logs }: Bench, partition: number, ...texts: string[]): Promise<number> {
  const entries = texts.map((text) => ({ body: bytesOf(text) }))
  return database.write((transaction) => logs.append(transaction, 'l', partition, entries))
}

async function read(
  { database, logs }: Bench,
  partition: number,
  offset = 0,
  limit = 100,
): Promise<string[]> {
  const entries = await database.read((snapshot) => logs.read(snapshot, 'l', partition, offset, limit))
  return entries.map(({ offset, body }) => `${offset}:${textOf(body)}`)
}

function bounds({ database, logs }: Bench, partition: number): Promise<{ first: number; next: number }> {
  return database.read((snapshot) => logs.bounds(snapshot, 'l', partition))
}
