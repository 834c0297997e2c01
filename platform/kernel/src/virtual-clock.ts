import { type Clock, sleepOn, type Timer } from './clock.ts'

interface Pending {
  readonly id: number
  at: number
  readonly periodMs: number | undefined
  readonly action: () => void
}

/** A clock that stands still until a test turns it. Timers fire in order of time, then of creation. */
export class VirtualClock implements Clock {
  #now: number
  #nextId = 1
  readonly #pending = new Map<number, Pending>()

  /** @param start milliseconds since 1970; default 2026-01-01T00:00:00Z */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  elapsed(): number {
    return this.#now
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#add(delayMs, undefined, action)
  }

  every(periodMs: number, action: () => void): Timer {
    // At least one millisecond, as the system's timers, or time would never go on.
    const period = Math.max(1, periodMs)
    return this.#add(period, period, action)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }

  /** Number of timers that wait. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** Time of the next timer, in milliseconds since 1970. */
  get nextAt(): number | undefined {
    return this.#next()?.at
  }

  /** Moves time forward, firing what falls due on the way and letting the work that it starts run in between. */
  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs
    await settle()
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at)
      if (next.periodMs === undefined) this.#pending.delete(next.id)
      else next.at = this.#now + next.periodMs
      next.action()
      await settle()
    }
    this.#now = end
  }

  #add(delayMs: number, periodMs: number | undefined, action: () => void): Timer {
    const id = this.#nextId++
    this.#pending.set(id, { id, at: this.#now + Math.max(0, delayMs), periodMs, action })
    const timer: Timer = { cancel: () => void this.#pending.delete(id), unref: () => timer }
    return timer
  }

  #next(): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending.values()) {
      if (!first || pending.at < first.at) first = pending
    }
    return first
  }
}

/** Lets promises and already finished I/O run. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}
