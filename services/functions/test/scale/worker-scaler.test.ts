/** More processes for an app whose workers answer late. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { AppConfiguration } from '../../src/contracts.ts'
import { isWorkerScaling, processCountOf } from '../../src/scale/process-count.ts'
import { WorkerScaler } from '../../src/scale/worker-scaler.ts'
import { WorkerPool } from '../../src/worker/pool.ts'
import { FakeLauncher } from '../worker/fake-launcher.ts'

async function fixture(options: { memoryLimit?: number; workerBytes?: number } = {}) {
  const clock = new VirtualClock()
  const launcher = new FakeLauncher()
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  const late = { ms: 0 }
  launcher.onLaunch = (worker) => {
    worker.onPing = () => clock.sleep(late.ms)
    worker.loaded()
  }
  const pool = new WorkerPool({
    app: { runtime: 'node' } as AppConfiguration,
    launcher,
    clock,
    log,
    processCount: 1,
    idleStopMs: undefined,
    onIdle: () => {},
    onLog: () => {},
    onLentRun: () => ({ end() {} }),
    onLentRan() {},
    onConsole: () => {},
  })
  await pool.start()
  const scaler = new WorkerScaler({
    pool,
    clock,
    log,
    readings: {
      ownCpuMs: () => 0,
      cpuMs: () => 0,
      ownResidentBytes: () => 100,
      residentBytes: () => options.workerBytes ?? 100,
    },
    memoryLimit: options.memoryLimit,
  })
  const messages = () => records.map(({ message }) => message)
  return { clock, pool, scaler, late, messages, count: () => pool.processIds.length }
}

test('workers that answer in time stay as many as they are', async () => {
  const { clock, late, count } = await fixture()
  late.ms = 99
  await clock.advance(600_000)
  assert.equal(count(), 1)
})

test('late answers bring another worker after a minute, and every 20 seconds one more, up to ten', async () => {
  const { clock, late, count, messages } = await fixture()
  late.ms = 100
  await clock.advance(60_000)
  assert.equal(count(), 1)
  await clock.advance(1000)
  assert.equal(count(), 2)
  assert.ok(
    messages().includes('A new worker will be added, overloaded workers = 1, initialized workers = 1 '),
  )
  await clock.advance(20_000)
  assert.equal(count(), 3)
  await clock.advance(600_000)
  assert.equal(count(), 10)
})

test('two late answers in six are enough, one is not', async () => {
  const { clock, late, count } = await fixture()
  const round = async (ms: number) => {
    late.ms = ms
    await clock.advance(10_000)
  }
  for (const ms of [0, 0, 0, 0, 0, 200, 0, 0, 0]) await round(ms)
  assert.equal(count(), 1)
  await round(200)
  await clock.advance(1000)
  assert.equal(count(), 2)
})

test('a worker that never answers is late', async () => {
  const { clock, pool, count } = await fixture()
  for (const channel of pool.channels)
    channel.ping = () => clock.sleep(10_000).then(() => Promise.reject(new Error()))
  await clock.advance(150_000)
  assert.ok(count() > 1)
})

test('no worker is added for which there is no memory', async () => {
  const { clock, late, count, messages } = await fixture({ memoryLimit: 300 })
  late.ms = 500
  await clock.advance(200_000)
  assert.equal(count(), 1)
  assert.ok(messages().some((message) => message.startsWith('Starting new language worker canceled')))
})

test('after a rest the app begins with one worker again', async () => {
  const { clock, pool, late, count } = await fixture()
  late.ms = 200
  await clock.advance(65_000)
  assert.equal(count(), 2)
  pool.rest()
  assert.equal(count(), 0)
  await pool.acquire()
  pool.fill()
  await clock.advance(1)
  assert.equal(count(), 1)
})

test('a stopped scaler asks nobody any more', async () => {
  const { clock, scaler, late, count } = await fixture()
  scaler.stop()
  late.ms = 500
  await clock.advance(600_000)
  assert.equal(count(), 1)
})

test('it is asked for by its setting, and gives way to a fixed number of processes', () => {
  const app = (settings: Record<string, string>, runtime = 'node') =>
    ({
      runtime,
      host: {},
      context: { setting: (name: string) => settings[name] },
    }) as unknown as AppConfiguration
  const setting = 'FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED'
  assert.deepEqual(
    [app({}), app({ [setting]: '0' }), app({ [setting]: 'True' }), app({ [setting]: '1' })].map(
      isWorkerScaling,
    ),
    [false, false, true, true],
  )
  assert.equal(isWorkerScaling(app({ [setting]: '1' }, 'custom')), false)
  const fixed = app({ [setting]: '1', FUNCTIONS_WORKER_PROCESS_COUNT: '3' })
  assert.deepEqual([isWorkerScaling(fixed), processCountOf(fixed)], [false, 3])
  assert.equal(processCountOf(app({ FUNCTIONS_WORKER_PROCESS_COUNT: '99' })), 10)
})
