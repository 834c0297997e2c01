/** When a worker process that died may be replaced. */
import type { Clock } from '@aloft/kernel'

const firstDelayMs = 250
const longestDelayMs = 30_000
/** The official host gives up after this many deaths per process slot; here the pace drops to the longest delay. */
const deathsPerSlot = 3

export class RestartPolicy {
  readonly #clock: Clock
  readonly #slots: number
  #deaths = 0
  #lastDeathAt = 0

  constructor(clock: Clock, slots: number) {
    this.#clock = clock
    this.#slots = slots
  }

  /** A worker died unasked. Answers whether that was the death too many: every new one dies. */
  died(): boolean {
    this.#deaths++
    this.#lastDeathAt = this.#clock.elapsed()
    return this.#deaths === deathsPerSlot * this.#slots + 1
  }

  /** A worker did useful work: what comes next is a new story. */
  worked(): void {
    this.#deaths = 0
  }

  /** Milliseconds to wait before the next start: none after the first death, then doubling. */
  delayMs(): number {
    if (this.#deaths <= 1) return 0
    const backoff =
      this.#deaths > deathsPerSlot * this.#slots ? longestDelayMs : firstDelayMs * 2 ** (this.#deaths - 2)
    return Math.max(0, this.#lastDeathAt + Math.min(backoff, longestDelayMs) - this.#clock.elapsed())
  }

  /** Whether a new process is started without being asked for by an invocation. */
  get isEager(): boolean {
    return this.#deaths <= deathsPerSlot * this.#slots
  }
}
