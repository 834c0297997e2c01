import type { Transaction } from '../contracts.ts'
import type { Connection } from './connection.ts'
import { LateSums } from './late-sums.ts'
import { SqliteTransaction } from './transaction.ts'

export interface Write {
  readonly work: (transaction: Transaction) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Writes that share one SQLite transaction, each in a savepoint of its own; who is alone needs none. */
export class Batch {
  readonly #connection: Connection
  readonly #writes: readonly Write[]
  readonly #isShared: boolean
  /** How the writes ended; told once the batch is durable, failures too: they may stem from what others wrote. */
  readonly #outcomes: (() => void)[] = []
  readonly topics = new Set<string>()
  readonly actions: (() => void)[] = []
  readonly #lateSums = new LateSums()
  /** Whether rows have changed, so that there is something to make durable. */
  hasWritten = false
  #giveUp: ((reason: Error) => void) | undefined

  constructor(connection: Connection, writes: readonly Write[]) {
    this.#connection = connection
    this.#writes = writes
    this.#isShared = writes.length > 1
  }

  get size(): number {
    return this.#writes.length
  }

  /**
   * Runs all writes, within this turn of the event loop: everybody waits for a transaction that awaits anything
   * but the database, so it is given up. Throws when SQLite has lost the whole batch, as it does on a full disk.
   */
  async execute(): Promise<void> {
    const connection = this.#connection
    connection.run('BEGIN IMMEDIATE')
    const changesBefore = totalChanges(connection)
    let turnEnd = setImmediate(function endTurn(batch: Batch) {
      turnEnd = setImmediate(endTurn, batch)
      batch.#giveUp?.(new Error('A write transaction awaited something other than its transaction'))
    }, this)
    try {
      for (const write of this.#writes) {
        const transaction = new SqliteTransaction(connection, this.#lateSums)
        if (this.#isShared) connection.run('SAVEPOINT write')
        try {
          const returned = write.work(transaction)
          this.#keep(write, transaction, isThenable(returned) ? await this.#inTurn(returned) : returned)
        } catch (error) {
          this.#undo(write, transaction, error)
        }
      }
    } finally {
      clearImmediate(turnEnd)
    }
    this.#lateSums.apply(connection)
    this.hasWritten = totalChanges(connection) !== changesBefore
  }

  commit(): void {
    this.#connection.run('COMMIT')
  }

  rollBack(): void {
    if (this.#connection.isInTransaction) this.#connection.run('ROLLBACK')
  }

  /** Tells each writer how its write ended. */
  settle(): void {
    for (const tell of this.#outcomes) tell()
  }

  /** Tells every writer that nothing of the batch remains. */
  fail(reason: Error): void {
    for (const write of this.#writes) write.reject(reason)
  }

  #inTurn(returned: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      returned.then(resolve, reject)
    })
  }

  #keep(write: Write, transaction: SqliteTransaction, value: unknown): void {
    if (this.#isShared) this.#connection.run('RELEASE write')
    transaction.end()
    for (const topic of transaction.topics) this.topics.add(topic)
    for (const action of transaction.actions) this.actions.push(action)
    for (const sum of transaction.lateSums) this.#lateSums.add(sum)
    this.#outcomes.push(() => write.resolve(value))
  }

  #undo(write: Write, transaction: SqliteTransaction, error: unknown): void {
    transaction.end()
    const connection = this.#connection
    if (!connection.isInTransaction) throw error
    if (this.#isShared) {
      connection.run('ROLLBACK TO write')
      connection.run('RELEASE write')
    } else {
      connection.run('ROLLBACK')
      connection.run('BEGIN IMMEDIATE')
    }
    this.#outcomes.push(() => write.reject(error))
  }
}

/** Rows changed on this connection, ever. Changes of the schema do not count; migrations change a row as well. */
function totalChanges(connection: Connection): number {
  return connection.row<[number]>('SELECT total_changes()')?.[0] ?? 0
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
