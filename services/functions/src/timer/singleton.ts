/** One runner among all hosts: whoever holds a lease of the engine. */
import type { Engine, Lease, Transaction } from '@aloft/engine'
import { type Clock, ensureError, type Logger, newId, type Timer } from '@aloft/kernel'

export interface SingletonOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Name of the lease; the same on all hosts that compete. */
  readonly name: string
  /** How long a host that dies keeps the others waiting. */
  readonly periodMs: number
  /** How often hosts without the lease ask for it, beside when it expires or is given back. */
  readonly recoveryMs: number
}

/** A lease that is over on the holder's clock may be so for a while on the engine's. */
const shortestPauseMs = 1000

/** Waits until the lease is ours; undefined when `signal` aborts first. Rejects when the database fails. */
export async function acquireSingleton(
  options: SingletonOptions,
  signal: AbortSignal,
): Promise<Holding | undefined> {
  const { engine, clock, log, name, periodMs, recoveryMs } = options
  const owner = newId()
  let freed = new AbortController()
  const stopListening = engine.database.listen(topicOf(name), () => freed.abort())
  try {
    while (!signal.aborted) {
      freed = new AbortController()
      const lease = await engine.database.write((tx) => engine.leases.acquire(tx, name, owner, periodMs))
      if (lease) {
        log.debug(`Singleton lock acquired (${name})`)
        return new Holding(options, lease)
      }
      log.debug(`Unable to acquire Singleton lock (${name}).`)
      const other = await engine.database.read((snapshot) => engine.leases.get(snapshot, name))
      const untilFreeMs = other ? other.expiresAt - clock.now() : 0
      const pauseMs = Math.min(recoveryMs, Math.max(shortestPauseMs, untilFreeMs))
      await clock.sleep(pauseMs, AbortSignal.any([signal, freed.signal])).catch(() => undefined)
    }
    return undefined
  } finally {
    stopListening()
  }
}

/** A lease in hand, renewed at half of its period until it is released or lost. */
export class Holding {
  readonly #options: SingletonOptions
  readonly #lost = new AbortController()
  #lease: Lease
  #timer: Timer

  constructor(options: SingletonOptions, lease: Lease) {
    this.#options = options
    this.#lease = lease
    this.#timer = this.#renewLater(options.periodMs / 2)
  }

  /** Aborts when another host may have taken over. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Whether the lease is still ours: asks the engine when it has run out on our clock, as it does while a machine sleeps. */
  async confirm(): Promise<boolean> {
    if (!this.#lost.signal.aborted && this.#options.clock.now() >= this.#lease.expiresAt) await this.#renew()
    return !this.#lost.signal.aborted
  }

  /** Runs `work` in a transaction that is undone when the lease is no longer ours. Rejects when it did not happen. */
  async write(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    const { database, leases } = this.#options.engine
    try {
      await database.write(async (transaction) => {
        await leases.check(transaction, this.#lease)
        await work(transaction)
      })
    } catch (error) {
      // The cause may be a lost lease: renewing tells.
      await this.#renew()
      throw error
    }
  }

  /** Gives the lease back, if it is still ours, and rouses those who wait for it. */
  async release(): Promise<void> {
    this.#timer.cancel()
    if (this.#lost.signal.aborted) return
    this.#lost.abort()
    const { engine, log, name } = this.#options
    await engine.database.write(async (transaction) => {
      if (await engine.leases.release(transaction, this.#lease)) transaction.wake(topicOf(name))
    })
    log.debug(`Singleton lock released (${name})`)
  }

  #renewLater(delayMs: number): Timer {
    return this.#options.clock.after(delayMs, () => void this.#turn()).unref()
  }

  async #turn(): Promise<void> {
    await this.#renew()
    const { periodMs } = this.#options
    if (!this.#lost.signal.aborted) this.#timer = this.#renewLater(periodMs / 2)
  }

  async #renew(): Promise<void> {
    const { engine, clock, log, name, periodMs } = this.#options
    const held = this.#lease
    try {
      const renewed = await engine.database.write((tx) => engine.leases.renew(tx, held, periodMs))
      if (renewed) this.#lease = renewed
      else this.#lose()
    } catch (error) {
      log.warn(`Failed to renew the singleton lock (${name}): ${ensureError(error).message}`)
      if (clock.now() >= held.expiresAt) this.#lose()
    }
  }

  #lose(): void {
    if (this.#lost.signal.aborted) return
    this.#timer.cancel()
    this.#lost.abort()
    this.#options.log.warn(`Singleton lock lost (${this.#options.name})`)
  }
}

function topicOf(name: string): string {
  return `singleton:${name}`
}
