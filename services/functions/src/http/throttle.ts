/** Limits on concurrent requests (host.json `extensions.http`). */

/**
 * Admits requests: up to `maxConcurrent` run, the others wait in order; beyond `maxOutstanding` (running and
 * waiting together) none is admitted. -1 = unlimited.
 */
export class Throttle {
  readonly #maxOutstanding: number
  readonly #maxConcurrent: number
  #outstanding = 0
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(maxOutstanding: number, maxConcurrent: number) {
    this.#maxOutstanding = maxOutstanding < 0 ? Number.POSITIVE_INFINITY : maxOutstanding
    this.#maxConcurrent = maxConcurrent < 0 ? Number.POSITIVE_INFINITY : maxConcurrent
  }

  /** Whether there are no limits: nobody need enter. */
  get isOpen(): boolean {
    return (
      this.#maxOutstanding === Number.POSITIVE_INFINITY && this.#maxConcurrent === Number.POSITIVE_INFINITY
    )
  }

  /** True now, or later when it is the request's turn; false when there are too many. Pair with `leave`. */
  enter(): boolean | Promise<true> {
    if (this.#outstanding >= this.#maxOutstanding) return false
    this.#outstanding++
    if (this.#running < this.#maxConcurrent) {
      this.#running++
      return true
    }
    return new Promise((resolve) => this.#waiting.push(() => resolve(true)))
  }

  /** Gives the place to the request that has waited longest. */
  leave(): void {
    this.#outstanding--
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running--
  }
}
