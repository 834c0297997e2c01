type Work = () => Promise<void>

/** What has been taken out is cut off when there is so much of it. */
const compactAt = 1024

/** First in, first out, without moving what stays. */
class Line {
  #items: (Work | undefined)[] = []
  #head = 0

  push(work: Work): void {
    this.#items.push(work)
  }

  shift(): Work | undefined {
    const work = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head >= compactAt && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return work
  }

  get isEmpty(): boolean {
    return this.#head === this.#items.length
  }
}

/**
 * A number of slots, and those who wait for one: round robin over keys, so that one instance with ten thousand
 * activities does not keep the others waiting.
 */
export class Slots {
  readonly #size: number
  #used = 0
  #waiting = 0
  /** Keys take turns in the order of the map. */
  readonly #lines = new Map<string, Line>()
  #isOpen = true
  #onIdle: (() => void)[] = []

  constructor(size: number) {
    this.#size = Math.max(1, size)
  }

  get used(): number {
    return this.#used
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Runs `work` as soon as there is a slot, at once when there is one. `work` must not reject. */
  run(key: string, work: Work): void {
    if (this.#used < this.#size && this.#isOpen) {
      this.#start(work)
      return
    }
    this.#waiting++
    let line = this.#lines.get(key)
    if (!line) {
      line = new Line()
      this.#lines.set(key, line)
    }
    line.push(work)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Nobody who waits gets a slot any more. Resolves when all slots are free. */
  close(): Promise<void> {
    this.#isOpen = false
    this.#lines.clear()
    this.#waiting = 0
    return this.#used === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  #start(work: Work): void {
    this.#used++
    void work().then(() => {
      this.#used--
      this.#next()
      if (this.#used === 0) for (const tell of this.#onIdle.splice(0)) tell()
    })
  }

  #next(): void {
    while (this.#isOpen && this.#used < this.#size) {
      const first = this.#lines.entries().next()
      if (first.done) return
      const [key, line] = first.value
      const work = line.shift()
      this.#lines.delete(key)
      if (!line.isEmpty) this.#lines.set(key, line)
      if (work) {
        this.#waiting--
        this.#start(work)
      }
    }
  }
}
