import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@aloft/kernel'

const dayMs = 86_400_000
/** The longest delay that Node's own timers keep. */
const nodeMaxMs = 2 ** 31 - 1

test('delays of any length are kept', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let count = 0
  systemClock.after(60 * dayMs, () => count++)
  // Not at once: a mocked timer that fires begins the next one at the end of the tick.
  for (const ms of [nodeMaxMs, nodeMaxMs, 60 * dayMs - 2 * nodeMaxMs - 1]) t.mock.timers.tick(ms)
  assert.equal(count, 0)
  t.mock.timers.tick(1)
  assert.equal(count, 1)
})

test('periods of any length are kept, until the timer is cancelled', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let count = 0
  const timer = systemClock.every(30 * dayMs, () => count++)
  for (let day = 0; day < 95; day++) t.mock.timers.tick(dayMs)
  assert.equal(count, 3)
  timer.cancel()
  for (let day = 0; day < 95; day++) t.mock.timers.tick(dayMs)
  assert.equal(count, 3)
})

test('a periodic timer may cancel itself', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let count = 0
  const timer = systemClock.every(10, () => {
    count++
    timer.cancel()
  })
  t.mock.timers.tick(100)
  assert.equal(count, 1)
})

test('a cancelled delay never fires', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const timer = systemClock.after(60 * dayMs, () => assert.fail('fired'))
  t.mock.timers.tick(40 * dayMs)
  timer.cancel()
  t.mock.timers.tick(40 * dayMs)
})

test('sleep ends in time, or with the reason of the signal', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sleeping = systemClock.sleep(1000)
  t.mock.timers.tick(1000)
  await sleeping
  const controller = new AbortController()
  const aborted = systemClock.sleep(1000, controller.signal)
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, /enough/)
  await assert.rejects(systemClock.sleep(1000, controller.signal), /enough/)
})

test('elapsed time never goes back', () => {
  const first = systemClock.elapsed()
  assert.ok(systemClock.elapsed() >= first)
  assert.ok(systemClock.now() > Date.UTC(2024, 0))
})
