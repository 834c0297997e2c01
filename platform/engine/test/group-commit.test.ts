import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageFailed } from '@aloft/engine'
import { GatedDatabase, turn } from './gated-database.ts'

test('nothing is acknowledged, announced or shown to readers before it is on the disk', async (context) => {
  const gated = await GatedDatabase.open(context)
  await gated.insert(1)
  gated.closeGate()
  const events: string[] = []
  gated.database.listen('topic', () => events.push('woken'))
  const writing = gated.database
    .write(async (transaction) => {
      await transaction.run("INSERT INTO item VALUES (2, 'x')")
      transaction.wake('topic')
    })
    .then(() => events.push('acknowledged'))
  await gated.untilSyncing()
  assert.deepEqual(await gated.ids(), [1])
  assert.deepEqual(events, [])
  gated.releaseSync()
  await writing
  assert.deepEqual(events, ['woken', 'acknowledged'])
  assert.deepEqual(await gated.ids(), [1, 2])
})

test('transactions that arrive together share one sync', async (context) => {
  const gated = await GatedDatabase.open(context)
  const before = gated.syncs
  await Promise.all(Array.from({ length: 100 }, (_, id) => gated.insert(id)))
  assert.equal(gated.syncs - before, 1)
})

test('what arrives during a sync is acknowledged in order, after the next one', async (context) => {
  const gated = await GatedDatabase.open(context)
  gated.closeGate()
  const order: number[] = []
  const first = gated.insert(0).then(() => order.push(0))
  await gated.untilSyncing()
  const rest = Array.from({ length: 200 }, (_, index) =>
    gated.insert(index + 1).then(() => order.push(index + 1)),
  )
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(await gated.ids(), [])
  const before = gated.syncs
  gated.releaseSync()
  await first
  assert.deepEqual(await gated.ids(), [0], 'the rest is committed, and not yet durable')
  gated.openGate()
  await Promise.all(rest)
  assert.equal(gated.syncs - before, 1)
  assert.deepEqual(
    order,
    Array.from({ length: 201 }, (_, id) => id),
  )
})

test('readers see each durable state in turn while the disk lags behind', async (context) => {
  const gated = await GatedDatabase.open(context)
  gated.closeGate()
  for (let round = 0; round < 3; round++) {
    const base = round * 100
    // Enough at once that they are executed although the disk is busy.
    const writes = Array.from({ length: 70 }, (_, index) => gated.insert(base + index))
    await gated.untilSyncing()
    const more = Array.from({ length: 20 }, (_, index) => gated.insert(base + 70 + index))
    assert.equal((await gated.ids()).length, round * 90)
    gated.releaseSync()
    await Promise.all(writes)
    assert.equal((await gated.ids()).length, round * 90 + 70)
    await gated.untilSyncing()
    gated.releaseSync()
    await Promise.all(more)
    assert.equal((await gated.ids()).length, round * 90 + 90)
  }
})

test('a transaction that changes nothing needs no sync', async (context) => {
  const gated = await GatedDatabase.open(context)
  const before = gated.syncs
  const row = await gated.database.write((transaction) => transaction.get('SELECT 1 AS one'))
  assert.deepEqual({ ...row }, { one: 1 })
  assert.equal(gated.syncs, before)
})

test('a transaction that changes nothing still waits for what it has seen to be durable', async (context) => {
  const gated = await GatedDatabase.open(context)
  gated.closeGate()
  const events: string[] = []
  const writing = gated.insert(1).then(() => events.push('write'))
  await gated.untilSyncing()
  const looks = Array.from({ length: 64 }, () =>
    gated.database
      .write((transaction) => transaction.get('SELECT COUNT(*) AS count FROM item'))
      .then((row) => events.push(`saw ${row?.count}`)),
  )
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(events, [])
  gated.openGate()
  await Promise.all([writing, ...looks])
  assert.deepEqual(events.slice(0, 2), ['write', 'saw 1'])
})

test('a failed sync rejects what it covered and everything after it; what was durable stays', async (context) => {
  const gated = await GatedDatabase.open(context)
  await gated.insert(1)
  gated.closeGate()
  const covered = gated.insert(2)
  await gated.untilSyncing()
  const waiting = gated.insert(3)
  gated.failSync(new Error('EIO: i/o error'))
  for (const write of [covered, waiting, gated.insert(4)])
    await assert.rejects(write, (error) => {
      assert.ok(error instanceof StorageFailed)
      assert.match(error.message, /Could not write to .*engine\.db: EIO/)
      assert.ok(error.hint)
      return true
    })
  assert.deepEqual(await gated.ids(), [1])
})

test('a full disk fails the transactions that it hits, and those after there is room again succeed', async (context) => {
  const gated = await GatedDatabase.open(context)
  await gated.insert(1)
  const { database } = gated
  const pages = await database.write((transaction) =>
    transaction.get<{ page_count: number }>('PRAGMA page_count'),
  )
  const limit = (count: number) =>
    database.write((transaction) => transaction.get(`PRAGMA max_page_count = ${count}`))
  await limit(pages?.page_count ?? 0)
  const [large, small] = await Promise.allSettled([gated.insert(2, 'x'.repeat(100_000)), gated.insert(3)])
  assert.equal(large.status, 'rejected')
  assert.match(String(large.status === 'rejected' && large.reason), /full/)
  const survivors = small.status === 'fulfilled' ? [1, 3] : [1]
  assert.deepEqual(await gated.ids(), survivors)
  await limit(1_000_000)
  await gated.insert(4, 'y'.repeat(100_000))
  assert.deepEqual(await gated.ids(), [...survivors, 4])
})

test('a transaction that awaits anything else is given up, and holds up nobody', async (context) => {
  const gated = await GatedDatabase.open(context)
  let late: Promise<unknown> | undefined
  const foreign = gated.database.write(async (transaction) => {
    await transaction.run("INSERT INTO item VALUES (1, 'undone')")
    await turn()
    await turn()
    late = transaction.run("INSERT INTO item VALUES (5, 'late')")
    await late
  })
  let inner: Promise<void> | undefined
  const nested = gated.database.write(() => {
    inner = gated.insert(2)
    return inner
  })
  const good = gated.insert(3)
  await assert.rejects(foreign, /awaited something other than its transaction/)
  await assert.rejects(nested, /awaited something other than its transaction/)
  await Promise.all([good, inner])
  await assert.rejects(late ?? Promise.resolve(), /ended/)
  assert.deepEqual(await gated.ids(), [2, 3], 'the nested one is a transaction of its own')
})

test('a write that throws at once is undone like one that rejects', async (context) => {
  const gated = await GatedDatabase.open(context)
  const throwing = gated.database.write((transaction) => {
    void transaction.run("INSERT INTO item VALUES (1, 'undone')")
    throw new Error('at once')
  })
  await assert.rejects(throwing, /at once/)
  assert.deepEqual(await gated.ids(), [])
})

test('closing finishes what was written and refuses what comes after', async (context) => {
  const gated = await GatedDatabase.open(context)
  const writes = Array.from({ length: 600 }, (_, id) => gated.insert(id))
  const closing = gated.database.close()
  await Promise.all(writes)
  await closing
  await assert.rejects(gated.insert(1_000), /closed/)
  await assert.rejects(gated.ids(), /closed/)
})
