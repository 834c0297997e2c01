/** The processes of an app: shared out, replaced, given up, stopped. No process is real, and time is turned. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { RpcFunctionMetadata } from '@aloft/wire'
import type { AppConfiguration } from '../../src/contracts.ts'
import { WorkerPool } from '../../src/worker/pool.ts'
import { FakeLauncher } from './fake-launcher.ts'

interface Fixture {
  readonly pool: WorkerPool
  readonly launcher: FakeLauncher
  readonly clock: VirtualClock
  readonly logged: LogRecord[]
  /** Errors in the log. */
  errors(): string[]
  idleCount: number
}

function fixture(options: { processCount?: number; idleStopMs?: number } = {}): Fixture {
  const clock = new VirtualClock()
  const launcher = new FakeLauncher()
  const logged: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => logged.push(record) }])
  const self: Fixture = {
    pool: new WorkerPool({
      // The pool reads nothing else of an app.
      app: { runtime: 'node' } as AppConfiguration,
      launcher,
      clock,
      log,
      processCount: options.processCount ?? 1,
      idleStopMs: options.idleStopMs,
      onIdle: () => self.idleCount++,
      onLog: () => {},
      onLentRun: () => ({ end() {} }),
      onLentRan() {},
      onConsole: () => {},
    }),
    launcher,
    clock,
    logged,
    errors: () => logged.filter(({ level }) => level === 'error').map(({ message }) => message),
    idleCount: 0,
  }
  return self
}

const pidOf = async (pool: WorkerPool) => (await pool.acquire()).processId
const metadata = (name: string): RpcFunctionMetadata => ({
  name,
  functionId: name,
  bindings: {},
  rawBindings: [],
})

test('the first process is started once, however many ask for it', async () => {
  const { pool, launcher } = fixture()
  await pool.start()
  assert.deepEqual(await Promise.all([pidOf(pool), pidOf(pool)]), [1, 1])
  launcher.workers[0]!.end(1)
  assert.deepEqual(await Promise.all([pidOf(pool), pidOf(pool), pidOf(pool)]), [2, 2, 2])
  assert.equal(launcher.workers.length, 2)
})

test('several processes take turns', async () => {
  const { pool, clock } = fixture({ processCount: 3 })
  await pool.start()
  assert.deepEqual(pool.processIds, [1])
  await pool.load([])
  await clock.advance(0)
  assert.deepEqual(pool.processIds, [1, 2, 3])
  const turns = [await pidOf(pool), await pidOf(pool), await pidOf(pool), await pidOf(pool)]
  assert.deepEqual(turns, [2, 3, 1, 2])
})

test('every process is told of the functions that the host has found', async () => {
  const { pool, launcher, clock } = fixture({ processCount: 2 })
  await pool.start()
  await pool.load([metadata('one'), metadata('two')])
  await clock.advance(0)
  launcher.workers[0]!.end(1)
  await clock.advance(0)
  assert.deepEqual(
    launcher.workers.map(({ calls }) => calls),
    [['load one,two'], ['load one,two'], ['load one,two']],
  )
})

test('a process that dies is replaced at once, then after growing pauses, then no more', async () => {
  const { pool, launcher, clock, errors } = fixture()
  await pool.start()
  const startedAfter: number[] = []
  for (let death = 1; death <= 3; death++) {
    const diedAt = clock.now()
    const count = launcher.workers.length
    launcher.workers.at(-1)!.end(1)
    while (launcher.workers.length === count) await clock.advance(1)
    startedAfter.push(clock.now() - diedAt)
    await clock.advance(0)
  }
  assert.deepEqual(startedAfter, [0, 250, 500])
  launcher.workers.at(-1)!.end(1)
  await clock.advance(60_000)
  assert.equal(launcher.workers.length, 4)
  assert.match(errors().at(-1)!, /^Exceeded language worker restart retry count for runtime:node/)
})

test('who asks for a process while every one dies is refused for half a minute, then one more is tried', async () => {
  const { pool, launcher, clock } = fixture()
  await pool.start()
  launcher.onLaunch = (worker) => queueMicrotask(() => worker.end(1))
  launcher.workers[0]!.end(1)
  await clock.advance(1000)
  assert.equal(launcher.workers.length, 4)
  await assert.rejects(pidOf(pool), /every new worker process dies/)
  await clock.advance(28_000)
  await assert.rejects(pidOf(pool), /every new worker process dies/)
  assert.equal(launcher.workers.length, 4)
  await clock.advance(2000)
  launcher.onLaunch = (worker) => worker.loaded()
  assert.equal(await pidOf(pool), 5)
})

test('after useful work deaths are counted anew', async () => {
  const { pool, launcher, clock } = fixture()
  await pool.start()
  for (let death = 1; death <= 10; death++) {
    pool.worked()
    launcher.workers.at(-1)!.end(1)
    await clock.advance(0)
  }
  assert.equal(launcher.workers.length, 11)
})

test('a process that asks to be started again has not failed', async () => {
  const { pool, launcher, clock, errors } = fixture()
  await pool.start()
  for (let end = 1; end <= 6; end++) {
    launcher.workers.at(-1)!.end(200)
    await clock.advance(0)
  }
  assert.deepEqual([launcher.workers.length, errors()], [7, []])
})

test('how a process ended is in the log', async () => {
  const { pool, launcher, clock, errors } = fixture()
  await pool.start()
  launcher.workers[0]!.end(3)
  await clock.advance(0)
  launcher.workers[1]!.end(null, 'SIGSEGV')
  assert.deepEqual(errors(), [
    'Language Worker Process exited. Pid=1. It ended with code 3.',
    'Language Worker Process exited. Pid=2. It ended with signal SIGSEGV.',
  ])
})

test('a process whose app does not start any more is ended, and counts as dead', async () => {
  const { pool, launcher, clock, errors } = fixture()
  await pool.start()
  launcher.onLaunch = (worker) => worker.loaded({ error: { message: 'no database', stackTrace: '' } })
  launcher.workers[0]!.end(1)
  await clock.advance(60_000)
  assert.deepEqual(
    launcher.workers.slice(1).map(({ calls }) => calls),
    Array(3).fill(['kill: its app did not start']),
  )
  assert.equal(errors().filter((message) => message === 'no database').length, 3)
  assert.deepEqual(pool.processIds, [])
})

test('files that break while the app runs are told once', async () => {
  const { pool, launcher, clock, errors } = fixture()
  const broken = (file: string) => ({ file, error: { message: `${file} is broken`, stackTrace: '' } })
  launcher.onLaunch = (worker) => worker.loaded({ brokenFiles: [broken('a.js')] })
  await pool.start()
  launcher.onLaunch = (worker) => worker.loaded({ brokenFiles: [broken('a.js'), broken('b.js')] })
  for (let end = 1; end <= 2; end++) {
    launcher.workers.at(-1)!.end(200)
    await clock.advance(0)
  }
  // That of the first process is told by who started it.
  assert.deepEqual(errors(), ['b.js is broken'])
})

test('a process that hangs is killed and replaced, which is no death', async () => {
  const { pool, launcher, clock, errors } = fixture()
  await pool.start()
  for (let hang = 1; hang <= 6; hang++) {
    pool.recycle(await pool.acquire(), 'too long')
    await clock.advance(0)
  }
  assert.deepEqual(launcher.workers[0]!.calls, ['kill: too long'])
  assert.deepEqual([launcher.workers.length, errors()], [7, []])
})

test('a stopped pool starts nothing any more, also when it was about to', async () => {
  const { pool, launcher, clock } = fixture()
  await pool.start()
  launcher.workers[0]!.end(1)
  await clock.advance(0)
  launcher.workers[1]!.end(1)
  const waiting = assert.rejects(pidOf(pool), /The app is stopping/)
  await pool.stop()
  await waiting
  await clock.advance(60_000)
  assert.equal(launcher.workers.length, 2)
  await assert.rejects(pidOf(pool), /The app is stopping/)
})

test('stopping kills a process that is still loading, for it would not hear that it is to end', async () => {
  const { pool, launcher } = fixture()
  launcher.onLaunch = () => {}
  const starting = assert.rejects(pool.start(), /ended with SIGKILL/)
  await pool.stop()
  await starting
  assert.match(launcher.workers[0]!.calls[0]!, /^kill/)
})

test('idleness is told when no process was asked for in a while and none has work in hand', async () => {
  const self = fixture({ idleStopMs: 10_000 })
  const { pool, launcher, clock } = self
  await pool.start()
  await clock.advance(9000)
  await pool.acquire()
  launcher.workers[0]!.outstanding = 1
  await clock.advance(60_000)
  assert.equal(self.idleCount, 0)
  launcher.workers[0]!.outstanding = 0
  await clock.advance(5000)
  assert.equal(self.idleCount, 1)
})

test('a pool that rests has no process, does not call that a death, and starts one when it is asked', async () => {
  const { pool, launcher, clock, errors } = fixture({ idleStopMs: 10_000 })
  await pool.start()
  pool.rest()
  await clock.advance(60_000)
  assert.deepEqual([launcher.workers[0]!.calls, pool.processIds, errors()], [['terminate'], [], []])
  assert.equal(await pidOf(pool), 2)
})
