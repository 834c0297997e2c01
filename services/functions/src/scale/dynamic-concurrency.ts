/**
 * Dynamic concurrency of an app (host.json `concurrency.dynamicConcurrencyEnabled`): triggers ask how many invocations
 * they may start, and the host moves the number with what the machine bears. While nothing runs and nobody asks,
 * nothing is looked at. Source: `ConcurrencyManager` of the WebJobs SDK.
 */
import {
  type Clock,
  ensureError,
  type InvocationInput,
  type InvocationResult,
  type Logger,
  type Timer,
  type TriggerConcurrency,
} from '@aloft/kernel'
import type { ConcurrencyConfiguration } from '../contracts.ts'
import type { ConcurrencySnapshot, ConcurrencySnapshots } from './concurrency-snapshots.ts'
import { FunctionConcurrency } from './function-concurrency.ts'
import type { LoadMonitor } from './load-monitor.ts'
import { Throttle } from './throttle.ts'

export interface DynamicConcurrencyOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly configuration: ConcurrencyConfiguration
  readonly monitor: Pick<LoadMonitor, 'sample' | 'reset'>
  readonly snapshots: Pick<ConcurrencySnapshots, 'read' | 'write'>
  readonly coreCount: number
  /** Whether this host is the one that keeps what was found out. */
  readonly isPrimary: () => boolean
}

/** Starts one invocation. */
type Invoke = (input: InvocationInput) => Promise<InvocationResult>

/** What the trigger of a function works with. */
export interface ConcurrentTrigger {
  readonly concurrency: TriggerConcurrency
  readonly invoke: Invoke
}

interface Tracked {
  readonly name: string
  readonly status: FunctionConcurrency
  readonly listeners: Set<() => void>
}

const periodMs = 1000
const snapshotPeriodMs = 10_000
/** So long after the last question, samples are worth taking. */
const attentionMs = 10_000

export class DynamicConcurrency {
  readonly #options: DynamicConcurrencyOptions
  readonly #throttle = new Throttle()
  readonly #functions = new Map<string, Tracked>()
  #restored: ConcurrencySnapshot | undefined
  #written = ''
  #timers: readonly Timer[] = []
  #lastAskedAt = Number.NEGATIVE_INFINITY
  #lastTickAt = 0

  constructor(options: DynamicConcurrencyOptions) {
    this.#options = options
  }

  /** Reads what was found out before. Never rejects: without it, functions begin at one. */
  async start(): Promise<void> {
    const { clock, configuration, log, snapshots } = this.#options
    if (configuration.keepsSnapshots) {
      try {
        this.#restored = await snapshots.read()
      } catch (error) {
        log.error('Error applying concurrency snapshot.', ensureError(error))
      }
    }
    this.#lastTickAt = clock.elapsed()
    this.#timers = [
      clock.every(periodMs, () => this.#tick()).unref(),
      clock.every(snapshotPeriodMs, () => void this.#keep()).unref(),
    ]
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
    await this.#keep()
  }

  /**
   * @param name of the function, or of what several have in common: they share one number then
   * @param invoke starts the function
   */
  trigger(name: string, invoke: Invoke): ConcurrentTrigger {
    const tracked = this.#functions.get(name) ?? this.#track(name)
    const { status, listeners } = tracked
    return {
      concurrency: {
        available: (pendingCount) => {
          this.#lastAskedAt = this.#options.clock.elapsed()
          return this.#throttle.state === 'closed' ? 0 : status.available(pendingCount)
        },
        onAvailable(listener) {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
      },
      async invoke(input) {
        status.started()
        const result = await invoke(input)
        status.ended(result.durationMs)
        return result
      },
    }
  }

  #track(name: string): Tracked {
    const { clock, configuration, log } = this.#options
    const status = new FunctionConcurrency(clock, configuration.maximumPerFunction)
    const tracked: Tracked = { name, status, listeners: new Set() }
    this.#functions.set(name, tracked)
    const kept = this.#restored?.concurrencies.get(name)
    if (this.#restored && kept !== undefined) {
      status.restore(this.#forThisMachine(kept, this.#restored.coreCount))
      log.info(
        `Applying status snapshot for function Host.Functions.${name} (Concurrency: ${status.current})`,
      )
    }
    return tracked
  }

  /** What another machine bears, by the number of its cores. */
  #forThisMachine(concurrency: number, otherCoreCount: number): number {
    const { coreCount } = this.#options
    return coreCount === otherCoreCount
      ? concurrency
      : Math.max(1, Math.floor((concurrency * coreCount) / otherCoreCount))
  }

  #tick(): void {
    const now = this.#options.clock.elapsed()
    const lagMs = now - this.#lastTickAt - periodMs
    this.#lastTickAt = now
    if (!this.#isAwake(now)) {
      if (this.#throttle.state === 'unknown') return
      this.#options.monitor.reset()
      this.#throttle.note({ state: 'unknown', exceeded: [] })
      return
    }
    const before = this.#throttle.state
    this.#throttle.note(this.#options.monitor.sample(lagMs))
    const hasOpened = before === 'closed' && this.#throttle.state !== 'closed'
    for (const tracked of this.#functions.values()) {
      if (this.#adjust(tracked) || hasOpened) for (const listener of tracked.listeners) listener()
    }
  }

  /** A closed throttle is watched until it opens: those who wait for it do not ask meanwhile. */
  #isAwake(now: number): boolean {
    if (now - this.#lastAskedAt < attentionMs || this.#throttle.state === 'closed') return true
    for (const { status } of this.#functions.values()) if (status.outstanding > 0) return true
    return false
  }

  /** Answers whether there may be more now. */
  #adjust({ name, status }: Tracked): boolean {
    const { log } = this.#options
    const direction = status.adjust(this.#throttle)
    if (!direction) return false
    const id = `Host.Functions.${name}`
    if (direction > 0) log.debug(`${id} Increasing concurrency`)
    else log.debug(`${id} Decreasing concurrency (Enabled throttles: ${this.#throttle.exceeded.join(',')})`)
    log.debug(`${id} Concurrency: ${status.current}, OutstandingInvocations: ${status.outstanding}`)
    return direction > 0
  }

  /** Writes what was found out, when it is news. Never rejects. */
  async #keep(): Promise<void> {
    const { clock, configuration, coreCount, isPrimary, log, snapshots } = this.#options
    if (!configuration.keepsSnapshots || !isPrimary()) return
    const concurrencies = new Map(
      [...this.#functions.values()].map(({ name, status }) => [name, status.current]),
    )
    const text = JSON.stringify([...concurrencies])
    if (text === this.#written) return
    try {
      await snapshots.write({ coreCount, concurrencies }, clock.now())
      this.#written = text
    } catch (error) {
      log.error('Error persisting concurrency snapshot.', ensureError(error))
    }
  }
}
