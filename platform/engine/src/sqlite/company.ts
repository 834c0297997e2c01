import type { Clock, Timer } from '@aloft/kernel'

/** No transaction waits longer for others. */
const maxWaitMs = 3
/** So many share the cost of a commit well enough. */
const enough = 16
/** What was longer ago says nothing about who is on the way. */
const memoryMs = 20

/**
 * How many transactions a batch is to wait for. A commit costs the machine some 200 microseconds, whatever is in it:
 * as much as forty small transactions. Callers who come one by one, each with a request of his own, would each pay
 * all of that. So a batch waits, for a moment, until as many have come as were there the last time. Who was alone
 * then is not kept waiting now.
 */
export class Company {
  readonly #clock: Clock | undefined
  #expected = 1
  #notedAt = 0
  #timer: Timer | undefined

  /** @param clock real time; undefined: nobody waits */
  constructor(clock: Clock | undefined) {
    this.#clock = clock
  }

  /** @param present how many are told now how they ended, or came meanwhile */
  note(present: number): void {
    this.#expected = Math.min(present, enough)
    if (this.#clock) this.#notedAt = this.#clock.elapsed()
  }

  /** Whether a batch of `count` may begin. */
  isComplete(count: number): boolean {
    if (count >= this.#expected || !this.#clock) return true
    return this.#clock.elapsed() - this.#notedAt > memoryMs
  }

  /** Calls `begin` when those who are here have waited long enough; once, however often it is asked to. */
  await(begin: () => void): void {
    this.#timer ??= this.#clock?.after(maxWaitMs, () => {
      this.#timer = undefined
      begin()
    })
  }

  /** The batch has begun: nobody waits. */
  forget(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
