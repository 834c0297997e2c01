/** The primary host of an app: one among all hosts that run it, by lease. It does the app's housekeeping. */

import type { Engine, Lease } from '@aloft/engine'
import type { Clock, Logger, Timer } from '@aloft/kernel'

/** The official host's lock has the same length and is renewed at half of it. */
const leaseMs = 15_000

export interface HostLockOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly hostId: string
  readonly instanceId: string
}

export class HostLock {
  readonly #options: HostLockOptions
  #lease: Lease | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: HostLockOptions) {
    this.#options = options
  }

  get isPrimary(): boolean {
    return this.#lease !== undefined
  }

  /** Takes the lock when it is free, and goes on trying and renewing until `close`. */
  async start(): Promise<void> {
    await this.#turn()
    if (!this.#isClosed) this.#timer = this.#options.clock.every(leaseMs / 2, () => void this.#turn()).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    const lease = this.#lease
    this.#lease = undefined
    const { database, leases } = this.#options.engine
    if (lease) await database.write((transaction) => leases.release(transaction, lease))
  }

  async #turn(): Promise<void> {
    const { engine, hostId, instanceId, log } = this.#options
    const held = this.#lease
    try {
      this.#lease = await engine.database.write((transaction) =>
        held
          ? engine.leases.renew(transaction, held, leaseMs)
          : engine.leases.acquire(transaction, `functions/${hostId}/host`, instanceId, leaseMs),
      )
    } catch (error) {
      this.#lease = undefined
      log.warn(`The host lock could not be renewed: ${(error as Error).message}`)
      return
    }
    if (!held && this.#lease) log.info(`Host lock lease acquired by instance ID '${instanceId}'.`)
    if (held && !this.#lease) log.warn(`Host lock lease lost by instance ID '${instanceId}'.`)
  }
}
