import type { ReadTransaction, Row, SqlValue, Transaction } from '../contracts.ts'
import type { Connection } from './connection.ts'

/** Reads through one connection until ended. */
export class SqliteSnapshot implements ReadTransaction {
  #connection: Connection | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Synchronous access for the engine's own verbs. Throws when the transaction has ended. */
  get connection(): Connection {
    if (!this.#connection) throw new Error('This transaction has ended: it was used outside of its work')
    return this.#connection
  }

  async get<T = Row>(sql: string, ...values: readonly SqlValue[]): Promise<T | undefined> {
    return this.connection.get<T>(sql, ...values)
  }

  async all<T = Row>(sql: string, ...values: readonly SqlValue[]): Promise<T[]> {
    return this.connection.all<T>(sql, ...values)
  }

  end(): void {
    this.#connection = undefined
  }
}

/** A write transaction within a batch; collects what is to happen after the commit. */
export class SqliteTransaction extends SqliteSnapshot implements Transaction {
  readonly topics: string[] = []
  readonly actions: (() => void)[] = []

  async run(sql: string, ...values: readonly SqlValue[]): Promise<{ readonly changes: number }> {
    return { changes: this.connection.run(sql, ...values) }
  }

  wake(topic: string): void {
    this.topics.push(topic)
  }

  afterCommit(action: () => void): void {
    this.actions.push(action)
  }
}

/** The connection behind a transaction or snapshot of this backend, while it is open. */
export function connectionOf(snapshot: ReadTransaction): Connection {
  if (!(snapshot instanceof SqliteSnapshot)) throw new TypeError('This transaction is of another database')
  return snapshot.connection
}
