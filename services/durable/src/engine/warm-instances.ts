import type { Instance } from './instance.ts'

/** Instances at rest, those first that have rested longest; the surplus is let go. */
export class WarmInstances {
  readonly #maxCharacters: number
  readonly #onEvicted: (instance: Instance) => void
  readonly #sizes = new Map<Instance, number>()
  #total = 0

  constructor(maxCharacters: number, onEvicted: (instance: Instance) => void) {
    this.#maxCharacters = maxCharacters
    this.#onEvicted = onEvicted
  }

  add(instance: Instance): void {
    this.remove(instance)
    const { size } = instance
    this.#sizes.set(instance, size)
    this.#total += size
    for (const oldest of this.#sizes.keys()) {
      if (this.#total <= this.#maxCharacters) break
      this.remove(oldest)
      this.#onEvicted(oldest)
    }
  }

  remove(instance: Instance): void {
    this.#total -= this.#sizes.get(instance) ?? 0
    this.#sizes.delete(instance)
  }

  clear(): void {
    this.#sizes.clear()
    this.#total = 0
  }
}
