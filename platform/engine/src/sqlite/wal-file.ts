import { closeSync, fdatasync, openSync } from 'node:fs'

/**
 * The write-ahead log as a file of its own, to sync it without stopping the event loop. SQLite locks the database
 * and the shared-memory file, never the log, so that closing this descriptor drops no lock of SQLite's.
 */
export class WalFile {
  readonly #descriptor: number

  /** @param databaseFile a database in WAL mode that has been written to, so that its log exists */
  constructor(databaseFile: string) {
    this.#descriptor = openSync(`${databaseFile}-wal`, 'r+')
  }

  /** Resolves when everything that was written to the log before the call is on the disk. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error ? reject(error) : resolve()))
    })
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
