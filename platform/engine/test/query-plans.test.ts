import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { bytesOf, patternOf } from '../src/conformance/backend.ts'
import { sqlite } from './sqlite-backend.ts'

/** Runs every verb once, on all of its paths, and returns the SQL that was prepared meanwhile. */
async function statementsOfAllVerbs(): Promise<string[]> {
  const statements = new Set<string>()
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (sql, options) {
    statements.add(sql)
    return prepare.call(this, sql, options)
  }
  const clock = new VirtualClock()
  const { database, queues, logs, blobs, leases, close } = await sqlite.open(clock)
  await database.write(async (transaction) => {
    const [body, large] = [bytesOf('x'), patternOf(5_000)]
    const options = [
      {},
      { ttlMs: 1 },
      { ttlMs: 1, onExpiry: 'dead-letter' as const },
      { session: 's' },
      { session: 's' },
    ]
    await queues.enqueue(transaction, 'q', [
      ...options.map((option) => ({ body, ...option })),
      { body: large },
    ])
    await queues.peek(transaction, 'q', 1)
    await queues.get(transaction, 'q', 1)
    const claims = await queues.claim(transaction, 'q', 6, 1_000)
    const [a, b, c, d] = claims
    assert.ok(a && b && c && d)
    await queues.complete(transaction, 'q', [a])
    await queues.abandon(transaction, 'q', [b])
    await queues.renew(transaction, 'q', c, 5, body)
    await queues.deadLetter(transaction, 'q', [d], 'r')
    await queues.peekDead(transaction, 'q', 1)
    await queues.resubmitDead(transaction, 'q', [d.id])
    await queues.removeDead(transaction, 'q', [d.id])
    await queues.counts(transaction, 'q')
    await queues.nextVisibleAt(transaction, 'q')
  })
  await clock.advance(2_000)
  await database.write((transaction) => queues.claim(transaction, 'q', 1, 1_000))
  await database.write((transaction) => queues.sweep(transaction, 10))
  await database.write((transaction) => queues.purge(transaction, 'q'))
  await database.write(async (transaction) => {
    await logs.append(transaction, 'l', 0, [{ body: bytesOf('x') }], 0)
    await logs.read(transaction, 'l', 0, 0, 10)
    await logs.bounds(transaction, 'l', 0)
    await logs.offsetAt(transaction, 'l', 0, clock.now())
    await logs.trim(transaction, 'l', 0, 1)
    await logs.retain(transaction, 'l', clock.now() + 1, 10)
    await logs.remove(transaction, 'l')
  })
  await database.write(async (transaction) => {
    const lease = await leases.acquire(transaction, 'l', 'me', 1_000)
    assert.ok(lease)
    await leases.renew(transaction, lease, 1_000)
    await leases.check(transaction, lease)
    await leases.get(transaction, 'l')
    await leases.release(transaction, lease)
  })
  const parts = [await blobs.put(bytesOf('x')), await blobs.put(patternOf(100_000))]
  const key = await database.write(async (transaction) => {
    const key = await blobs.compose(transaction, parts)
    await blobs.keep(transaction, key)
    const outer = await blobs.compose(transaction, [{ key, length: 100_001 }])
    await blobs.keep(transaction, outer)
    await blobs.keep(transaction, outer)
    return key
  })
  await blobs.bytes(key)
  await database.write((transaction) => blobs.release(transaction, key))
  await blobs.collect(0)
  await close()
  DatabaseSync.prototype.prepare = prepare
  return [...statements].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/i.test(sql))
}

/** Tables of one row, or of a row for each service. */
const small = /^SCAN (queue_counter|schema_version|sqlite_schema)\b/

test('no statement of the engine looks through a whole table', async () => {
  const statements = await statementsOfAllVerbs()
  const { database, close } = await sqlite.open(new VirtualClock())
  assert.ok(statements.length > 50, `${statements.length} statements`)
  for (const sql of statements) {
    const plan = await database.read((snapshot) =>
      snapshot.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...holes(sql)),
    )
    for (const { detail } of plan) {
      const isWalk = detail.startsWith('SCAN') && detail !== 'SCAN CONSTANT ROW' && !small.test(detail)
      // Reading a partial index from end to end reads only what it is about.
      assert.ok(!isWalk || detail.includes('USING INDEX blob_unreferenced'), `${detail}\n${sql}`)
      assert.ok(!detail.includes('TEMP B-TREE'), `${detail}\n${sql}`)
    }
  }
  await close()
})

test('a claim walks its queue in order, by the index of those in line', async () => {
  const statements = await statementsOfAllVerbs()
  const claim = statements.find((sql) =>
    /SELECT id, visible_at.*FROM queue_message\s+WHERE queue = \? AND state = 0/s.test(sql),
  )
  assert.ok(claim)
  const { database, close } = await sqlite.open(new VirtualClock())
  const plan = await database.read((snapshot) =>
    snapshot.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${claim}`, ...holes(claim)),
  )
  assert.deepEqual(
    plan.map(({ detail }) => detail),
    ['SEARCH queue_message USING INDEX queue_line (queue=? AND visible_at<?)'],
  )
  await close()
})

function holes(sql: string): null[] {
  const numbered = new Set(sql.match(/\?\d+/g))
  return Array.from({ length: numbered.size || (sql.match(/\?/g)?.length ?? 0) }, () => null)
}
