/**
 * Text output in batches. The first line after a pause is written at the end of the turn of the event loop; while
 * lines keep coming they are gathered for some milliseconds, which nobody sees. At ten thousand lines a second, a
 * write for each (or for each turn) would cost as much as the invocations that they tell of (bench http).
 */
import { type Clock, systemClock } from '../clock.ts'

/** Shortest time between two writes, in milliseconds. */
const pauseMs = 10

/** Beyond this many characters the end of the turn is not waited for, so that a burst does not pile up in memory. */
const maxPending = 64 * 1024

export class LineOutput {
  readonly #destination: (text: string) => void
  readonly #clock: Clock
  #writtenAt = Number.NEGATIVE_INFINITY
  #pending = ''
  #isScheduled = false

  /** @param destination takes the text, whole lines as far as whole lines were printed */
  constructor(destination: (text: string) => void, clock: Clock = systemClock) {
    this.#destination = destination
    this.#clock = clock
  }

  /** Prints text as it is, after all that was printed before. */
  print(text: string): void {
    this.#pending += text
    if (this.#pending.length >= maxPending) this.flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#schedule()
    }
  }

  /** Hands over what is pending. */
  flush(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#writtenAt = this.#clock.elapsed()
    this.#destination(text)
  }

  #schedule(): void {
    const flush = () => {
      this.#isScheduled = false
      this.flush()
    }
    const waitMs = this.#writtenAt + pauseMs - this.#clock.elapsed()
    if (waitMs <= 0) setImmediate(flush)
    else this.#clock.after(waitMs, flush)
  }

  /** Hands over what is pending when the process ends, however it does. Once an output: it is never undone. */
  flushAtExit(source: { once(event: 'exit', listener: () => void): unknown } = process): this {
    source.once('exit', () => this.flush())
    return this
  }
}
