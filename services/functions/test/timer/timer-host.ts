/** A host with one timer function, for tests: everything but the function is real. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import {
  type AppContext,
  type BindingDefinition,
  type Clock,
  type FunctionDefinition,
  type InvocationInput,
  type InvocationResult,
  type ListenerLockTimes,
  Logger,
  type LogRecord,
  sleepOn,
  type Timer,
  type TriggerContext,
  type TriggerListener,
} from '@aloft/kernel'
import type { VirtualClock } from '@aloft/kernel/testing'
import { timerTrigger } from '../../src/timer/index.ts'

/** The clock of one machine: it can die, and it can sleep while time goes on elsewhere. */
export class MachineClock implements Clock {
  readonly #world: VirtualClock
  #sleptMs = 0
  #isDead = false

  constructor(world: VirtualClock) {
    this.#world = world
  }

  /** Nothing that waits on this clock ever happens: the process was killed. */
  kill(): void {
    this.#isDead = true
  }

  /** The wall clock goes on while timers stand still, as on a laptop with its lid closed. */
  sleepMachine(ms: number): void {
    this.#sleptMs += ms
  }

  now(): number {
    return this.#world.now() + this.#sleptMs
  }

  elapsed(): number {
    return this.#world.elapsed()
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#world.after(delayMs, () => this.#isDead || action())
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#world.every(periodMs, () => this.#isDead || action())
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }
}

export interface Run extends InvocationInput {
  /** When it began, as `HH:mm:ss`, after a day's number when that is not 0. */
  readonly at: string
  readonly host: string
  /** The trigger's value. */
  readonly timer: {
    readonly Schedule: { readonly AdjustForDST: boolean }
    readonly ScheduleStatus: {
      readonly Last: string
      readonly Next: string
      readonly LastUpdated: string
    } | null
    readonly IsPastDue: boolean
  }
}

export interface HostOptions {
  readonly name?: string
  readonly engine: Engine
  readonly clock: Clock
  readonly binding: Partial<BindingDefinition>
  readonly settings?: Readonly<Record<string, string>>
  /** host.json `singleton`. */
  readonly listenerLock?: ListenerLockTimes
  /** Where runs are noted; hosts may share it. */
  readonly runs?: Run[]
  /** What the function does. */
  handle?(run: Run): Promise<void> | void
}

export interface TimerHost {
  readonly listener: TriggerListener
  readonly runs: Run[]
  readonly records: readonly LogRecord[]
  readonly context: TriggerContext
}

/** A listener that has been made, and not been started. */
export function makeHost(options: HostOptions): TimerHost {
  const { engine, clock, name = 'A', runs = [] } = options
  const records: LogRecord[] = []
  const binding = {
    name: 'timer',
    type: 'timerTrigger',
    direction: 'in',
    dataType: 'undefined',
    ...options.binding,
  }
  const invoke = async (input: InvocationInput): Promise<InvocationResult> => {
    const run: Run = {
      ...input,
      at: clockText(clock.now()),
      host: name,
      timer: JSON.parse(input.data.json ?? ''),
    }
    runs.push(run)
    const result = { invocationId: `${runs.length}`, returnValue: undefined, durationMs: 0 }
    try {
      await options.handle?.(run)
      return { ...result, status: 'succeeded', error: undefined }
    } catch (error) {
      return { ...result, status: 'failed', error: error as Error }
    }
  }
  const context: TriggerContext = {
    app: {
      ...makeApp(clock, options.settings ?? {}),
      ...(options.listenerLock && { listenerLock: options.listenerLock }),
    },
    function: { name: 'Nightly' } as FunctionDefinition,
    binding: binding as BindingDefinition,
    log: new Logger(clock, [{ write: (record) => records.push(record) }]),
    invoke,
  }
  return { listener: timerTrigger({ engine, clock }).listen(context), runs, records, context }
}

export async function startHost(options: HostOptions): Promise<TimerHost> {
  const host = makeHost(options)
  await host.listener.start()
  await settle(options.engine)
  return host
}

export function makeApp(clock: Clock, settings: Readonly<Record<string, string>>): AppContext {
  return {
    hostId: 'host-1',
    name: 'app',
    rootDirectory: '/app',
    clock,
    setting: (name) => settings[name],
    connection: () => undefined,
    extension: () => ({}),
  }
}

/** A folder that goes when the test ends. */
export async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-timer-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** An engine in a folder of its own, closed when the test ends. */
export async function makeEngine(t: TestContext, clock: Clock): Promise<Engine> {
  const engine = await openEngineIn(await makeDirectory(t), clock)
  t.after(() => engine.close())
  return engine
}

export function openEngineIn(directory: string, clock: Clock): Promise<Engine> {
  return openEngine({ directory, clock, log: new Logger(clock, []) })
}

/** Lets time go by, from timer to timer, and lets the database keep up with it. */
export async function pass(world: VirtualClock, engine: Engine, ms: number): Promise<void> {
  const end = world.now() + ms
  await settle(engine)
  while (world.nextAt !== undefined && world.nextAt <= end) {
    await world.advance(Math.max(0, world.nextAt - world.now()))
    await settle(engine)
  }
  await world.advance(end - world.now())
}

/** What is under way in the database, and what follows from it, is over. */
export async function settle(engine: Engine): Promise<void> {
  for (let round = 0; round < 6; round++) {
    await engine.database.write(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const epoch = Date.UTC(2026, 0, 1)

function clockText(time: number): string {
  const day = Math.floor((time - epoch) / 86_400_000)
  const clock = new Date(time).toISOString().slice(11, 19)
  return day === 0 ? clock : `${day} ${clock}`
}
