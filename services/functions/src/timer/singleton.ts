/** One runner among all hosts: whoever holds a lease of the engine, renewed for as long as the work takes. */
import type { Engine, Lease, Transaction } from '@aloft/engine'
import { type Clock, ensureError, type Logger, type Timer } from '@aloft/kernel'

export interface SingletonOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** How long a host that dies at work keeps the others waiting. */
  readonly periodMs: number
}

/** So often is a renewal tried again that the database refused: half a period is left for it to succeed. */
const retriesPerPeriod = 12

/** Woken when a holder of the lease `name` has given it back. */
export function freedTopic(name: string): string {
  return `lease-freed:${name}`
}

/** A lease in hand. It is renewed at half of its period until the work is done, or the lease lost. */
export class Holding {
  readonly #options: SingletonOptions
  #lease: Lease
  #timer: Timer | undefined

  constructor(options: SingletonOptions, lease: Lease) {
    this.#options = options
    this.#lease = lease
    this.#renewAfter(options.periodMs / 2)
  }

  /**
   * Gives the lease back together with what `work` writes. Rejects, with nothing written, when another host may
   * have taken over meanwhile.
   */
  async finish(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const { database, leases } = this.#options.engine
    await database.write(async (transaction) => {
      await leases.check(transaction, this.#lease)
      await work(transaction)
      await leases.release(transaction, this.#lease)
      transaction.wake(freedTopic(this.#lease.name))
    })
  }

  #renewAfter(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => void this.#renew()).unref()
  }

  async #renew(): Promise<void> {
    const { engine, log, periodMs } = this.#options
    const timer = this.#timer
    const isFinished = () => this.#timer !== timer
    try {
      const renewed = await engine.database.write((transaction) =>
        engine.leases.renew(transaction, this.#lease, periodMs),
      )
      if (isFinished()) return
      if (!renewed) return log.warn(`Singleton lock lost (${this.#lease.name})`)
      this.#lease = renewed
      this.#renewAfter(periodMs / 2)
    } catch (error) {
      log.warn(`Failed to renew the singleton lock (${this.#lease.name}): ${ensureError(error).message}`)
      if (!isFinished()) this.#renewAfter(periodMs / retriesPerPeriod)
    }
  }
}
