import type { Clock, Timer } from '@aloft/kernel'

/** No transaction waits longer for others. */
const maxWaitMs = 3
/** So many share the cost of a commit well enough. */
const enough = 12
/** What was longer ago says nothing about who is on the way. After a wait in vain there is none for as long. */
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
  #waitsFrom = 0
  #timer: Timer | undefined
  /** How many were there when the wait began, and are now. */
  #first = 0
  #present = 0

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
    const now = this.#clock.elapsed()
    return now - this.#notedAt > memoryMs || now < this.#waitsFrom
  }

  /** Calls `begin` when the `count` who are here have waited long enough; once, however often it is asked to. */
  await(count: number, begin: () => void): void {
    this.#present = count
    if (this.#timer) return
    this.#first = count
    this.#timer = this.#clock?.after(maxWaitMs, () => {
      this.#timer = undefined
      this.#endWait()
      begin()
    })
  }

  #endWait(): void {
    if (this.#clock && this.#present === this.#first) this.#waitsFrom = this.#clock.elapsed() + memoryMs
  }

  /** The batch has begun: nobody waits. */
  forget(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
