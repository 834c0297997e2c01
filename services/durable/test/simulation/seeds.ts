/** Runs seeds in a thread of their own: the hooks by which the test runner follows promises cost as much as the runs. */
import { parentPort, workerData } from 'node:worker_threads'
import { MemoryStore } from './memory-engine.ts'
import { simulate } from './simulate.ts'

export interface Seeds {
  readonly first: number
  readonly count: number
}

export interface FailedSeed {
  readonly seed: number
  readonly reason: string
}

/** The rest says nothing new. */
const mostFailures = 5

const { first, count } = workerData as Seeds
const store = new MemoryStore()
const failed: FailedSeed[] = []
for (let seed = first; seed < first + count && failed.length < mostFailures; seed++) {
  try {
    await simulate(seed, store)
  } catch (error) {
    failed.push({ seed, reason: String((error as Error).stack ?? error) })
  }
}
parentPort?.postMessage(failed)
