import type { InstanceRow } from './model.ts'

/**
 * Gets the instance; undefined when this host does not run it any more, so that only the database knows; an error when
 * the hub closes.
 */
type Look = (news: InstanceRow | Error | undefined) => void

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

  /** @param news why nobody will hear of an instance any more */
  tellAll(news: Error | undefined): void {
    for (const waiting of [...this.#waiting.values()]) for (const look of [...waiting]) look(news)
  }
}
