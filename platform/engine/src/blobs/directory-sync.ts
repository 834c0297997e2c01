import { closeSync, fdatasync, openSync } from 'node:fs'

/** Makes the names in one directory durable; calls that come while a sync is under way share the next one. */
export class DirectorySync {
  /** Undefined on Windows, which cannot sync directories and does not need to. */
  readonly #descriptor: number | undefined
  #running = false
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  constructor(directory: string) {
    this.#descriptor = process.platform === 'win32' ? undefined : openSync(directory, 'r')
  }

  /** Resolves when the names that were in the directory at the time of the call are on the disk. */
  sync(): Promise<void> {
    if (this.#descriptor === undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (!this.#running) this.#run()
    })
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }

  #run(): void {
    const waiters = this.#waiting.splice(0)
    this.#running = waiters.length > 0
    if (!this.#running || this.#descriptor === undefined) return
    fdatasync(this.#descriptor, (error) => {
      for (const { resolve, reject } of waiters) error ? reject(error) : resolve()
      this.#run()
    })
  }
}
