/** How much memory one execution of an app had to itself, over time. */

/** Half an hour, when a sample is taken every five seconds; of what began earlier, the memory since then counts. */
const mostSamples = 360

interface Sample {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Megabyte-milliseconds from the first sample until `time`. */
  readonly total: number
}

export class MemoryHistory {
  #samples: Sample[] = []
  #shareMb = 0

  /** Megabytes of one execution, as last seen; 0 before the first sample. */
  get shareMb(): number {
    return this.#shareMb
  }

  /** @param shareMb megabytes of the app, shared out over what ran at `time` (milliseconds since 1970) */
  add(time: number, shareMb: number): void {
    const last = this.#samples.at(-1)
    // A clock that was set back.
    if (last && time <= last.time) this.#samples = []
    if (this.#samples.length >= mostSamples) this.#samples = this.#samples.slice(mostSamples / 2)
    const previous = this.#samples.at(-1)
    // A sample speaks for the time since the one before.
    const total = previous ? previous.total + (time - previous.time) * shareMb : 0
    this.#samples.push({ time, total })
    this.#shareMb = shareMb
  }

  /** Average megabytes of an execution that ran from `start` to `end`, as far as there are samples. */
  averageMb(start: number, end: number): number {
    const [first] = this.#samples
    if (!first) return this.#shareMb
    const from = Math.max(start, first.time)
    return end > from ? (this.#totalAt(end) - this.#totalAt(from)) / (end - from) : this.#shareMb
  }

  /** Between two samples memory is taken to be that of the later one, after the last to have stayed. */
  #totalAt(time: number): number {
    const after = this.#samples.findIndex((sample) => sample.time >= time)
    const last = this.#samples.at(-1)!
    if (after < 0) return last.total + (time - last.time) * this.#shareMb
    const next = this.#samples[after]!
    const previous = this.#samples[after - 1]
    if (!previous) return next.total
    const part = (time - previous.time) / (next.time - previous.time)
    return previous.total + (next.total - previous.total) * part
  }
}
