import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { PhaseWatch } from '../../src/invoke/phase-watch.ts'

test('each phase lasts until the next; one that is left out took no time', async () => {
  const clock = new VirtualClock()
  const watch = new PhaseWatch(clock, undefined)
  await clock.advance(1)
  watch.enter('worker')
  await clock.advance(20)
  watch.enter('outputs')
  await clock.advance(3)
  assert.deepEqual(watch.stop(), { waitMs: 1, inputsMs: 0, workerMs: 20, outputsMs: 3 })
})

test('what an event has waited before its invocation counts as waiting', async () => {
  const clock = new VirtualClock()
  const occurredAt = clock.now()
  await clock.advance(500)
  const watch = new PhaseWatch(clock, occurredAt)
  await clock.advance(2)
  assert.equal(watch.stop().waitMs, 502)
})

test('an event of the future, by another clock, has not waited', () => {
  const clock = new VirtualClock()
  assert.equal(new PhaseWatch(clock, clock.now() + 1000).stop().waitMs, 0)
})
