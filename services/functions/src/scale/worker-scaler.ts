/**
 * Adds worker processes to an app whose workers answer late (`FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED`). Each is
 * asked for a sign of life every ten seconds; one of which three answers in ten were late has too much to do.
 * Source: the host's `WorkerConcurrencyManager`. As there, processes are not taken away again while the app works.
 */
import { type Clock, ensureError, type Logger, type Timer } from '@aloft/kernel'
import type { WorkerChannel } from '../contracts.ts'
import { mostWorkers } from './process-count.ts'
import type { ProcessReadings } from './process-readings.ts'

/** The pool of an app's processes. */
export interface ScalablePool {
  /** Those that take invocations. */
  readonly channels: readonly WorkerChannel[]
  readonly isStarting: boolean
  /** Has one process more from now on. */
  grow(): void
}

export interface WorkerScalerOptions {
  readonly pool: ScalablePool
  readonly clock: Clock
  readonly log: Logger
  readonly readings: ProcessReadings
  /** Bytes that host and workers may have together; undefined = nobody knows. */
  readonly memoryLimit: number | undefined
}

const checkMs = 10_000
/** Pause after a new process, so that its effect shows. */
const pauseMs = 20_000
const lateMs = 100
const historySize = 6
const lateShare = 0.3
/** With the new process, so much of the memory may be taken. */
const memoryShare = 0.8

export class WorkerScaler {
  readonly #options: WorkerScalerOptions
  readonly #histories = new WeakMap<WorkerChannel, number[]>()
  readonly #timer: Timer
  #grownAt: number
  #isChecking = false

  /** Begins at once. */
  constructor(options: WorkerScalerOptions) {
    const { clock } = options
    this.#options = options
    this.#grownAt = clock.elapsed()
    this.#timer = clock.every(checkMs, () => void this.#check()).unref()
  }

  stop(): void {
    this.#timer.cancel()
  }

  /** Never rejects, and takes no longer than a worker may for its answer. */
  async #check(): Promise<void> {
    // A worker that is asked still is late enough; it is noted when it has answered.
    if (this.#isChecking) return
    this.#isChecking = true
    const { pool, clock, log } = this.#options
    try {
      await Promise.all(pool.channels.map((channel) => this.#measure(channel)))
      const late = pool.channels.filter((channel) => this.#isLate(channel)).length
      if (late === 0 || clock.elapsed() - this.#grownAt < pauseMs || !this.#mayGrow()) return
      log.info(
        `A new worker will be added, overloaded workers = ${late}, initialized workers = ${pool.channels.length} `,
      )
      this.#grownAt = clock.elapsed()
      pool.grow()
    } catch (error) {
      log.error('Error monitoring worker concurrency', ensureError(error))
    } finally {
      this.#isChecking = false
    }
  }

  async #measure(channel: WorkerChannel): Promise<void> {
    const { clock } = this.#options
    const askedAt = clock.elapsed()
    // No answer at all is a late one too; whether the process lives is the pool's to know.
    await channel.ping().catch(() => {})
    const history = this.#histories.get(channel) ?? []
    this.#histories.set(channel, [...history.slice(1 - historySize), clock.elapsed() - askedAt])
  }

  #isLate(channel: WorkerChannel): boolean {
    const history = this.#histories.get(channel) ?? []
    if (history.length < historySize) return false
    return history.filter((ms) => ms >= lateMs).length / historySize >= lateShare
  }

  #mayGrow(): boolean {
    const { pool, log, readings, memoryLimit } = this.#options
    if (pool.isStarting || pool.channels.length >= mostWorkers) return false
    if (memoryLimit === undefined) return true
    const sizes = pool.channels.map(({ processId }) => readings.residentBytes([processId]) ?? 0)
    const current = readings.ownResidentBytes() + sizes.reduce((sum, bytes) => sum + bytes, 0)
    const largest = Math.max(...sizes)
    if (current + largest <= memoryLimit * memoryShare) return true
    log.debug(
      `Starting new language worker canceled: TotalMemory=${memoryLimit}, MaxWorkerSize=${largest}, CurrentMemoryConsumption=${current}`,
    )
    return false
  }
}
