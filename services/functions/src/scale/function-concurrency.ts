/**
 * How many invocations of one function may run at a time: begins at one, goes up while the host is well and all of
 * them are made use of, and down while it is not, the faster the longer it goes in one direction.
 * Source: `ConcurrencyStatus` of the WebJobs SDK.
 */
import type { Clock } from '@aloft/kernel'
import type { Throttle } from './throttle.ts'

/** Steps of one to six. */
const mostExtraSteps = 5
/** A run of steps in one direction ends when there is none for so long. */
const runWindowMs = 10_000
/** Checks in a row that found the host well, or not, before a step. */
const checksBeforeIncrease = 5
const checksBeforeDecrease = 3
/** Pause between two steps, and between a step down and the next one up. Fast functions wait less. */
const stepPause = { leastMs: 2000, mostMs: 5000, durations: 1 }
const quietPause = { leastMs: 10_000, mostMs: 30_000, durations: 10 }

type Direction = 1 | -1

export class FunctionConcurrency {
  readonly #clock: Clock
  readonly #maximum: number
  #current = 1
  #outstanding = 0
  /** Since the last step. */
  #mostOutstanding = 0
  #endedCount = 0
  #totalDurationMs = 0
  #steppedAt: number
  #decreasedAt: number | undefined
  #direction: Direction | undefined
  #runLength = 0

  /** @param maximum Infinity = unlimited */
  constructor(clock: Clock, maximum: number) {
    this.#clock = clock
    this.#maximum = maximum
    this.#steppedAt = clock.elapsed()
  }

  get current(): number {
    return this.#current
  }

  get outstanding(): number {
    return this.#outstanding
  }

  /** Begins with what was found out before, unless it is too much. */
  restore(concurrency: number): void {
    if (concurrency > this.#current && concurrency <= this.#maximum) this.#current = concurrency
  }

  started(): void {
    this.#outstanding++
    this.#mostOutstanding = Math.max(this.#mostOutstanding, this.#outstanding)
  }

  ended(durationMs: number): void {
    this.#outstanding--
    this.#endedCount++
    this.#totalDurationMs += durationMs
  }

  /** @param pendingCount invocations that the trigger has in hand; not all of them may have started */
  available(pendingCount: number): number {
    return Math.max(0, this.#current - Math.max(pendingCount, this.#outstanding))
  }

  /** Takes a step when there is reason to; answers with its direction. */
  adjust(throttle: Throttle): Direction | undefined {
    if (this.#clock.elapsed() - this.#steppedAt <= this.#pause(stepPause)) return undefined
    const direction = this.#wanted(throttle)
    if (direction) this.#step(direction)
    return direction
  }

  #wanted({ state, streak }: Throttle): Direction | undefined {
    if (state === 'closed') return streak >= checksBeforeDecrease && this.#current > 1 ? -1 : undefined
    if (state !== 'open' || streak < checksBeforeIncrease || this.#current >= this.#maximum) return undefined
    const isQuiet =
      this.#decreasedAt !== undefined && this.#clock.elapsed() - this.#decreasedAt < this.#pause(quietPause)
    // What is not made use of need not be more.
    return isQuiet || this.#mostOutstanding < this.#current ? undefined : 1
  }

  #step(direction: Direction): void {
    const now = this.#clock.elapsed()
    const isRun =
      (this.#direction === undefined || this.#direction === direction) && now - this.#steppedAt <= runWindowMs
    const size = 1 + Math.min(mostExtraSteps, isRun ? this.#runLength : 0)
    this.#runLength = isRun ? this.#runLength + 1 : 0
    this.#direction = direction
    this.#steppedAt = now
    if (direction < 0) this.#decreasedAt = now
    this.#current = Math.min(this.#maximum, Math.max(1, this.#current + direction * size))
    this.#mostOutstanding = 0
    this.#endedCount = 0
    this.#totalDurationMs = 0
  }

  #pause({ leastMs, mostMs, durations }: typeof stepPause): number {
    if (this.#endedCount === 0) return mostMs
    return Math.min(mostMs, leastMs + (durations * this.#totalDurationMs) / this.#endedCount)
  }
}
