import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import type { WorkerChannel } from '../../src/contracts.ts'
import { SilenceWatch } from '../../src/invoke/silence-watch.ts'

/** A worker that answers for as long as it is `isAwake`. */
function fakeWorker() {
  const worker = {
    isAwake: true,
    pings: 0,
    lentConnections: 1,
    ping: () => {
      worker.pings++
      return worker.isAwake ? Promise.resolve() : Promise.reject(new Error('no answer'))
    },
  }
  return worker
}

const watched = (limitMs: number | undefined) => {
  const clock = new VirtualClock()
  const silent: unknown[] = []
  const watch = new SilenceWatch(clock, limitMs, (channel) => silent.push(channel))
  const worker = fakeWorker()
  const channel = worker as unknown as WorkerChannel
  watch.add(channel)
  return { clock, silent, watch, worker, channel }
}

test('a worker that says nothing for the time limit is told of, once', async () => {
  const { clock, silent, worker, channel } = watched(300_000)
  await clock.advance(600_000)
  assert.deepEqual(silent, [])
  worker.isAwake = false
  await clock.advance(290_000)
  assert.deepEqual(silent, [])
  await clock.advance(20_000)
  assert.deepEqual(silent, [channel])
  await clock.advance(600_000)
  assert.equal(silent.length, 1)
})

test('a worker without lent connections is left alone, and watched again when it has one', async () => {
  const { clock, silent, watch, worker, channel } = watched(60_000)
  worker.lentConnections = 0
  await clock.advance(600_000)
  assert.equal(worker.pings, 0)
  worker.lentConnections = 1
  worker.isAwake = false
  watch.add(channel)
  await clock.advance(80_000)
  assert.deepEqual(silent, [channel])
})

test('without a time limit nobody is asked', async () => {
  const { clock, worker } = watched(undefined)
  await clock.advance(3_600_000)
  assert.equal(worker.pings, 0)
})
