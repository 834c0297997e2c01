/** Removes the rows of deleted tables, a few at a time beside everybody else's writes. */
import type { Engine, Transaction } from '@aloft/engine'
import { ensureError, type Logger } from '@aloft/kernel'
import { droppedTopic } from './catalog.ts'

const rowsAtOnce = 500

export class RowSweep {
  readonly #database: Engine['database']
  readonly #log: Logger
  readonly #stopListening: () => void
  #running: Promise<void> | undefined
  #isAsked = false
  #isClosed = false

  /** Begins with what an earlier run has left. */
  constructor({ database }: Pick<Engine, 'database'>, log: Logger) {
    this.#database = database
    this.#log = log
    this.#stopListening = database.listen(droppedTopic, () => this.#start())
    this.#start()
  }

  /** Ends when the transaction that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    await this.#running
  }

  #start(): void {
    this.#isAsked = true
    this.#running ??= this.#run()
      .catch((error: unknown) =>
        this.#log.warn(`Rows of deleted tables could not be removed: ${ensureError(error).message}`),
      )
      .finally(() => {
        this.#running = undefined
      })
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false
      while (!this.#isClosed && (await this.#database.write(sweep)));
    }
  }
}

/** Whether there may be more. */
async function sweep(transaction: Transaction): Promise<boolean> {
  const dropped = await transaction.get<{ id: number }>('SELECT id FROM table_dropped LIMIT 1')
  if (!dropped) return false
  const { changes } = await transaction.run(
    'DELETE FROM table_entity WHERE id IN (SELECT id FROM table_entity WHERE table_id = ? LIMIT ?)',
    dropped.id,
    rowsAtOnce,
  )
  if (changes < rowsAtOnce) await transaction.run('DELETE FROM table_dropped WHERE id = ?', dropped.id)
  return true
}
