/** Lets a few do at the same time what would be too much if all did. */

export interface Turn<Result> {
  readonly done: Promise<Result>
  /** Begins at once, whatever the others do. */
  hurry(): void
}

export class Turns {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** @param most how many have their turn at the same time */
  constructor(most: number) {
    this.#most = most
  }

  /** Runs `work` when it is its turn: in order of arrival. */
  take<Result>(work: () => Promise<Result>): Turn<Result> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = promise.then(work).finally(() => {
      this.#running--
      this.#next()
    })
    const begin = () => {
      this.#running++
      resolve()
    }
    this.#waiting.push(begin)
    this.#next()
    return { done, hurry: () => this.#hurry(begin) }
  }

  #next(): void {
    while (this.#running < this.#most) {
      const begin = this.#waiting.shift()
      if (!begin) return
      begin()
    }
  }

  #hurry(begin: () => void): void {
    const index = this.#waiting.indexOf(begin)
    if (index < 0) return
    this.#waiting.splice(index, 1)
    begin()
  }
}
