/** Dynamic concurrency of an app, between triggers that ask and a host whose load a test makes up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InvocationInput, type InvocationResult, Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { ConcurrencySnapshot } from '../../src/scale/concurrency-snapshots.ts'
import { DynamicConcurrency } from '../../src/scale/dynamic-concurrency.ts'
import { LoadMonitor } from '../../src/scale/load-monitor.ts'

const input: InvocationInput = { data: {}, reason: 'test' }
const configuration = {
  isDynamic: true,
  keepsSnapshots: true,
  maximumPerFunction: 100,
  cpuThreshold: 0.8,
  memoryThreshold: 0.5,
  totalMemoryBytes: undefined as number | undefined,
}

interface Setup {
  readonly kept?: ConcurrencySnapshot
  readonly totalMemoryBytes?: number
  readonly isPrimary?: boolean
}

async function fixture({ kept, totalMemoryBytes, isPrimary = true }: Setup = {}) {
  const clock = new VirtualClock()
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  /** What the processes use: shares of one core. */
  const load = { host: 0, worker: 0, residentBytes: 0, samples: 0 }
  let hostMs = 0
  let workerMs = 0
  const metered = clock.every(100, () => {
    hostMs += 100 * load.host
    workerMs += 100 * load.worker
  })
  const written: ConcurrencySnapshot[] = []
  const settings = { ...configuration, totalMemoryBytes }
  const concurrency = new DynamicConcurrency({
    clock,
    log,
    configuration: settings,
    monitor: new LoadMonitor({
      clock,
      limits: settings,
      coreCount: 2,
      workerProcessIds: () => [4711],
      readings: {
        ownCpuMs() {
          load.samples++
          return hostMs
        },
        cpuMs: () => workerMs,
        ownResidentBytes: () => load.residentBytes,
        residentBytes: () => 0,
      },
    }),
    snapshots: {
      read: async () => kept,
      write: async (snapshot) => void written.push(snapshot),
    },
    coreCount: 2,
    isPrimary: () => isPrimary,
  })
  await concurrency.start()
  return { clock, records, load, written, concurrency, metered }
}

/** A trigger with more messages than it will ever get done, each of which takes `durationMs`. */
function busyTrigger(concurrency: DynamicConcurrency, clock: VirtualClock, durationMs: number) {
  let pending = 0
  const { concurrency: gate, invoke } = concurrency.trigger('Orders', async () => {
    await clock.sleep(durationMs)
    return { durationMs } as InvocationResult
  })
  const fetch = () => {
    for (let count = gate.available(pending); count > 0; count--) {
      pending++
      void invoke(input).then(() => {
        pending--
        fetch()
      })
    }
  }
  gate.onAvailable(fetch)
  fetch()
  return { running: () => pending, gate }
}

test('a trigger gets more and more while the machine bears it', async () => {
  const { clock, concurrency, load } = await fixture()
  const { running } = busyTrigger(concurrency, clock, 200)
  assert.equal(running(), 1)
  load.host = 0.5
  await clock.advance(60_000)
  assert.ok(running() > 10, `${running()} run`)
})

test('a processor with too much to do closes the gate, which opens again when it is over', async () => {
  const { clock, concurrency, load, records } = await fixture()
  const { running } = busyTrigger(concurrency, clock, 200)
  await clock.advance(40_000)
  load.worker = 2
  let most = 0
  for (let second = 0; second < 10; second++) {
    await clock.advance(1000)
    most = Math.max(most, running())
  }
  assert.equal(running(), 0)
  assert.ok(records.some(({ message }) => /Decreasing concurrency \(Enabled throttles: CPU\)/.test(message)))
  load.worker = 0
  await clock.advance(8000)
  assert.ok(running() > 0 && running() < most, `${running()} run after ${most}`)
})

test('memory closes the gate only when host.json says how much there is', async () => {
  const limited = await fixture({ totalMemoryBytes: 1000 })
  const { gate } = busyTrigger(limited.concurrency, limited.clock, 200)
  limited.load.residentBytes = 400
  await limited.clock.advance(3000)
  assert.equal(gate.available(0) >= 0, true)
  limited.load.residentBytes = 600
  await limited.clock.advance(3000)
  assert.equal(gate.available(0), 0)

  const unlimited = await fixture()
  unlimited.load.residentBytes = 1e12
  const other = busyTrigger(unlimited.concurrency, unlimited.clock, 200)
  await unlimited.clock.advance(3000)
  assert.equal(other.running(), 1)
})

test('triggers of one name share one number', async () => {
  const { concurrency } = await fixture()
  const { promise, resolve } = Promise.withResolvers<InvocationResult>()
  const one = concurrency.trigger('Shared', () => promise)
  const other = concurrency.trigger('Shared', () => promise)
  assert.equal(other.concurrency.available(0), 1)
  const running = one.invoke(input)
  assert.equal(other.concurrency.available(0), 0)
  resolve({ durationMs: 1 } as InvocationResult)
  await running
  assert.equal(other.concurrency.available(0), 1)
})

test('nothing is looked at while nobody asks and nothing runs', async () => {
  const { clock, concurrency, load } = await fixture()
  const { concurrency: gate } = concurrency.trigger('Orders', async () => ({}) as InvocationResult)
  gate.available(0)
  await clock.advance(60_000)
  const { samples } = load
  assert.ok(samples <= 10, `${samples} samples`)
  await clock.advance(600_000)
  assert.equal(load.samples, samples)
})

test('a start begins where the one before ended, for the cores that this machine has', async () => {
  const concurrencies = new Map([
    ['Orders', 12],
    ['Huge', 1000],
  ])
  const { concurrency } = await fixture({ kept: { coreCount: 4, concurrencies } })
  const invoke = async () => ({}) as InvocationResult
  assert.equal(concurrency.trigger('Orders', invoke).concurrency.available(0), 6)
  assert.equal(concurrency.trigger('Huge', invoke).concurrency.available(0), 1)
  assert.equal(concurrency.trigger('New', invoke).concurrency.available(0), 1)
})

test('what was found out is written when it changes, and at the end, by the primary host alone', async () => {
  const { clock, concurrency, written } = await fixture()
  busyTrigger(concurrency, clock, 200)
  await clock.advance(20_500)
  const { length } = written
  assert.ok(length >= 1)
  await concurrency.stop()
  await concurrency.stop()
  assert.ok(written.length <= length + 1)
  assert.ok(written.at(-1)!.concurrencies.get('Orders')! > 1)

  const secondary = await fixture({ isPrimary: false })
  busyTrigger(secondary.concurrency, secondary.clock, 200)
  await secondary.clock.advance(30_000)
  assert.deepEqual(secondary.written, [])
})
