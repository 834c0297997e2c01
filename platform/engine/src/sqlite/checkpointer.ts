import { Worker } from 'node:worker_threads'
import { ensureError, type Logger } from '@aloft/kernel'
import type { Connection } from './connection.ts'

/** Frames are pages of 4 KiB. So many that are only in the log are copied into the database, beside the writes. */
const copyFrames = 2_000
/** A log of this length is copied to its end while the writes wait for a moment, so that it begins anew. */
const restartFrames = 8_000
/** The length of the log is looked at once in so many batches. */
const batchesBetweenLooks = 16

/** What one checkpoint achieved: frames in the log, and how many of them are now in the database too. */
export type CheckpointResult =
  | { readonly logFrames: number; readonly copiedFrames: number }
  | { readonly error: string }

export interface CheckpointerOptions {
  readonly file: string
  /** Answers how long the log is. */
  readonly connection: Connection
  readonly log: Logger
  /** Resolves when nothing is being written. Writes wait until `resume`. */
  readonly pause: () => Promise<void>
  /** Lets the writes go on; no reader may hold a state open from before. */
  readonly resume: () => void
}

/**
 * Keeps the write-ahead log short. SQLite would copy it within a commit, on the event loop; here a thread does.
 * The next commit begins the log anew when all of it is copied and nobody reads from it. Under steady load that
 * never happens by itself, hence the pause.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  #worker: Worker | undefined
  #batches = 0
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(options: CheckpointerOptions) {
    this.#options = options
  }

  /** To be called after each batch. */
  noteBatch(): void {
    if (this.#batches++ % batchesBetweenLooks !== 0 || this.#running || this.#isClosed) return
    // The length cannot be asked for within a transaction, e.g. one that has yet to be given up.
    if (this.#options.connection.isInTransaction) return
    if (this.#uncopiedFrames() < copyFrames) return
    this.#running = this.#run()
      .catch((error: unknown) => {
        this.#options.log.error('Could not shorten the write-ahead log', ensureError(error))
      })
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Waits for a checkpoint that is under way, and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
    await this.#worker?.terminate()
  }

  #uncopiedFrames(): number {
    // NOOP reports without copying; before SQLite 3.51 it is taken for PASSIVE, which is merely slower.
    const state = this.#options.connection.row<[number, number, number]>('PRAGMA wal_checkpoint(NOOP)')
    return state ? state[1] - state[2] : 0
  }

  async #run(): Promise<void> {
    if ((await this.#checkpoint()) < restartFrames) return
    await this.#options.pause()
    try {
      await this.#checkpoint()
    } finally {
      this.#options.resume()
    }
  }

  /** Copies what no reader stands in the way of; resolves to the length of the log. */
  #checkpoint(): Promise<number> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      worker.once('message', (result: CheckpointResult) => {
        worker.off('exit', onExit)
        if ('error' in result) reject(new Error(result.error))
        else resolve(result.logFrames)
      })
      const onExit = () => reject(new Error('The checkpoint thread ended'))
      worker.once('exit', onExit)
      worker.postMessage('run')
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: this.#options.file,
    })
    worker.unref()
    worker.on('error', (error) => this.#options.log.error('The checkpoint thread failed', ensureError(error)))
    worker.on('exit', () => {
      this.#worker = undefined
    })
    return worker
  }
}
