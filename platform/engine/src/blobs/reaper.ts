import { ensureError, type Logger } from '@aloft/kernel'
import type { Database } from '../contracts.ts'
import { forget, releaseParts } from '../sqlite/blobs/references.ts'
import { connectionOf } from '../sqlite/transaction.ts'
import type { BlobFiles } from './blob-files.ts'
import type { Pins } from './pins.ts'

/** Keys whose files are deleted together. */
const keysPerRound = 32
/** Parts released in one transaction, so that composed bytes of 50,000 parts do not hold up others. */
const partsPerTransaction = 256

export interface BlobReaperOptions {
  readonly database: Database
  readonly files: BlobFiles
  readonly pins: Pins
  readonly log: Logger
}

/**
 * Deletes released bytes, after the commit that released them and when nobody reads them any more: first the file,
 * then the row, so that a crash in between is made good when the engine opens the next time.
 */
export class BlobReaper {
  readonly #options: BlobReaperOptions
  #queue: string[] = []
  #running: Promise<void> | undefined
  #isClosed = false
  #freedBytes = 0

  constructor(options: BlobReaperOptions) {
    this.#options = options
  }

  add(keys: readonly string[]): void {
    for (const key of keys) {
      this.#options.pins.whenFree(key, () => {
        this.#queue.push(key)
        this.#running ??= this.#run()
      })
    }
  }

  /** Waits until everything that nobody reads is deleted; the number of bytes freed since the last call. */
  async finish(): Promise<number> {
    await this.#running
    const freed = this.#freedBytes
    this.#freedBytes = 0
    return freed
  }

  /** Finishes the round under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#isClosed) {
        const keys = this.#queue.splice(0, keysPerRound)
        await Promise.all(keys.map((key) => this.#options.files.remove(key)))
        await this.#forget(keys)
      }
    } catch (error) {
      this.#options.log.error(
        'Could not delete released bytes; the next start tries again',
        ensureError(error),
      )
      this.#queue = []
    }
    this.#running = undefined
  }

  async #forget(keys: readonly string[]): Promise<void> {
    const { dead, unfinished, freedBytes } = await this.#options.database.write((transaction) => {
      const connection = connectionOf(transaction)
      const dead: string[] = []
      const unfinished: string[] = []
      let freedBytes = 0
      let left = partsPerTransaction
      for (const key of keys) {
        const parts = releaseParts(connection, key, left)
        left -= parts.count
        freedBytes += parts.freedBytes
        dead.push(...parts.dead)
        if (left > 0) freedBytes += forget(connection, key)
        else unfinished.push(key)
      }
      return { dead, unfinished, freedBytes }
    })
    this.#freedBytes += freedBytes
    this.#queue.push(...unfinished)
    this.add(dead)
  }
}
