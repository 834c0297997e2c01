/** Notices an exchange in which nothing moves any more. */
import type { Clock, Timer } from '@aloft/kernel'

/** Calls `onIdle` once, when `touch` has not been called for `limitMs`. Begins with `start`. */
export class ActivityWatch {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #onIdle: () => void
  #timer: Timer | undefined
  #lastMoved = 0

  constructor(clock: Clock, limitMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onIdle = onIdle
  }

  start(): void {
    this.touch()
    this.#wait(this.#limitMs)
  }

  /** Something has moved. Cheap: the timer is not set anew. */
  touch(): void {
    this.#lastMoved = this.#clock.elapsed()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #wait(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(delayMs, () => {
      const idleMs = this.#clock.elapsed() - this.#lastMoved
      if (idleMs < this.#limitMs) this.#wait(this.#limitMs - idleMs)
      else this.#onIdle()
    })
  }
}
