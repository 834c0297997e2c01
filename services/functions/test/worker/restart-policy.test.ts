import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { RestartPolicy } from '../../src/worker/restart-policy.ts'

test('the first death costs no time, the next ones twice as much each', () => {
  const policy = new RestartPolicy(new VirtualClock(), 2)
  const delays: number[] = []
  for (let death = 1; death <= 6; death++) {
    policy.died()
    delays.push(policy.delayMs())
  }
  assert.deepEqual(delays, [0, 250, 500, 1000, 2000, 4000])
})

test('the time since the last death counts', async () => {
  const clock = new VirtualClock()
  const policy = new RestartPolicy(clock, 1)
  policy.died()
  policy.died()
  await clock.advance(100)
  assert.equal(policy.delayMs(), 150)
  await clock.advance(1000)
  assert.equal(policy.delayMs(), 0)
})

test('three deaths for each process are borne; one more is told, and half a minute passes before the next start', () => {
  const policy = new RestartPolicy(new VirtualClock(), 2)
  const told = Array.from({ length: 8 }, () => policy.died())
  assert.deepEqual(told, [false, false, false, false, false, false, true, false])
  assert.deepEqual([policy.isEager, policy.delayMs()], [false, 30_000])
})

test('useful work forgives', () => {
  const policy = new RestartPolicy(new VirtualClock(), 1)
  for (let death = 1; death <= 10; death++) policy.died()
  policy.worked()
  assert.deepEqual([policy.isEager, policy.delayMs()], [true, 0])
})
