import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { newMeter, startMeter, telemetry } from './fixture.ts'

test('what functions did is written every few seconds, a row for each', async (t) => {
  const { clock, apps, run, report } = await startMeter(t)
  apps.push({ name: 'shop', workerProcessIds: [180], runningCount: 1 })
  run({ durationMs: 37 })
  run({ durationMs: 250, success: false })
  run({ functionName: 'stock', durationMs: 1 })
  await clock.advance(5000)
  const { functions } = await report()
  assert.deepEqual(
    functions.map(({ app, functionName, executions, failures, executionUnits }) => ({
      app,
      functionName,
      executions,
      failures,
      executionUnits,
    })),
    [
      { app: 'shop', functionName: 'orders', executions: 2, failures: 1, executionUnits: 256 * (100 + 250) },
      { app: 'shop', functionName: 'stock', executions: 1, failures: 0, executionUnits: 256 * 100 },
    ],
  )
  assert.equal(functions[0]?.memoryMb, 256)
  assert.equal(functions[0]?.duration.mean, 143.5)
  assert.equal(functions[0]?.duration.longest, 250)
})

test('counts of one minute are written again and again, and counted once', async (t) => {
  const { clock, run, report } = await startMeter(t)
  for (let index = 0; index < 30; index++) {
    run({})
    await clock.advance(5000)
  }
  assert.equal((await report()).total.executions, 30)
})

test('memory is shared out over what runs at the moment of the look', async (t) => {
  const { clock, apps, run, report } = await startMeter(t)
  apps.push({ name: 'shop', workerProcessIds: [600, 600], runningCount: 4 })
  run({ durationMs: 1000 })
  await clock.advance(5000)
  assert.equal((await report()).total.executionUnits, 384 * 1000)
})

test('an execution through several looks has the average of its own time', async (t) => {
  const { clock, apps, run, report } = await startMeter(t)
  const app = { name: 'shop', workerProcessIds: [100], runningCount: 1 }
  apps.push(app)
  await clock.advance(10_000)
  apps[0] = { ...app, workerProcessIds: [1000] }
  await clock.advance(10_000)
  run({ durationMs: 20_000 })
  await clock.advance(5000)
  // 5 s without a look do not count, then 5 s of 100 MB and 10 s of 1000 MB.
  assert.equal((await report()).total.executionUnits, 768 * 20_000)
})

test('without a worker to look at, the least memory is billed', async (t) => {
  const { clock, run, report } = await startMeter(t)
  run({ durationMs: 100 })
  await clock.advance(5000)
  assert.equal((await report()).total.executionUnits, 12_800)
})

test('apps of one name share their memory', async (t) => {
  const { clock, apps, run, report } = await startMeter(t)
  apps.push({ name: 'shop', workerProcessIds: [300], runningCount: 1 })
  apps.push({ name: 'shop', workerProcessIds: [300], runningCount: 1 })
  run({ durationMs: 100 })
  await clock.advance(5000)
  assert.equal((await report()).total.memoryMb, 384)
})

test('the rest is written at the end', async (t) => {
  const { meter, clock, run, report } = await startMeter(t)
  run({})
  await meter.close()
  assert.equal((await report()).total.executions, 1)
  run({})
  await clock.advance(60_000)
  assert.equal((await report()).total.executions, 1)
})

test('several runs of a host in one minute add up', async (t) => {
  const { meter, engine, clock, run, report } = await startMeter(t)
  run({})
  await meter.close()
  const second = newMeter({ engine, clock, log: new Logger(clock, []) }, [])
  second.invocation(telemetry(clock, {}))
  await second.close()
  assert.equal((await report()).total.executions, 2)
})

test('a clock that is set back loses no counts', async (t) => {
  const { clock, run, report } = await startMeter(t)
  run({})
  await clock.advance(60_000)
  run({ startTime: clock.now() - 3_600_000 })
  run({ startTime: clock.now() - 60_000 })
  await clock.advance(60_000)
  assert.equal((await report()).total.executions, 3)
})

test('what could not be written is tried again', async (t) => {
  const { clock, engine, records, run, report } = await startMeter(t)
  const fail = t.mock.method(engine.database, 'write', () => Promise.reject(new Error('The disk is full')))
  run({})
  await clock.advance(5000)
  run({})
  await clock.advance(5000)
  fail.mock.restore()
  assert.match(records.at(-1)?.message ?? '', /Usage could not be written.*The disk is full/)
  assert.equal((await report()).total.executions, 0)
  await clock.advance(5000)
  assert.equal((await report()).total.executions, 2)
})

const minuteMs = 60_000
const dayMs = 86_400_000

test('minutes become hours after two days, without a change of the sums', async (t) => {
  const { clock, engine, meter, run, report } = await startMeter(t)
  const start = clock.now() - 3 * dayMs
  for (let minute = 0; minute < 130; minute++) {
    run({ startTime: start + minute * minuteMs, durationMs: 5 + minute })
    run({ startTime: start + minute * minuteMs, functionName: 'stock' })
  }
  await meter.flush()
  const before = await report()
  await meter.tidy()
  const rows = await engine.database.read((snapshot) =>
    snapshot.all<{ minute: number; instance: string }>('SELECT minute, instance FROM functions_usage'),
  )
  assert.equal(rows.length, 6)
  assert.ok(rows.every(({ minute, instance }) => minute % 60 === 0 && instance === ''))
  assert.deepEqual((await report()).functions, before.functions)
})

test('minutes of the last two days stay as they are', async (t) => {
  const { clock, meter, run, report } = await startMeter(t)
  const start = clock.now() - 2 * dayMs + minuteMs
  run({ startTime: start })
  run({ startTime: start + minuteMs })
  await meter.flush()
  await meter.tidy()
  assert.equal((await report({ from: start + minuteMs })).total.executions, 1)
})

test('what is older than thirteen months is dropped', async (t) => {
  const { clock, meter, run, report } = await startMeter(t)
  run({ startTime: clock.now() - 402 * dayMs })
  run({ startTime: clock.now() - 380 * dayMs })
  await meter.flush()
  await meter.tidy()
  assert.equal((await report()).total.executions, 1)
})

test('old usage is tidied up by itself', async (t) => {
  const { clock, meter, run, report } = await startMeter(t)
  run({ startTime: clock.now() - 402 * dayMs })
  await meter.flush()
  await clock.advance(minuteMs)
  assert.equal((await report()).total.executions, 0)
})
