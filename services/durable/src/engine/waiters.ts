/** Callers that wait for an instance to begin or to end. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Calls `look` whenever the status of the instance has changed. Returns the way out. */
  add(instanceId: string, look: () => void): () => void {
    const waiting = this.#waiting.get(instanceId) ?? new Set()
    this.#waiting.set(instanceId, waiting.add(look))
    return () => {
      waiting.delete(look)
      if (waiting.size === 0 && this.#waiting.get(instanceId) === waiting) this.#waiting.delete(instanceId)
    }
  }

  tell(instanceId: string): void {
    const waiting = this.#waiting.get(instanceId)
    if (waiting) for (const look of [...waiting]) look()
  }
}
