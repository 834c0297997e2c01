/** The folders of unpacked packages: those that nobody runs any more go. */
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ensureError, type Logger } from '@aloft/kernel'
import { removeTree } from './remove-tree.ts'

/** From its construction until `close`. Only the process that has the data folder open may have one. */
export class PackageFolders {
  readonly #directory: string
  readonly #log: Logger
  /** How many generations of apps run what is in a folder. */
  readonly #uses = new Map<string, number>()
  #removing: Promise<void> = Promise.resolve()

  /** @param directory absolute; it need not be there */
  constructor(directory: string, log: Logger) {
    this.#directory = directory
    this.#log = log
  }

  /** `folder` is in use, until as many calls of `release`. Other folders than those of packages are nobody's concern. */
  hold(folder: string): void {
    if (dirname(folder) === this.#directory) this.#uses.set(folder, (this.#uses.get(folder) ?? 0) + 1)
  }

  /** The last one who releases a folder has it removed. */
  release(folder: string): void {
    const uses = this.#uses.get(folder)
    if (uses === undefined) return
    this.#uses.set(folder, uses - 1)
    if (uses > 1) return
    this.#uses.delete(folder)
    this.#remove(folder)
  }

  /** What is in use stays for the next start; all else goes. */
  async close(): Promise<void> {
    const entries = await readdir(this.#directory).catch(() => [])
    for (const entry of entries) {
      const folder = join(this.#directory, entry)
      if (!this.#uses.has(folder)) this.#remove(folder)
    }
    await this.#removing
  }

  #remove(folder: string): void {
    this.#removing = this.#removing.then(async () => {
      // Somebody may have come back to it.
      if (this.#uses.has(folder)) return
      await removeTree(folder).catch((error: unknown) =>
        this.#log.warn(`A package that is not used any more was not removed: ${ensureError(error).message}`),
      )
    })
  }
}
