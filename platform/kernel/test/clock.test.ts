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
