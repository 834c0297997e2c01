/** Ownership: whatever is opened belongs to a scope, which closes it in reverse order. */

export type Close = () => void | Promise<void>

/** Closes what it owns in reverse order of arrival, once. A failing close does not keep the others from running. */
export class Scope implements AsyncDisposable {
  readonly #closers: Close[] = []
  #closing: Promise<void> | undefined

  /** Hands over a resource; returns it. On a closed scope it is closed as soon as may be. */
  own<Resource>(resource: Resource, close: (resource: Resource) => void | Promise<void>): Resource {
    this.defer(() => close(resource))
    return resource
  }

  /** Runs `close` when the scope closes. */
  defer(close: Close): void {
    this.#closers.push(close)
    if (!this.#closing) return
    // What comes late is closed after the rest; who asks then learns of a failure, nobody else can.
    this.#closing = this.#closing.finally(() => this.#closeAll())
    this.#closing.catch(() => {})
  }

  /** Closes everything; safe to call again. Rejects with an AggregateError when any close failed. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some resources did not close cleanly')
  }
}
