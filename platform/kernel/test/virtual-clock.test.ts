import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'

test('timers fire in order of time, with the clock showing their time', async () => {
  const clock = new VirtualClock(0)
  const seen: string[] = []
  clock.after(20, () => seen.push(`b@${clock.now()}`))
  clock.after(10, () => {
    seen.push(`a@${clock.now()}`)
    clock.after(5, () => seen.push(`c@${clock.now()}`))
  })
  await clock.advance(30)
  assert.deepEqual(seen, ['a@10', 'c@15', 'b@20'])
  assert.equal(clock.now(), 30)
})

test('a periodic timer fires once a period until cancelled', async () => {
  const clock = new VirtualClock(0)
  let count = 0
  const timer = clock.every(10, () => count++)
  await clock.advance(35)
  timer.cancel()
  await clock.advance(100)
  assert.equal(count, 3)
})

test('sleep rejects with the reason of the signal', async () => {
  const clock = new VirtualClock(0)
  const controller = new AbortController()
  const sleeping = clock.sleep(1000, controller.signal)
  controller.abort(new Error('enough'))
  await assert.rejects(sleeping, /enough/)
  assert.equal(clock.pendingCount, 0)
})

test('sleeping ends when its time has come, and a signal that comes later does nothing', async () => {
  const clock = new VirtualClock(0)
  const controller = new AbortController()
  const sleeping = clock.sleep(10, controller.signal)
  await clock.advance(10)
  await sleeping
  controller.abort()
})

test('a clock begins at a known time and tells when the next timer is due', async () => {
  const clock = new VirtualClock()
  assert.equal(new Date(clock.now()).toISOString(), '2026-01-01T00:00:00.000Z')
  assert.equal(clock.nextAt, undefined)
  clock.after(50, () => {})
  clock.after(20, () => {})
  assert.deepEqual([clock.pendingCount, clock.nextAt], [2, clock.now() + 20])
  const before = clock.elapsed()
  await clock.advance(20)
  assert.equal(clock.elapsed() - before, 20)
  assert.equal(clock.pendingCount, 1)
})

test('timers of one time fire in order of creation, those of the past at once', async () => {
  const clock = new VirtualClock(1000)
  const seen: string[] = []
  clock.after(5, () => seen.push('first'))
  clock.after(-100, () => seen.push('past'))
  clock.after(5, () => seen.push('second'))
  await clock.advance(5)
  assert.deepEqual(seen, ['past', 'first', 'second'])
  assert.equal(clock.now(), 1005)
})

test('work that a timer starts has run before the next one fires', async () => {
  const clock = new VirtualClock(0)
  const seen: string[] = []
  clock.after(1, async () => {
    await Promise.resolve()
    await clock.sleep(1)
    seen.push(`slept until ${clock.now()}`)
  })
  clock.after(3, () => seen.push('later'))
  await clock.advance(3)
  assert.deepEqual(seen, ['slept until 2', 'later'])
})

test('a period of nothing is a millisecond, so that time goes on', async () => {
  const clock = new VirtualClock(0)
  let count = 0
  clock.every(0, () => count++)
  await clock.advance(3)
  assert.equal(count, 3)
})

test('delays of years pass at once', async () => {
  const clock = new VirtualClock(0)
  let firedAt = 0
  clock.after(10 * 365 * 86_400_000, () => {
    firedAt = clock.now()
  })
  await clock.advance(11 * 365 * 86_400_000)
  assert.equal(firedAt, 10 * 365 * 86_400_000)
})
