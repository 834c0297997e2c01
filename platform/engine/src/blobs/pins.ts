/** What is being read, so that it is not deleted meanwhile. */
export class Pins {
  readonly #counts = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  pin(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  unpin(key: string): void {
    const count = (this.#counts.get(key) ?? 1) - 1
    if (count > 0) {
      this.#counts.set(key, count)
      return
    }
    this.#counts.delete(key)
    for (const action of this.#waiting.get(key) ?? []) action()
    this.#waiting.delete(key)
  }

  /** Runs `action` when nobody reads `key`, at once when nobody does. */
  whenFree(key: string, action: () => void): void {
    if (this.#counts.has(key)) this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), action])
    else action()
  }
}
