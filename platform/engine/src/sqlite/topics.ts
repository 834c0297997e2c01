import { ensureError, type Logger } from '@aloft/kernel'

/** Listeners by topic. A listener that throws is logged and does not keep others from being called. */
export class Topics {
  readonly #log: Logger
  readonly #listeners = new Map<string, Set<() => void>>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** Returns the way out. */
  listen(topic: string, listener: () => void): () => void {
    // One object a call, so that a function that listens twice is called twice and leaves once.
    const entry = () => listener()
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(entry))
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
    }
  }

  /** Calls each listener of each topic once, then the actions in order. */
  announce(topics: ReadonlySet<string>, actions: readonly (() => void)[]): void {
    for (const action of actions) this.#call(action)
    for (const topic of topics) {
      for (const listener of this.#listeners.get(topic) ?? []) this.#call(listener)
    }
  }

  #call(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#log.error('A listener failed after a commit', ensureError(error))
    }
  }
}
