/** Runs workflows through one lane: many at a time, or one after another. */
import { Pool } from 'undici'
import type { WorkflowLane } from './workflow-systems.ts'

const expected = JSON.stringify(['Hello Tokyo!', 'Hello Seattle!', 'Hello London!'])

export interface WorkflowSample {
  readonly count: number
  readonly seconds: number
  /** Of each workflow, from its request to its result. */
  readonly latenciesMs: readonly number[]
  /** Of all processes of the lane together, over the whole run. */
  readonly cpuMs: number
}

/** Runs `count` workflows, `concurrency` at any time; throws when one does not end with the right result. */
export async function runWorkflows(
  lane: WorkflowLane,
  count: number,
  concurrency: number,
): Promise<WorkflowSample> {
  const url = new URL(lane.url)
  const pool = new Pool(url.origin, { connections: concurrency, pipelining: 1 })
  const latenciesMs: number[] = []
  let left = count
  const next = async () => {
    while (left-- > 0) {
      const startMs = performance.now()
      const answer = await pool.request({ method: 'POST', path: url.pathname + url.search })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || text.replaceAll(/\s/g, '') !== expected.replaceAll(/\s/g, ''))
        throw new Error(`${lane.name} answered ${answer.statusCode}: ${text}`)
      latenciesMs.push(performance.now() - startMs)
    }
  }
  const cpuBefore = cpuMs(lane)
  const startMs = performance.now()
  await Promise.all(Array.from({ length: concurrency }, next))
  const seconds = (performance.now() - startMs) / 1000
  const cpu = cpuMs(lane) - cpuBefore
  await pool.close()
  return { count, seconds, latenciesMs, cpuMs: cpu }
}

function cpuMs(lane: WorkflowLane): number {
  return lane.processes().reduce((sum, facts) => sum + facts.cpuMs, 0)
}
