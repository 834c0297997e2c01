import type { ReadTransaction, Row, SqlValue, Transaction } from '../contracts.ts'
import type { Connection } from './connection.ts'
import { type LateSum, LateSums } from './late-sums.ts'

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

/** A write transaction within a batch; collects what is to happen before and after the commit. */
export class SqliteTransaction extends SqliteSnapshot implements Transaction {
  readonly topics: string[] = []
  readonly actions: (() => void)[] = []
  readonly lateSums: LateSum[] = []
  readonly #earlier: LateSums

  /** @param earlier the sums of those transactions of the batch that ran before */
  constructor(connection: Connection, earlier: LateSums) {
    super(connection)
    this.#earlier = earlier
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<{ readonly changes: number }> {
    return { changes: this.connection.run(sql, ...values) }
  }

  wake(topic: string): void {
    this.topics.push(topic)
  }

  afterCommit(action: () => void): void {
    this.actions.push(action)
  }

  /** Adds to a row right before the commit, together with what other transactions add to it. */
  addLate(sum: LateSum): void {
    this.lateSums.push(sum)
  }

  /** What this transaction and those before it in the batch are still to add to a row. */
  pendingSum(sql: string, id: number): readonly number[] | undefined {
    const sums = new LateSums()
    const earlier = this.#earlier.get(sql, id)
    if (earlier) sums.add({ sql, id, values: earlier })
    for (const sum of this.lateSums) sums.add(sum)
    return sums.get(sql, id)
  }
}

/** The connection behind a transaction or snapshot of this backend, while it is open. */
export function connectionOf(snapshot: ReadTransaction): Connection {
  if (!(snapshot instanceof SqliteSnapshot)) throw new TypeError('This transaction is of another database')
  return snapshot.connection
}
