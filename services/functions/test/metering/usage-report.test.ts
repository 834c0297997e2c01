import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMeter } from './fixture.ts'

const start = Date.UTC(2026, 0, 31, 23, 0)

test('a span holds the minutes from its beginning to before its end', async (t) => {
  const { clock, run, report } = await startMeter(t, start)
  for (let minute = 0; minute < 10; minute++) {
    run({})
    await clock.advance(60_000)
  }
  assert.equal((await report({ from: start + 120_000, to: start + 300_000 })).total.executions, 3)
})

test('one app can be looked at alone', async (t) => {
  const { meter, run, report } = await startMeter(t)
  run({ app: 'shop' })
  run({ app: 'Billing' })
  await meter.flush()
  const { functions, total } = await report({ app: 'billing' })
  assert.deepEqual([functions.length, functions[0]?.app, total.executions], [1, 'Billing', 1])
})

test('functions come in order of app and name', async (t) => {
  const { meter, run, report } = await startMeter(t)
  for (const app of ['b', 'a']) for (const functionName of ['z', 'b']) run({ app, functionName })
  await meter.flush()
  const names = (await report()).functions.map(({ app, functionName }) => `${app}/${functionName}`)
  assert.deepEqual(names, ['a/b', 'a/z', 'b/b', 'b/z'])
})

test('the price is that of executions and GB-seconds, and free amounts are taken off each month', async (t) => {
  const { clock, meter, run, report } = await startMeter(t, start)
  // 128 MB for so long are 500 000 GB-seconds, 100 000 more than a month has free.
  const durationMs = 4_000_000_000
  run({ durationMs })
  await meter.flush()
  await clock.advance(2 * 3_600_000)
  run({ durationMs })
  await meter.flush()
  const { total, priceAfterFree, prices } = await report()
  assert.equal(total.gbSeconds, 1_000_000)
  assert.equal(total.price, (2 / 1e6) * prices.perMillionExecutions + 1_000_000 * prices.perGbSecond)
  assert.equal(priceAfterFree, 200_000 * prices.perGbSecond)
})

test('nothing used is a report of zeros', async (t) => {
  const { report } = await startMeter(t)
  const { functions, total, priceAfterFree } = await report()
  assert.deepEqual(functions, [])
  assert.deepEqual([total.executions, total.duration.p95, total.memoryMb, priceAfterFree], [0, 0, 0, 0])
})
