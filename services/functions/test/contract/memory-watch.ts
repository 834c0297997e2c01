/** Whether data that passes through this process stays in it. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So much may pass before memory is looked at again: a collection of garbage takes some milliseconds. */
const stepBytes = 20_000_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

export class MemoryWatch {
  readonly #start = usedBytes()
  #passed = 0
  /** The most that was in memory beyond what was there at the beginning, garbage not counted. */
  mostHeld = 0

  /** Notes that `chunk` passes; returns it. */
  passing<Chunk extends Uint8Array>(chunk: Chunk): Chunk {
    this.#passed += chunk.length
    if (this.#passed >= stepBytes) {
      this.#passed = 0
      this.mostHeld = Math.max(this.mostHeld, usedBytes() - this.#start)
    }
    return chunk
  }
}

function usedBytes(): number {
  // What the first finds unused, the second gives back.
  collectGarbage()
  collectGarbage()
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
}
