import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '@aloft/kernel'

const sqliteBusy = 5

/**
 * Keeps a second process from opening the same data folder. The lock is SQLite's own lock on an empty file: the
 * operating system drops it with the process, however that ends, so no stale lock is ever in the way.
 */
export class DirectoryLock {
  readonly #database: DatabaseSync
  readonly #ownerFile: string

  /** Throws a `UserError` that names the holder when there is one. */
  constructor(directory: string) {
    const file = join(directory, 'engine.lock')
    this.#ownerFile = join(directory, 'engine.pid')
    this.#database = new DatabaseSync(file, { timeout: 0 })
    try {
      this.#database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#database.close()
      if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
      throw new UserError(`The data folder ${directory} is in use by ${this.#holder()}`, {
        location: { file },
        hint: 'Stop that process, or choose another data folder.',
      })
    }
    writeFileSync(this.#ownerFile, `${process.pid}\n`)
  }

  release(): void {
    rmSync(this.#ownerFile, { force: true })
    this.#database.close()
  }

  #holder(): string {
    try {
      return `process ${readFileSync(this.#ownerFile, 'utf8').trim()}`
    } catch {
      // It holds the lock and has not written its number yet.
      return 'another process'
    }
  }
}
