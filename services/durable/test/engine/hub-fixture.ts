import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type HubOptions, openTaskHubs, type TaskHub } from '@aloft/durable'
import { type Engine, openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { type Functions, type StubExecutor, stubExecutor } from './replay-executor.ts'

export interface Fixture {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly executor: StubExecutor
  readonly hub: TaskHub
  readonly logged: string[]
  /** Opens the hub once more, as a new process would. */
  reopen(): Promise<TaskHub>
}

export async function openFixture(
  t: TestContext,
  functions: Functions,
  options: Partial<HubOptions> = {},
): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-durable-'))
  const clock = new VirtualClock()
  const logged: string[] = []
  const log = new Logger(clock, [
    {
      write: ({ message, error, level }) =>
        level !== 'debug' && logged.push(`${message} ${error?.stack ?? ''}`),
    },
  ])
  const engine = await openEngine({ directory, clock, log })
  const executor = stubExecutor(functions)
  const open = async () => await (await openTaskHubs({ engine, clock, log })).hub('Test', executor, options)
  const first = await open()
  let current = first
  t.after(async () => {
    await current.close()
    await engine.close()
    rmSync(directory, { recursive: true })
  })
  return {
    clock,
    engine,
    executor,
    logged,
    hub: first,
    async reopen() {
      await current.close()
      current = await open()
      return current
    },
  }
}

/** The output of an orchestration once it has ended. */
export async function outputOf(hub: TaskHub, instanceId: string): Promise<unknown> {
  const { output } = await hub.waitFor(instanceId, 'ended', AbortSignal.timeout(20_000))
  return JSON.parse(output ?? 'null')
}

/** Turns the clock until `isDone`. */
export async function advanceUntil(clock: VirtualClock, stepMs: number, isDone: () => Promise<boolean>) {
  for (let step = 0; step < 50_000; step++) {
    if (await isDone()) return
    await clock.advance(stepMs)
  }
  throw new Error('It did not come about')
}

/** Lets the disk and promises run until `isTrue`. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 5000; round++) {
    if (await isTrue()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('It did not come about')
}
