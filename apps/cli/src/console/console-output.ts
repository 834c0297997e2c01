/**
 * Standard output of a host that runs: text is collected and written once per turn of the event loop. At ten
 * thousand lines a second, a write for each would cost more than the functions that they tell of.
 */

/** Beyond this many characters the turn is not waited for, so that a burst does not pile up in memory. */
const maxPending = 64 * 1024

export class ConsoleOutput {
  readonly #destination: (text: string) => void
  #pending: string[] = []
  #pendingLength = 0
  #isScheduled = false

  constructor(destination: (text: string) => void) {
    this.#destination = destination
  }

  /** Prints text as it is, after all that was printed before. */
  print(text: string): void {
    this.#pending.push(text)
    this.#pendingLength += text.length
    if (this.#pendingLength >= maxPending) this.flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => this.flush())
    }
  }

  /** Hands over what is pending. */
  flush(): void {
    this.#isScheduled = false
    if (this.#pending.length === 0) return
    const text = this.#pending.join('')
    this.#pending = []
    this.#pendingLength = 0
    this.#destination(text)
  }
}
