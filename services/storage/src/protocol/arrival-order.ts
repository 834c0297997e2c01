/**
 * Reads come after the changes of the same thing that arrived before them, also when their sender did not wait for the
 * answer. The database shows a change only when it is on the disk; a client that sends delete and get one behind the
 * other would else still see what it deleted.
 */
export class ArrivalOrder {
  readonly #changes = new Map<string, Promise<unknown>>()

  /** Remembers a change until it has been made. @param change never rejects */
  enter(path: string, change: Promise<unknown>): void {
    this.#changes.set(path, change)
    void change.then(() => {
      if (this.#changes.get(path) === change) this.#changes.delete(path)
    })
  }

  get isIdle(): boolean {
    return this.#changes.size === 0
  }

  /** What is under way there; undefined = nothing. */
  at(path: string): Promise<unknown> | undefined {
    return this.#changes.get(path)
  }

  /** What is under way below a path. */
  below(path: string): Promise<unknown> {
    const inside = `${path}/`
    const changes: Promise<unknown>[] = []
    for (const [each, change] of this.#changes) if (each.startsWith(inside)) changes.push(change)
    return Promise.all(changes)
  }
}
