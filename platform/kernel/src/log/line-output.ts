/**
 * Text output in batches: what is printed within one turn of the event loop is written at once. At ten thousand
 * lines a second, a write for each would cost more than the functions that they tell of.
 */

/** Beyond this many characters the end of the turn is not waited for, so that a burst does not pile up in memory. */
const maxPending = 64 * 1024

export class LineOutput {
  readonly #destination: (text: string) => void
  #pending = ''
  #isScheduled = false

  /** @param destination takes the text, whole lines as far as whole lines were printed */
  constructor(destination: (text: string) => void) {
    this.#destination = destination
  }

  /** Prints text as it is, after all that was printed before. */
  print(text: string): void {
    this.#pending += text
    if (this.#pending.length >= maxPending) this.flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.flush()
      })
    }
  }

  /** Hands over what is pending. */
  flush(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#destination(text)
  }

  /** Hands over what is pending when the process ends, however it does. Once an output: it is never undone. */
  flushAtExit(source: { once(event: 'exit', listener: () => void): unknown } = process): this {
    source.once('exit', () => this.flush())
    return this
  }
}
