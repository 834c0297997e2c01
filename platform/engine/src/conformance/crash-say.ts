/** How a process that is to be killed says what it knows. */
import { writeSync } from 'node:fs'

/**
 * Says a line, which is whole when it ends in a full stop. Waits when the listener is slow: what is said before an
 * action must not come after it.
 */
export function say(...words: readonly (string | number)[]): void {
  let rest = Buffer.from(`${words.join(' ')} .\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
