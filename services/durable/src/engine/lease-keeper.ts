import { type Engine, type Lease, LeaseLost, type Transaction } from '@aloft/engine'
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
  #refreshing: Promise<void> | undefined
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
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const { engine, name, owner, onGained, onLost } = this.#options
    const before = this.#lease
    const lease = await engine.database.write((transaction) =>
      engine.leases.acquire(transaction, name, owner, leaseMs),
    )
    if (this.#isClosed) return
    this.#lease = lease
    const isUnbroken = before && lease && lease.epoch <= before.epoch + 1
    if (isUnbroken) return
    if (before) onLost()
    if (lease) onGained()
  }

  /**
   * Undoes the transaction unless this host holds the lease. One that ran out without anybody else taking it is taken
   * again on the way: the epoch has then grown by one.
   * @throws LeaseLost
   */
  async prove(transaction: Transaction): Promise<void> {
    const { engine, name, owner } = this.#options
    const lease = this.#lease
    if (!lease) throw new LeaseLost({ name, owner, epoch: 0, expiresAt: 0 })
    try {
      await engine.leases.check(transaction, lease)
    } catch (error) {
      const renewed = await engine.leases.acquire(transaction, name, owner, leaseMs)
      if (!renewed || renewed.epoch > lease.epoch + 1) throw error
      transaction.afterCommit(() => {
        if (this.#lease === lease) this.#lease = renewed
      })
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
