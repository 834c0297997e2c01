import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConcurrencySnapshots } from '../../src/scale/concurrency-snapshots.ts'
import { cpuMsOf } from '../../src/scale/process-readings.ts'
import { sqliteDatabase } from '../keys/sqlite-database.ts'

test('a snapshot is read as it was written, each app its own', async (t) => {
  const database = sqliteDatabase()
  t.after(() => database.close())
  const shop = new ConcurrencySnapshots({ database }, 'shop')
  assert.equal(await shop.read(), undefined)
  const snapshot = { coreCount: 2, concurrencies: new Map([['Orders', 7]]) }
  await shop.write(snapshot, Date.UTC(2026, 0, 1))
  await shop.write(snapshot, Date.UTC(2026, 0, 2))
  assert.deepEqual(await shop.read(), snapshot)
  assert.equal(await new ConcurrencySnapshots({ database }, 'other').read(), undefined)
  const row = await database.read((rows) =>
    rows.get<{ snapshot: string }>('SELECT snapshot FROM functions_concurrency WHERE host_id = ?', 'shop'),
  )
  assert.deepEqual(JSON.parse(row?.snapshot ?? ''), {
    Timestamp: '2026-01-02T00:00:00.000Z',
    NumberOfCores: 2,
    FunctionSnapshots: { 'Host.Functions.Orders': { Concurrency: 7 } },
  })
})

test('CPU time is read from behind a program name with blanks and parentheses', () => {
  const stat = '42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 100 1 1'
  assert.equal(cpuMsOf(stat), 3000)
})
