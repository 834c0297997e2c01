import { type Engine, type Lease, LeaseLost } from '@aloft/engine'
import { type Clock, ensureError, type Logger, type Timer } from '@aloft/kernel'

/** How long a host that vanished keeps others waiting. */
const leaseMs = 60_000
/** One small write per partition; three may fail in a row. */
const renewMs = 15_000

export interface LeaseKeeperOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly name: string
  readonly owner: string
  /** The lease is ours, after nobody or somebody else: what is remembered from before is worth nothing. */
  readonly onGained: () => void
  readonly onLost: () => void
}

/** Holds a lease as long as it can, and asks for it again when it is lost. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions
  #lease: Lease | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
  }

  get lease(): Lease | undefined {
    return this.#lease
  }

  /** Asks once, and from then on as long as it takes. */
  async open(): Promise<void> {
    this.#timer = this.#options.clock.every(renewMs, () => {
      this.refresh().catch((error: unknown) =>
        this.#options.log.write('warning', `Lease ${this.#options.name} could not be renewed`, {
          error: ensureError(error),
        }),
      )
    })
    await this.refresh()
  }

  /**
   * Takes or extends the lease. The epoch tells whether somebody else had it meanwhile: the engine raises it by one
   * when the owner comes back after a gap.
   */
  async refresh(): Promise<void> {
    const { engine, name, owner, onGained, onLost } = this.#options
    const before = this.#lease
    const lease = await engine.database.write((transaction) =>
      engine.leases.acquire(transaction, name, owner, leaseMs),
    )
    if (this.#isClosed) return
    // Another refresh may have been faster.
    if (this.#lease !== before) return
    this.#lease = lease
    const isUnbroken = before && lease && lease.epoch <= before.epoch + 1
    if (isUnbroken) return
    if (before) onLost()
    if (lease) onGained()
  }

  /** Runs `write` with the lease; once more after it ran out without anybody else taking it. */
  async hold<T>(write: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#lease
    if (!lease)
      throw new LeaseLost({ name: this.#options.name, owner: this.#options.owner, epoch: 0, expiresAt: 0 })
    try {
      return await write(lease)
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error
      await this.refresh()
      const renewed = this.#lease
      if (!renewed || renewed.epoch > lease.epoch + 1) throw error
      return await write(renewed)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    const lease = this.#lease
    this.#lease = undefined
    const { engine } = this.#options
    if (lease) await engine.database.write((transaction) => engine.leases.release(transaction, lease))
  }
}
