/** Starts services in order, and ends them in reverse: on a signal, with a deadline, with an exit code. */
import { constants } from 'node:os'
import type { Clock } from './clock.ts'
import type { Service } from './contracts/service.ts'
import { ensureError } from './errors.ts'
import type { Logger } from './log/logger.ts'
import { Scope } from './scope.ts'

export interface LifecycleOptions {
  /** In order of start: a service may rely on those before it until it has ended. */
  readonly services: readonly Service[]
  readonly clock: Clock
  readonly log: Logger
  /** How long the work in hand may take when stopping. @default 10 000, as the Functions host */
  readonly drainMs?: number
  /** How long closing may take after that. @default 5000 */
  readonly closeMs?: number
}

const defaultDrainMs = 10_000
const defaultCloseMs = 5000

/** A service that has begun to start, and what it has opened so far. */
interface Begun {
  readonly service: Service
  readonly scope: Scope
}

/** The services of a host, from `start` until `stop`. */
export class Lifecycle {
  readonly #services: readonly Service[]
  readonly #clock: Clock
  readonly #log: Logger
  readonly #drainMs: number
  readonly #closeMs: number
  readonly #begun: Begun[] = []
  readonly #running = new Set<Service>()
  /** Settles when the service that is starting has started or failed. */
  #starting: Promise<void> = Promise.resolve()
  #stopping: Promise<boolean> | undefined

  constructor(options: LifecycleOptions) {
    this.#services = options.services
    this.#clock = options.clock
    this.#log = options.log
    this.#drainMs = options.drainMs ?? defaultDrainMs
    this.#closeMs = options.closeMs ?? defaultCloseMs
  }

  /**
   * Starts the services one after the other. When one fails, those before it are ended and its error is thrown.
   * After `stop` no further one is started.
   */
  async start(): Promise<void> {
    for (const service of this.#services) {
      if (this.#stopping) return
      const scope = new Scope()
      this.#begun.push({ service, scope })
      const failure = failureOf(() => service.start(scope))
      this.#starting = failure.then(() => {})
      const error = await failure
      if (error) {
        await this.stop()
        throw error
      }
      this.#running.add(service)
    }
  }

  /**
   * Drains the services, last started first, so that those on which their work relies still serve it; then closes
   * them in the same order. `false` when something did not end in time or failed, which is logged. Safe to call
   * again.
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<boolean> {
    const ending = [...this.#begun].reverse()
    const isDrained = await this.#withDeadline('drain', this.#drainMs, (signal) =>
      ending.map(({ service }) => [service, () => this.#drain(service, signal)]),
    )
    const isClosed = await this.#withDeadline('close', this.#closeMs, () =>
      ending.map(({ service, scope }) => [service, () => scope.close()]),
    )
    return isDrained && isClosed
  }

  async #drain(service: Service, signal: AbortSignal): Promise<void> {
    await this.#starting
    if (this.#running.has(service)) await service.drain?.(signal)
  }

  /** Does the steps one after the other. Beyond the deadline it begins those that are left, but waits no longer. */
  async #withDeadline(
    verb: string,
    deadlineMs: number,
    stepsOf: (signal: AbortSignal) => (readonly [Service, () => void | Promise<void>])[],
  ): Promise<boolean> {
    const deadline = new AbortController()
    const timer = this.#clock.after(deadlineMs, () => deadline.abort())
    const late = new Promise<Error>((resolve) => {
      const message = `it took longer than ${deadlineMs} ms`
      deadline.signal.addEventListener('abort', () => resolve(new Error(message)), { once: true })
    })
    let isClean = true
    for (const [service, step] of stepsOf(deadline.signal)) {
      const failure = await Promise.race([failureOf(step), late])
      if (!failure) continue
      isClean = false
      this.#log.error(`Could not ${verb} ${service.name}: ${failure.message}`, failure)
    }
    timer.cancel()
    return isClean
  }
}

async function failureOf(step: () => void | Promise<void>): Promise<Error | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    return ensureError(error)
  }
}

/** Whence signals come: `process`, or an EventEmitter in tests. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown
}

export interface RunOptions {
  /** @default process */
  readonly signals?: SignalSource
  /** Called when every service runs. */
  readonly onStarted?: () => void
  /** Called at the first signal, before anything ends. */
  readonly onStopping?: (signal: NodeJS.Signals) => void
}

/**
 * Runs a host until SIGINT or SIGTERM: the first signal ends it in order, a second one at once.
 * @returns the exit code: 0 = ended in order, 1 = something did not end in time or failed, 128 + number of the
 *   second signal = cut off
 * @throws what a service threw when it started
 */
export async function runUntilSignal(lifecycle: Lifecycle, options: RunOptions = {}): Promise<number> {
  const signals = options.signals ?? process
  const stop = Promise.withResolvers<void>()
  const cutOff = Promise.withResolvers<number>()
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) return cutOff.resolve(128 + constants.signals[signal])
    isStopping = true
    options.onStopping?.(signal)
    stop.resolve()
  }
  signals.on('SIGINT', onSignal)
  signals.on('SIGTERM', onSignal)
  try {
    const starting = lifecycle.start().then(() => {
      if (!isStopping) options.onStarted?.()
    })
    const ended = async () => {
      // A signal while services start stops the start.
      await Promise.race([starting.then(() => stop.promise), stop.promise])
      return (await lifecycle.stop()) ? 0 : 1
    }
    return await Promise.race([ended(), cutOff.promise])
  } finally {
    signals.off('SIGINT', onSignal)
    signals.off('SIGTERM', onSignal)
  }
}
