/**
 * The primary host of an app: one among all hosts that run it, by lease. It does the app's housekeeping. The locks
 * of all apps of a process are renewed together, in one transaction.
 */
import type { Engine, Lease } from '@aloft/engine'
import { type Clock, ensureError, type Logger, type Timer } from '@aloft/kernel'

/** Half of the shortest period that a lock can have. */
const renewalMs = 7500

export interface HostLocksOptions {
  readonly engine: Pick<Engine, 'database' | 'leases'>
  readonly clock: Clock
  /** For what concerns no single app. */
  readonly log: Logger
}

/** Whose lock it is. */
export interface LockHolder {
  readonly hostId: string
  readonly instanceId: string
  /** Milliseconds after which a host that died is replaced: host.json `singleton.lockPeriod`. */
  readonly periodMs: number
  readonly log: Logger
  /** Told each time that the lock has been taken. */
  readonly onAcquired?: () => void
}

export interface HostLock {
  /** False while another host has it. */
  readonly isHeld: boolean
  release(): Promise<void>
}

interface Held {
  readonly holder: LockHolder
  lease: Lease | undefined
  isReleased: boolean
}

export class HostLocks {
  readonly #options: HostLocksOptions
  readonly #locks = new Set<Held>()
  #timer: Timer | undefined

  constructor(options: HostLocksOptions) {
    this.#options = options
  }

  /** Takes the lock when it is free, and goes on trying and renewing until it is released. */
  async hold(holder: LockHolder): Promise<HostLock> {
    const lock: Held = { holder, lease: undefined, isReleased: false }
    await this.#turn([lock])
    this.#locks.add(lock)
    this.#timer ??= this.#options.clock.every(renewalMs, () => void this.#turn([...this.#locks])).unref()
    return {
      get isHeld() {
        return lock.lease !== undefined
      },
      release: () => this.#release(lock),
    }
  }

  /** Whether this process has the lock of that app. */
  isHeld(hostId: string): boolean {
    for (const { holder, lease } of this.#locks) if (holder.hostId === hostId && lease) return true
    return false
  }

  async #release(lock: Held): Promise<void> {
    this.#locks.delete(lock)
    if (this.#locks.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    lock.isReleased = true
    const { lease } = lock
    lock.lease = undefined
    if (lease) await this.#giveBack(lease)
  }

  async #giveBack(lease: Lease): Promise<void> {
    const { database, leases } = this.#options.engine
    await database.write((transaction) => leases.release(transaction, lease))
  }

  /** Takes or renews. Never rejects. */
  async #turn(locks: readonly Held[]): Promise<void> {
    const { engine, log } = this.#options
    let leases: readonly (Lease | undefined)[]
    try {
      leases = await engine.database.write(async (transaction) => {
        const renewed: (Lease | undefined)[] = []
        for (const { holder, lease } of locks) {
          const name = `functions/${holder.hostId}/host`
          renewed.push(
            lease
              ? await engine.leases.renew(transaction, lease, holder.periodMs)
              : await engine.leases.acquire(transaction, name, holder.instanceId, holder.periodMs),
          )
        }
        return renewed
      })
    } catch (error) {
      log.warn(`Host locks could not be renewed: ${ensureError(error).message}`)
      leases = locks.map(() => undefined)
    }
    for (const [index, lock] of locks.entries()) this.#note(lock, leases[index])
  }

  #note(lock: Held, lease: Lease | undefined): void {
    if (lock.isReleased) {
      // It was let go while it was being taken. When this fails, the lease runs out by itself.
      if (lease) this.#giveBack(lease).catch(() => {})
      return
    }
    const { log, instanceId } = lock.holder
    if (!lock.lease && lease) {
      log.info(`Host lock lease acquired by instance ID '${instanceId}'.`)
      lock.holder.onAcquired?.()
    }
    if (lock.lease && !lease) log.warn(`Host lock lease lost by instance ID '${instanceId}'.`)
    lock.lease = lease
  }
}
