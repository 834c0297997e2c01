/** One lane = one server answering one kind of request; a sample = what one round saw of it. */
import { isDeepStrictEqual } from 'node:util'
import { type Generator, generateLoad, type LoadReport } from './load.ts'
import type { ProcessFacts } from './processes.ts'
import type { ServerProcess } from './server-process.ts'

/** A request that every server answers alike. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The answer's body; JSON is compared as values. */
  readonly answer: string
  /** Names of the servers that have it. */
  readonly servers: readonly string[]
}

export interface Lane {
  readonly scenario: Scenario
  readonly serverName: string
  readonly process: ServerProcess
}

export interface Sample extends LoadReport {
  /** CPU time of the server's own process (of Aloft: the host). */
  readonly serverCpuMs: number
  /** CPU time of the processes that it started (of Aloft: the workers). */
  readonly workerCpuMs: number
  readonly memory: Memory
}

/** Resident memory in bytes. */
export interface Memory {
  readonly serverRss: number
  /** NaN when the server has no other processes. */
  readonly workerRss: number
}

/** Puts load on one lane. Rejects when an answer was not a success: the rate of failures says nothing. */
export async function measureLane(
  lane: Lane,
  generator: Generator,
  load: { readonly connections: number; readonly seconds: number },
): Promise<Sample> {
  const { scenario, process } = lane
  const before = process.processes()
  const report = await generateLoad(generator, { ...load, ...scenario, url: urlOf(lane) })
  const after = process.processes()
  const name = `${scenario.name} on ${lane.serverName}`
  if (report.requests === 0 || report.failures > 0) {
    throw new Error(`${name}: ${report.requests} answers, ${report.failures} failures`)
  }
  if (before.some(({ pid }) => !after.some((facts) => facts.pid === pid))) {
    throw new Error(`${name}: a process of the server ended while it was measured`)
  }
  const [serverCpuMs = 0, ...workerCpuMs] = after.map((facts) => facts.cpuMs - cpuOf(before, facts.pid))
  return { ...report, serverCpuMs, workerCpuMs: sum(workerCpuMs), memory: memoryOf(after) }
}

/** Throws unless the lane's answer is the expected one. */
export async function checkAnswer(lane: Lane): Promise<void> {
  const { method, headers, body, answer } = lane.scenario
  const response = await fetch(urlOf(lane), { method, headers, ...(body === '' ? {} : { body }) })
  const text = await response.text()
  if (response.status !== 200 || !isSameAnswer(text, answer)) {
    throw new Error(`${method} ${lane.scenario.path} on ${lane.serverName}: ${response.status} ${text}`)
  }
}

export function memoryOf([server, ...workers]: readonly ProcessFacts[]): Memory {
  const workerRss = workers.length === 0 ? Number.NaN : sum(workers.map((facts) => facts.rssBytes))
  return { serverRss: server?.rssBytes ?? Number.NaN, workerRss }
}

function urlOf({ process, scenario }: Lane): string {
  return `http://127.0.0.1:${process.port}${scenario.path}`
}

function isSameAnswer(text: string, expected: string): boolean {
  if (!expected.startsWith('{')) return text === expected
  return isDeepStrictEqual(JSON.parse(text), JSON.parse(expected))
}

function cpuOf(facts: readonly ProcessFacts[], pid: number): number {
  return facts.find((candidate) => candidate.pid === pid)?.cpuMs ?? 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
