import type { InstanceRow } from './model.ts'

/** Without a row: this host does not run it any more; only the database knows. */
type Look = (row: InstanceRow | undefined) => void

/** Callers that wait for an instance to begin or to end. */
export class Waiters {
  readonly #waiting = new Map<string, Set<Look>>()

  /** Calls `look` with the instance whenever its status has changed. Returns the way out. */
  add(instanceId: string, look: Look): () => void {
    const waiting = this.#waiting.get(instanceId) ?? new Set()
    this.#waiting.set(instanceId, waiting.add(look))
    return () => {
      waiting.delete(look)
      if (waiting.size === 0 && this.#waiting.get(instanceId) === waiting) this.#waiting.delete(instanceId)
    }
  }

  tell(row: InstanceRow): void {
    const waiting = this.#waiting.get(row.id)
    if (waiting) for (const look of [...waiting]) look(row)
  }

  tellLost(): void {
    for (const waiting of [...this.#waiting.values()]) for (const look of [...waiting]) look(undefined)
  }
}
