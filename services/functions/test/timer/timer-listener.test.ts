import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Database, Engine } from '@aloft/engine'
import { VirtualClock } from '@aloft/kernel/testing'
import {
  MachineClock,
  makeDirectory,
  makeEngine,
  makeHost,
  openEngineIn,
  pass,
  type Run,
  settle,
  startHost,
} from './timer-host.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

async function world(t: TestContext) {
  const clock = new VirtualClock()
  return { clock, engine: await makeEngine(t, clock) }
}

const times = (runs: readonly Run[]) => runs.map((run) => run.at)
const expired = AbortSignal.abort()
const patient = new AbortController().signal

test('a timer runs at each occurrence', async (t) => {
  const { clock, engine } = await world(t)
  const { runs } = await startHost({ engine, clock, binding: { schedule: '0 */20 * * * *' } })
  await pass(clock, engine, hourMs)
  assert.deepEqual(times(runs), ['00:20:00', '00:40:00', '01:00:00'])
})

test('the function is told what its timer knew before the run', async (t) => {
  const { clock, engine } = await world(t)
  const { runs } = await startHost({ engine, clock, binding: { schedule: '0 */20 * * * *' } })
  await pass(clock, engine, 40 * minuteMs)
  assert.equal(
    runs[0]?.data.json,
    '{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00",' +
      '"Next":"2026-01-01T00:20:00+00:00","LastUpdated":"2026-01-01T00:00:00+00:00"},"IsPastDue":false}',
  )
  assert.deepEqual(runs[1]?.timer.ScheduleStatus, {
    Last: '2026-01-01T00:20:00+00:00',
    Next: '2026-01-01T00:40:00+00:00',
    LastUpdated: '2026-01-01T00:20:00+00:00',
  })
  assert.equal(runs[1]?.reason, 'Timer fired at 2026-01-01T00:40:00.0000000+00:00')
  assert.equal(runs[1]?.details, undefined)
  assert.deepEqual(runs[1]?.metadata, { TimerTrigger: { string: '01/01/2026 00:40:00' } })
})

test('a TimeSpan of six days passes in virtual time', async (t) => {
  const { clock, engine } = await world(t)
  const { runs } = await startHost({ engine, clock, binding: { schedule: '6.00:00:00' } })
  await clock.advance(6 * dayMs)
  await settle(engine)
  assert.deepEqual(times(runs), ['6 00:00:00'])
})

test('the next occurrences are announced when the timer starts', async (t) => {
  const { clock, engine } = await world(t)
  const settings = { WEBSITE_TIME_ZONE: 'Eastern Standard Time' }
  const { records } = await startHost({ engine, clock, settings, binding: { schedule: '0 30 9 * * 1-5' } })
  const record = records.find(({ level }) => level === 'information')
  assert.equal(record?.category, 'Host.Triggers.Timer')
  assert.equal(
    record?.message,
    [
      "The next 5 occurrences of the 'Nightly' schedule (Cron: '0 30 9 * * 1-5') will be:",
      '01/01/2026 09:30:00-05:00 (01/01/2026 14:30:00Z)',
      '01/02/2026 09:30:00-05:00 (01/02/2026 14:30:00Z)',
      '01/05/2026 09:30:00-05:00 (01/05/2026 14:30:00Z)',
      '01/06/2026 09:30:00-05:00 (01/06/2026 14:30:00Z)',
      '01/07/2026 09:30:00-05:00 (01/07/2026 14:30:00Z)',
    ].join('\n'),
  )
})

test('runOnStartup runs at once, with the reason, and leaves the schedule alone', async (t) => {
  const { clock, engine } = await world(t)
  const { runs } = await startHost({
    engine,
    clock,
    binding: { schedule: '0 0 * * * *', runOnStartup: true },
  })
  await pass(clock, engine, hourMs)
  assert.deepEqual(times(runs), ['00:00:00', '01:00:00'])
  assert.deepEqual(runs[0]?.details, { UnscheduledInvocationReason: 'RunOnStartup' })
  assert.equal(runs[0]?.timer.IsPastDue, false)
})

test('after a crash one run makes up for all that were missed', async (t) => {
  const clock = new VirtualClock()
  const directory = await makeDirectory(t)
  const machine = new MachineClock(clock)
  const first = await openEngineIn(directory, clock)
  await startHost({ engine: first, clock: machine, binding: { schedule: '0 0 * * * *' } })
  await pass(clock, first, 90 * minuteMs)
  machine.kill()
  await first.close()

  await clock.advance(3 * hourMs)
  const engine = await openEngineIn(directory, clock)
  t.after(() => engine.close())
  const { runs } = await startHost({
    engine,
    clock,
    binding: { schedule: '0 0 * * * *', runOnStartup: true },
  })
  await pass(clock, engine, hourMs)
  assert.deepEqual(times(runs), ['04:30:00', '05:00:00'])
  assert.equal(runs[0]?.timer.IsPastDue, true)
  assert.equal(runs[0]?.timer.ScheduleStatus?.Last, '2026-01-01T01:00:00+00:00')
  assert.deepEqual(runs[0]?.details, {
    UnscheduledInvocationReason: 'IsPastDue',
    OriginalSchedule: '2026-01-01T02:00:00.0000000+00:00',
  })
  assert.equal(runs[1]?.timer.IsPastDue, false)
})

test('a restart before the next occurrence misses nothing and repeats nothing', async (t) => {
  const { clock, engine } = await world(t)
  const binding = { schedule: '0 0 * * * *' }
  const first = await startHost({ engine, clock, binding })
  await pass(clock, engine, 70 * minuteMs)
  await first.listener.stop(patient)
  await pass(clock, engine, 20 * minuteMs)
  const second = await startHost({ engine, clock, binding })
  await pass(clock, engine, hourMs)
  assert.deepEqual(times(second.runs), ['02:00:00'])
  assert.equal(second.runs[0]?.timer.ScheduleStatus?.Last, '2026-01-01T01:00:00+00:00')
})

test('a changed schedule starts without a past-due run', async (t) => {
  const { clock, engine } = await world(t)
  const first = await startHost({ engine, clock, binding: { schedule: '0 0 * * * *' } })
  await first.listener.stop(patient)
  await pass(clock, engine, 90 * minuteMs)
  const second = await startHost({ engine, clock, binding: { schedule: '0 */15 * * * *' } })
  await pass(clock, engine, 20 * minuteMs)
  assert.deepEqual(times(second.runs), ['01:45:00'])
  assert.equal(second.runs[0]?.timer.IsPastDue, false)
})

test('without useMonitor nothing is remembered', async (t) => {
  const { clock, engine } = await world(t)
  const binding = { schedule: '0 0 * * * *', useMonitor: false }
  const first = await startHost({ engine, clock, binding })
  await pass(clock, engine, hourMs)
  await first.listener.stop(patient)
  await pass(clock, engine, 90 * minuteMs)
  const second = await startHost({ engine, clock, binding })
  await pass(clock, engine, hourMs)
  assert.deepEqual(times(first.runs), ['01:00:00'])
  assert.deepEqual(times(second.runs), ['03:00:00'])
  assert.equal(second.runs[0]?.timer.ScheduleStatus, null)
})

test('a timer that runs more than once a minute is never monitored', async (t) => {
  const { clock, engine } = await world(t)
  const { runs } = await startHost({
    engine,
    clock,
    binding: { schedule: '*/30 * * * * *', useMonitor: true },
  })
  await pass(clock, engine, minuteMs)
  assert.deepEqual(times(runs), ['00:00:30', '00:01:00'])
  assert.equal(runs[0]?.timer.ScheduleStatus, null)
})

test('a run that takes longer than the interval is followed by one run, never joined by one', async (t) => {
  const { clock, engine } = await world(t)
  let running = 0
  let most = 0
  const handle = async () => {
    most = Math.max(most, ++running)
    await clock.sleep(2.5 * minuteMs)
    running--
  }
  const { runs } = await startHost({ engine, clock, handle, binding: { schedule: '0 * * * * *' } })
  await pass(clock, engine, 7 * minuteMs)
  assert.deepEqual(times(runs), ['00:01:00', '00:03:30', '00:06:00'])
  assert.equal(most, 1)
})

test('a failure neither stops nor shifts the schedule', async (t) => {
  const { clock, engine } = await world(t)
  const handle = () => {
    throw new Error('broken')
  }
  const { runs } = await startHost({ engine, clock, handle, binding: { schedule: '0 * * * * *' } })
  await pass(clock, engine, 3 * minuteMs)
  assert.deepEqual(times(runs), ['00:01:00', '00:02:00', '00:03:00'])
})

test('an occurrence that passes while the machine sleeps is made up for once', async (t) => {
  const clock = new VirtualClock()
  const machine = new MachineClock(clock)
  const engine = await makeEngine(t, machine)
  const { runs } = await startHost({ engine, clock: machine, binding: { schedule: '0 0 * * * *' } })
  await pass(clock, engine, 10 * minuteMs)
  machine.sleepMachine(8 * hourMs)
  await pass(clock, engine, 2 * minuteMs)
  assert.equal(runs.length, 1)
  assert.match(runs[0]?.at ?? '', /^08:1[01]:/)
  await pass(clock, engine, hourMs)
  assert.equal(runs[1]?.at, '09:00:00')
})

test('of two hosts one runs the timer', async (t) => {
  const { clock, engine } = await world(t)
  const runs: Run[] = []
  for (const name of ['A', 'B']) {
    await startHost({ name, engine, clock, runs, binding: { schedule: '0 * * * * *' } })
  }
  await pass(clock, engine, 5 * minuteMs)
  assert.deepEqual(times(runs), ['00:01:00', '00:02:00', '00:03:00', '00:04:00', '00:05:00'])
})

test('a host that joins keeps step with the others, useMonitor or not', async (t) => {
  const { clock, engine } = await world(t)
  const runs: Run[] = []
  const binding = { schedule: '00:00:30' }
  await startHost({ name: 'A', engine, clock, runs, binding })
  await pass(clock, engine, 40_000)
  await startHost({ name: 'B', engine, clock, runs, binding })
  await pass(clock, engine, minuteMs)
  assert.deepEqual(times(runs), ['00:00:30', '00:01:00', '00:01:30'])
})

test('a host does not join the run of another', async (t) => {
  const { clock, engine } = await world(t)
  const runs: Run[] = []
  const handle = () => clock.sleep(2.5 * minuteMs)
  for (const name of ['A', 'B']) {
    await startHost({ name, engine, clock, runs, handle, binding: { schedule: '0 * * * * *' } })
  }
  await pass(clock, engine, 7 * minuteMs)
  assert.deepEqual(times(runs), ['00:01:00', '00:03:30', '00:06:00'])
  assert.ok(runs.every((run) => !run.timer.IsPastDue))
})

test('an occurrence that another host is too busy for runs as soon as that one is done', async (t) => {
  const { clock, engine } = await world(t)
  const runs: Run[] = []
  const handle = (run: Run) => (run.host === 'B' ? clock.sleep(2.9 * minuteMs) : undefined)
  const binding = { schedule: '0 * * * * *' }
  await startHost({ name: 'A', engine, clock, runs, handle, binding })
  await pass(clock, engine, 30_000)
  const options = { name: 'B', engine, clock, runs, handle }
  const second = await startHost({ ...options, binding: { ...binding, runOnStartup: true } })
  const stopping = second.listener.stop(patient)
  await pass(clock, engine, 3 * minuteMs)
  await stopping
  assert.deepEqual(
    runs.map((run) => [run.host, run.at, run.timer.IsPastDue]),
    [
      ['B', '00:00:30', false],
      ['A', '00:03:24', false],
    ],
  )
})

test('when a host dies the other one runs the next occurrence in time', async (t) => {
  const { clock, engine } = await world(t)
  const machine = new MachineClock(clock)
  const runs: Run[] = []
  const binding = { schedule: '0 */2 * * * *' }
  await startHost({ name: 'A', engine, clock: machine, runs, binding })
  await startHost({ name: 'B', engine, clock, runs, binding })
  await pass(clock, engine, 3 * minuteMs)
  machine.kill()
  await pass(clock, engine, 3 * minuteMs)
  assert.deepEqual(times(runs), ['00:02:00', '00:04:00', '00:06:00'])
  assert.deepEqual(
    runs.slice(1).map((run) => [run.host, run.timer.IsPastDue]),
    [
      ['B', false],
      ['B', false],
    ],
  )
})

test('a host that dies over a run is replaced when its lease runs out, and its word counts no more', async (t) => {
  const clock = new VirtualClock()
  const machine = new MachineClock(clock)
  const engine = await makeEngine(t, clock)
  const runs: Run[] = []
  const binding = { schedule: '0 0 * * * *' }
  const handle = (run: Run) => (run.host === 'A' ? clock.sleep(30 * minuteMs) : undefined)
  const stalled = await startHost({ name: 'A', engine, clock: machine, runs, handle, binding })
  await pass(clock, engine, hourMs + 45_000)
  machine.kill()
  await startHost({ name: 'B', engine, clock, runs, handle, binding })
  await pass(clock, engine, 40 * minuteMs)
  assert.deepEqual(
    runs.map((run) => [run.host, run.at, run.timer.IsPastDue]),
    [
      ['A', '01:00:00', false],
      ['B', '01:01:30', true],
    ],
  )
  const status = await engine.database.read((snapshot) =>
    snapshot.get<{ last_run: string }>('SELECT last_run FROM timers_status'),
  )
  assert.equal(status?.last_run, '2026-01-01T01:01:30+00:00')
  assert.match(stalled.records.at(-1)?.message ?? '', /failed to update the timer trigger status/)
})

test('host.json says how soon a host that died over a run is replaced', async (t) => {
  const clock = new VirtualClock()
  const machine = new MachineClock(clock)
  const engine = await makeEngine(t, clock)
  const runs: Run[] = []
  const options = {
    engine,
    runs,
    binding: { schedule: '0 0 * * * *' },
    listenerLock: { periodMs: 20_000, recoveryMs: 15_000 },
    handle: (run: Run) => (run.host === 'A' ? clock.sleep(30 * minuteMs) : undefined),
  }
  await startHost({ ...options, name: 'A', clock: machine })
  await startHost({ ...options, name: 'B', clock })
  await pass(clock, engine, hourMs + 5000)
  machine.kill()
  await pass(clock, engine, minuteMs)
  assert.deepEqual(
    runs.map((run) => [run.host, run.at, run.timer.IsPastDue]),
    [
      ['A', '01:00:00', false],
      ['B', '01:00:20', true],
    ],
  )
})

test('a host that waits for another one takes over its run as past due', async (t) => {
  const { clock, engine } = await world(t)
  const machine = new MachineClock(clock)
  const runs: Run[] = []
  const binding = { schedule: '0 0 * * * *' }
  const handle = (run: Run) => (run.host === 'A' ? new Promise<void>(() => undefined) : undefined)
  await startHost({ name: 'A', engine, clock: machine, runs, handle, binding })
  await startHost({ name: 'B', engine, clock, runs, handle, binding })
  await pass(clock, engine, hourMs + 10_000)
  machine.kill()
  await pass(clock, engine, 2 * minuteMs)
  assert.deepEqual(
    runs.map((run) => [run.host, run.at, run.timer.IsPastDue]),
    [
      ['A', '01:00:00', false],
      ['B', '01:01:00', true],
    ],
  )
})

test('stop waits for the run in hand, and starts no other', async (t) => {
  const { clock, engine } = await world(t)
  const handle = () => clock.sleep(10 * minuteMs)
  const { listener, runs } = await startHost({ engine, clock, handle, binding: { schedule: '0 0 * * * *' } })
  await pass(clock, engine, hourMs + minuteMs)
  let isStopped = false
  const stopping = listener.stop(patient).then(() => {
    isStopped = true
  })
  await pass(clock, engine, 5 * minuteMs)
  assert.equal(isStopped, false)
  await pass(clock, engine, 5 * minuteMs)
  await stopping
  await pass(clock, engine, 2 * hourMs)
  assert.deepEqual(times(runs), ['01:00:00'])
  assert.equal(clock.pendingCount, 0)
})

test('a host in a hurry does not wait, but keeps others from joining the run', async (t) => {
  const { clock, engine } = await world(t)
  const binding = { schedule: '0 0 * * * *', runOnStartup: true }
  const handle = () => clock.sleep(10 * minuteMs)
  const first = await startHost({ engine, clock, handle, binding })
  await first.listener.stop(expired)
  const second = await startHost({ name: 'B', engine, clock, binding })
  await pass(clock, engine, 9 * minuteMs)
  assert.deepEqual(times(second.runs), [])
  await pass(clock, engine, 2 * minuteMs)
  assert.deepEqual(times(second.runs), ['00:10:00'])
})

test('stopping before the lease comes ends the wait', async (t) => {
  const { clock, engine } = await world(t)
  const binding = { schedule: '0 * * * * *' }
  await startHost({ name: 'A', engine, clock, binding })
  const second = await startHost({ name: 'B', engine, clock, binding })
  await second.listener.stop(patient)
  await pass(clock, engine, 5 * minuteMs)
  assert.deepEqual(second.runs, [])
})

test('a host that stops while it asks for its turn does not take it, and leaves it to others', async (t) => {
  const { clock, engine } = await world(t)
  const binding = { schedule: '0 0 * * * *', runOnStartup: true }
  const first = makeHost({ engine, clock, binding })
  await first.listener.start()
  await first.listener.stop(patient)
  const second = await startHost({ engine, clock, binding })
  assert.deepEqual([first.runs.length, second.runs.length], [0, 1])
})

test('a listener that was never started can be stopped', async (t) => {
  const { clock, engine } = await world(t)
  await makeHost({ engine, clock, binding: { schedule: '0 * * * * *' } }).listener.stop(patient)
  await settle(engine)
  assert.equal(clock.pendingCount, 0)
})

/** The engine, with a database that can be broken. */
function breakable(engine: Engine) {
  const state = { isBroken: false }
  const { database } = engine
  const flaky: Database = {
    write: (work) => (state.isBroken ? Promise.reject(new Error('disk full')) : database.write(work)),
    read: (work) => database.read(work),
    migrate: (migration) => database.migrate(migration),
    listen: (topic, listener) => database.listen(topic, listener),
    close: () => database.close(),
  }
  return { state, engine: { ...engine, database: flaky } }
}

test('a database that fails for a while delays the timer and does not end it', async (t) => {
  const { clock, engine } = await world(t)
  const broken = breakable(engine)
  const { runs, records } = await startHost({
    engine: broken.engine,
    clock,
    binding: { schedule: '0 * * * * *' },
  })
  await pass(clock, engine, 50_000)
  broken.state.isBroken = true
  await pass(clock, engine, 12_500)
  broken.state.isBroken = false
  await pass(clock, engine, minuteMs)
  assert.deepEqual(times(runs), ['00:01:03', '00:02:00'])
  assert.ok(records.some(({ message }) => message === "The timer of 'Nightly' failed: disk full"))
})

test('a run keeps its lease when a renewal fails for a while', async (t) => {
  const { clock, engine } = await world(t)
  const broken = breakable(engine)
  const runs: Run[] = []
  const handle = () => clock.sleep(2 * minuteMs)
  const binding = { schedule: '0 0 * * * *' }
  await startHost({ name: 'A', engine: broken.engine, clock, runs, handle, binding })
  await startHost({ name: 'B', engine, clock, runs, handle, binding })
  await pass(clock, engine, hourMs + 25_000)
  broken.state.isBroken = true
  await pass(clock, engine, 20_000)
  broken.state.isBroken = false
  await pass(clock, engine, 5 * minuteMs)
  assert.deepEqual(
    runs.map((run) => [run.host, run.at]),
    [['A', '01:00:00']],
  )
})
