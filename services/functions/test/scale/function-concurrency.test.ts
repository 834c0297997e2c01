/** The steps by which a function's concurrency goes up and down. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { FunctionConcurrency } from '../../src/scale/function-concurrency.ts'
import { Throttle, type ThrottleState } from '../../src/scale/throttle.ts'

function fixture(maximum = Number.POSITIVE_INFINITY) {
  const clock = new VirtualClock()
  const status = new FunctionConcurrency(clock, maximum)
  const throttle = new Throttle()
  /** A second in which the function takes all it may, and its invocations take `durationMs`. */
  const second = async (state: ThrottleState, durationMs = 100) => {
    const count = status.available(0)
    for (let each = 0; each < count; each++) status.started()
    await clock.advance(1000)
    for (let each = 0; each < count; each++) status.ended(durationMs)
    throttle.note({ state, exceeded: [] })
    status.adjust(throttle)
    return status.current
  }
  return { clock, status, throttle, second }
}

async function seconds(work: () => Promise<number>, count: number): Promise<number[]> {
  const values: number[] = []
  for (let each = 0; each < count; each++) values.push(await work())
  return values
}

test('a function that uses what it may gets more, in growing steps', async () => {
  const { second } = fixture()
  const values = await seconds(() => second('open'), 30)
  assert.deepEqual([...new Set(values)], [1, 2, 4, 7, 11, 16, 22, 28, 34, 40])
})

test('nothing is changed before the host has been well for six looks', async () => {
  const { second } = fixture()
  assert.deepEqual(await seconds(() => second('open'), 5), [1, 1, 1, 1, 1])
  assert.equal(await second('open'), 2)
})

test('slow functions wait five seconds for each step', async () => {
  const { second } = fixture()
  const values = await seconds(() => second('open', 60_000), 19)
  assert.deepEqual(values, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 7, 7])
})

test('what is not made use of does not grow', async () => {
  const { status, throttle, clock } = fixture()
  status.restore(4)
  for (let each = 0; each < 60; each++) {
    status.started()
    await clock.advance(1000)
    status.ended(10)
    throttle.note({ state: 'open', exceeded: [] })
    status.adjust(throttle)
  }
  assert.equal(status.current, 4)
})

test('an overloaded host takes back, in growing steps, down to one', async () => {
  const { status, second } = fixture()
  status.restore(10)
  const down = await seconds(() => second('closed'), 20)
  assert.deepEqual([...new Set(down)], [10, 9, 7, 4, 1])
})

test('after a step down nothing goes up for a while', async () => {
  const { status, second } = fixture()
  status.restore(2)
  await seconds(() => second('closed'), 5)
  assert.equal(status.current, 1)
  const values = await seconds(() => second('open'), 13)
  assert.deepEqual(values.slice(0, 9), values.slice(0, 9).fill(1))
  assert.ok(values.at(-1)! > 1)
})

test('while nobody knows how the host is, nothing moves', async () => {
  const { status, second } = fixture()
  status.restore(5)
  assert.deepEqual(new Set(await seconds(() => second('unknown'), 30)), new Set([5]))
})

test('invocations in hand are taken off, whether the trigger or the host counts more of them', () => {
  const { status } = fixture()
  status.restore(5)
  status.started()
  status.started()
  assert.deepEqual([status.available(0), status.available(4), status.available(9)], [3, 1, 0])
})

test('it stays between one and the maximum, whatever happens', async () => {
  const states = fc.constantFrom<ThrottleState>('open', 'closed', 'unknown')
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.array(states, { maxLength: 60 }),
      async (most, history) => {
        const { second } = fixture(most)
        for (const state of history) {
          const value = await second(state)
          assert.ok(value >= 1 && value <= most)
        }
      },
    ),
    { numRuns: 15 },
  )
})
