/** Limits on requests (host.json `extensions.http`). */

export interface ThrottleLimits {
  /** Running and waiting together; more are not admitted. -1 = unlimited. */
  readonly maxOutstanding: number
  /** More wait, in order. -1 = unlimited. */
  readonly maxConcurrent: number
  /** Asked for every request: while it says true none is admitted. Undefined = never. */
  readonly isOverloaded: (() => boolean) | undefined
}

/** Admits requests as its limits say. */
export class Throttle {
  /** Whether there are no limits: nobody need enter. */
  readonly isOpen: boolean
  readonly #maxOutstanding: number
  readonly #maxConcurrent: number
  readonly #isOverloaded: (() => boolean) | undefined
  #outstanding = 0
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor({ maxOutstanding, maxConcurrent, isOverloaded }: ThrottleLimits) {
    this.isOpen = maxOutstanding < 0 && maxConcurrent < 0 && !isOverloaded
    this.#maxOutstanding = maxOutstanding < 0 ? Number.POSITIVE_INFINITY : maxOutstanding
    this.#maxConcurrent = maxConcurrent < 0 ? Number.POSITIVE_INFINITY : maxConcurrent
    this.#isOverloaded = isOverloaded
  }

  /** True now, or later when it is the request's turn; false when it is refused. Pair with `leave`. */
  enter(): boolean | Promise<true> {
    if (this.#outstanding >= this.#maxOutstanding || this.#isOverloaded?.()) return false
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
