/** The ways to a first answer, and what a server at rest keeps in memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Memory, memoryOf } from './http-lanes.ts'
import { answers, type ServerProcess, startServer } from './server-process.ts'
import { idleAloft, type Server } from './servers.ts'

export interface ColdStart extends AsyncDisposable {
  readonly name: string
  /** Gets to one first answer from cold; can be repeated. */
  run(): Promise<ColdStartRun>
}

export interface ColdStartRun {
  readonly durationMs: number
  /** Of the server at rest: after the answer of a started process, before the answer of an idle app. */
  readonly memory: Memory
}

const probe = { path: '/api/hello', timeoutMs: 60_000 }
/** Until a server is at rest: Aloft refills its waiting workers a second after it took one, then warms them up. */
const settleMs = 2500
const pollMs = 20

/** From just before the server's process is started to its first answer; a new process each time. */
export function fromProcessStart(server: Server): ColdStart {
  return {
    name: `${server.name}: process start`,
    async run() {
      await using process = await startServer(server.command, probe)
      await sleep(settleMs)
      return { durationMs: process.firstAnswerMs, memory: memoryOf(process.processes()) }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** From a request to an idle app, whose worker was stopped, to its answer; one host for all runs. */
export function fromIdle(name: string, standbyWorkers: number): ColdStart {
  const server = idleAloft(name, standbyWorkers)
  let host: ServerProcess | undefined
  return {
    name,
    async run() {
      host ??= await startServer(server.command, probe)
      await idle(host)
      const memory = memoryOf(host.processes())
      const startMs = performance.now()
      if (!(await answers(host.port, probe))) throw new Error(`${name}: the idle app did not answer with 200`)
      return { durationMs: performance.now() - startMs, memory }
    },
    async [Symbol.asyncDispose]() {
      await host?.[Symbol.asyncDispose]()
    },
  }

  /** Waits until the processes that gave the last answer are gone and those that wait have warmed up. */
  async function idle(process: ServerProcess): Promise<void> {
    const workers = () =>
      process
        .processes()
        .slice(1)
        .map(({ pid }) => pid)
    const used = workers()
    const isIdle = () => {
      const now = workers()
      return now.length === standbyWorkers && !now.some((pid) => used.includes(pid))
    }
    const deadlineMs = performance.now() + probe.timeoutMs
    while (!isIdle()) {
      if (performance.now() > deadlineMs) throw new Error(`${name}: the workers of the idle app did not end`)
      await sleep(pollMs)
    }
    await sleep(settleMs)
  }
}
