import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { Deadlines } from '../../src/invoke/deadlines.ts'

test('each item runs out when its time is over, unless it was removed before', async () => {
  const limitMs = 100
  const step = fc.record({ waitMs: fc.nat(60), removes: fc.option(fc.nat(20)) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = new VirtualClock(0)
      const expired: [item: number, at: number][] = []
      const deadlines = new Deadlines<number>(clock, limitMs, (item) => expired.push([item, clock.now()]))
      const due = new Map<number, number>()
      for (const [item, { waitMs, removes }] of steps.entries()) {
        deadlines.add(item)
        due.set(item, clock.now() + limitMs)
        if (removes !== null && (due.get(removes) ?? 0) > clock.now()) {
          deadlines.remove(removes)
          due.delete(removes)
        }
        await clock.advance(waitMs)
      }
      await clock.advance(limitMs)
      assert.deepEqual(expired, [...due])
    }),
    { numRuns: 50 },
  )
})

test('many items need one timer, and none when there are none', async () => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines<number>(clock, 1000, () => {})
  assert.equal(clock.pendingCount, 0)
  for (let item = 0; item < 100; item++) deadlines.add(item)
  assert.equal(clock.pendingCount, 1)
  for (let item = 0; item < 100; item++) deadlines.remove(item)
  await clock.advance(1000)
  assert.equal(clock.pendingCount, 0)
})

test('without a limit nothing runs out', async () => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines<number>(clock, undefined, () => assert.fail())
  deadlines.add(1)
  await clock.advance(1e9)
  assert.equal(clock.pendingCount, 0)
})

test('after closing nothing runs out', async () => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines<number>(clock, 1000, () => assert.fail())
  deadlines.add(1)
  deadlines.close()
  await clock.advance(5000)
})
