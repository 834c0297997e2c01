/** What a server's processes hold at most while something goes on. */
import type { ServerProcess } from './server-process.ts'

/** Resident bytes: at the beginning, and the most that was seen. */
export interface MemoryGrowth {
  readonly before: number
  readonly most: number
}

const samplePeriodMs = 50

/** Looks at the memory of a server's processes until it is stopped. */
export class MemoryWatch {
  readonly #server: ServerProcess
  readonly #timer: NodeJS.Timeout
  readonly #before: readonly [host: number, worker: number]
  #most: readonly [host: number, worker: number]

  constructor(server: ServerProcess) {
    this.#server = server
    this.#before = this.#read()
    this.#most = this.#before
    this.#timer = setInterval(() => this.#sample(), samplePeriodMs)
  }

  stop(): { host: MemoryGrowth; worker: MemoryGrowth } {
    clearInterval(this.#timer)
    this.#sample()
    const growth = (index: 0 | 1) => ({ before: this.#before[index], most: this.#most[index] })
    return { host: growth(0), worker: growth(1) }
  }

  #sample(): void {
    const [host, worker] = this.#read()
    this.#most = [Math.max(this.#most[0], host), Math.max(this.#most[1], worker)]
  }

  #read(): [host: number, worker: number] {
    const [host, ...workers] = this.#server.processes()
    return [host?.rssBytes ?? 0, workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0)]
  }
}

export function growthOf({ before, most }: MemoryGrowth): number {
  return most - before
}
