/** What the health monitor makes of counters that a test makes up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, type LogRecord, systemClock } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { type Counter, readCounters, softLimit } from '../../src/health/counters.ts'
import { HealthMonitor } from '../../src/health/health-monitor.ts'

function fixture({ isEnabled = true, refusesWhenOverloaded = false } = {}) {
  const clock = new VirtualClock()
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  const app = {
    healthMonitor: { isEnabled, intervalMs: 10_000, windowMs: 120_000, threshold: 6, counterThreshold: 0.8 },
    refusesWhenOverloaded,
    isUp: true,
    calls: [] as string[],
    standDown: async (reason: string) => {
      app.isUp = false
      app.calls.push(reason)
    },
    comeBack: async () => {
      app.isUp = true
      app.calls.push('back')
    },
  }
  const memory = { used: 50, reads: 0 }
  const readMemory = async (): Promise<Counter[]> => {
    memory.reads++
    return [
      { name: 'Memory', value: memory.used, limit: 100 },
      { name: 'Processes', value: 1e9, limit: undefined },
    ]
  }
  const monitor = new HealthMonitor({ clock, log, app, readCounters: readMemory })
  const messages = () => records.map(({ message }) => message)
  return { clock, app, memory, monitor, messages }
}

test('a host that is well is left alone', async () => {
  const { clock, app, memory, monitor } = fixture()
  assert.equal(monitor.report.state, 'Unknown')
  memory.used = 80
  await clock.advance(3_600_000)
  assert.deepEqual([app.calls, monitor.report.state, monitor.report.unhealthyChecks], [[], 'Healthy', 0])
})

test('a counter above its threshold takes the app down until it is below', async () => {
  const { clock, app, memory, monitor, messages } = fixture()
  memory.used = 81
  await clock.advance(10_000)
  const reason = 'Host thresholds exceeded: [Memory].'
  assert.deepEqual(app.calls, [reason])
  assert.deepEqual(messages(), [`Host is unhealthy. Initiating a restart. ${reason}`])
  assert.deepEqual([monitor.report.state, monitor.report.exceededCounters], ['Unhealthy', ['Memory']])
  await clock.advance(30_000)
  assert.equal(app.calls.length, 1)
  memory.used = 40
  await clock.advance(10_000)
  assert.deepEqual(app.calls, [reason, 'back'])
  assert.equal(monitor.report.state, 'Healthy')
})

test('too many bad findings within the window are told once', async () => {
  const { clock, memory, messages } = fixture()
  memory.used = 99
  await clock.advance(60_000)
  assert.equal(messages().length, 1)
  await clock.advance(10_000)
  assert.match(
    messages().at(-1)!,
    /^Host unhealthy count exceeds the threshold of 6 for time window 00:02:00. Host thresholds/,
  )
  await clock.advance(50_000)
  assert.equal(messages().length, 2)
})

test('bad findings are forgotten after the window', async () => {
  const { clock, memory, monitor } = fixture()
  memory.used = 99
  await clock.advance(20_000)
  assert.equal(monitor.report.unhealthyChecks, 2)
  memory.used = 1
  await clock.advance(120_000)
  assert.equal(monitor.report.unhealthyChecks, 0)
})

test('what a change of files has brought up meanwhile is not loaded again', async () => {
  const { clock, app, memory } = fixture()
  memory.used = 99
  await clock.advance(10_000)
  memory.used = 1
  app.isUp = true
  await clock.advance(10_000)
  assert.equal(app.calls.includes('back'), false)
})

test('nothing is looked at while the app rests, after the end, or when host.json says so', async () => {
  const resting = fixture()
  resting.app.isUp = false
  await resting.clock.advance(60_000)
  const stopped = fixture()
  stopped.monitor.stop()
  await stopped.clock.advance(60_000)
  const disabled = fixture({ isEnabled: false })
  disabled.memory.used = 99
  await disabled.clock.advance(60_000)
  assert.deepEqual([resting.memory.reads, stopped.memory.reads, disabled.memory.reads], [0, 0, 0])
  assert.deepEqual([disabled.app.calls, disabled.monitor.report.state], [[], 'Unknown'])
})

test('an app that only refuses requests is looked at, and not taken down', async () => {
  const { clock, app, memory, monitor, messages } = fixture({
    isEnabled: false,
    refusesWhenOverloaded: true,
  })
  memory.used = 99
  await clock.advance(10_000)
  assert.deepEqual([app.calls, monitor.report.state], [[], 'Unhealthy'])
  assert.deepEqual(messages(), [
    'Thresholds for the following counters have been exceeded: [Memory]. HTTP requests are refused.',
  ])
  memory.used = 1
  await clock.advance(10_000)
  assert.deepEqual([monitor.report.state, messages().length], ['Healthy', 1])
})

test('the counters of this process are what they can be', async () => {
  // This process stands in for a worker.
  const counters = await readCounters(systemClock, [process.pid])
  const counterOf = (wanted: string) => counters.find(({ name }) => name === wanted)
  const { value: bytes, limit } = counterOf('Memory')!
  assert.ok(bytes > 10_000_000 && bytes < limit!)
  assert.equal(counterOf('EventLoop')!.limit, 5000)
  if (process.platform !== 'linux') return
  assert.equal(counterOf('Processes')!.value, 2)
  assert.ok(counterOf('Threads')!.value > 1)
  assert.ok(counterOf('OpenFiles')!.value > 2)
})

test('limits of the system are read from its list', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             96215                96215                processes ',
    'Max open files            1024                 524288               files     ',
    'Max locked memory         unlimited            unlimited            bytes     ',
  ].join('\n')
  assert.equal(softLimit(limits, 'Max open files'), 1024)
  assert.equal(softLimit(limits, 'Max processes'), 96_215)
  assert.equal(softLimit(limits, 'Max locked memory'), undefined)
})
