import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { MemoryStore } from './memory-engine.ts'
import type { FailedSeed, Seeds } from './seeds.ts'
import { simulate } from './simulate.ts'
import { World } from './world.ts'

const first = Number(process.env.DURABLE_SEED ?? 0)
const count = Number(process.env.DURABLE_SEEDS ?? 2000)

test(`random programs come to what they must, through crashes, repeats and delays (seeds ${first} to ${first + count - 1})`, async () => {
  const workerData: Seeds = { first, count }
  const worker = new Worker(new URL('seeds.ts', import.meta.url), { workerData })
  const [failed] = (await once(worker, 'message')) as [readonly FailedSeed[]]
  assert.deepEqual(failed, [])
})

test('a seed leads to the same run every time', async (t) => {
  const { step } = World.prototype
  t.after(() => {
    World.prototype.step = step
  })
  let states: string[] = []
  World.prototype.step = async function () {
    await step.call(this)
    states.push(`${this.now} ${this.random()}`)
  }
  const store = new MemoryStore()
  for (const seed of [1, 2, 3]) {
    await simulate(seed, store)
    const before = states
    states = []
    await simulate(seed, store)
    assert.deepEqual(states, before)
    states = []
  }
})
