/**
 * Time limits of running invocations. All invocations of an app have the same limit, so they run out in the
 * order in which they began: one timer watches the oldest, and an invocation costs no timer of its own.
 */
import type { Clock, Timer } from '@aloft/kernel'

export class Deadlines<Item> {
  readonly #clock: Clock
  readonly #limitMs: number | undefined
  readonly #onExpired: (item: Item) => void
  /** In order of arrival; the value is the time at which the item runs out. */
  readonly #running = new Map<Item, number>()
  #timer: Timer | undefined

  /** @param limitMs undefined = unbounded */
  constructor(clock: Clock, limitMs: number | undefined, onExpired: (item: Item) => void) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onExpired = onExpired
  }

  add(item: Item): void {
    if (this.#limitMs === undefined) return
    this.#running.set(item, this.#clock.elapsed() + this.#limitMs)
    this.#timer ??= this.#watch(this.#limitMs)
  }

  remove(item: Item): void {
    this.#running.delete(item)
  }

  close(): void {
    this.#timer?.cancel()
    this.#running.clear()
  }

  #watch(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => this.#expire()).unref()
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#clock.elapsed()
    for (const [item, expiresAt] of this.#running) {
      if (expiresAt > now) {
        this.#timer = this.#watch(expiresAt - now)
        return
      }
      this.#running.delete(item)
      this.#onExpired(item)
    }
  }
}
