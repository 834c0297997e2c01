import type { ReadTransaction, Transaction } from '../../contracts.ts'
import { connectionOf } from '../transaction.ts'

/** Queues by name. A name is never forgotten, so that what is remembered here stays true. */
export class QueueNames {
  readonly #ids = new Map<string, number>()

  /** Undefined before the queue's first message. */
  find(snapshot: ReadTransaction, name: string): number | undefined {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const sql = 'SELECT id FROM queue_name WHERE name = ?'
    return connectionOf(snapshot).row<[number]>(sql, name)?.[0]
  }

  /** As `find`, making the queue if need be. */
  ensure(transaction: Transaction, name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const insert = 'INSERT INTO queue_name (name, in_line, behind, dead) VALUES (?, 0, 0, 0)'
    const id = this.find(transaction, name) ?? connectionOf(transaction).insert(insert, name)
    // Not before the commit: what made the queue may yet be undone, and its id given to another.
    transaction.afterCommit(() => this.#ids.set(name, id))
    return id
  }

  nameOf(transaction: Transaction, id: number): string {
    const row = connectionOf(transaction).row<[string]>('SELECT name FROM queue_name WHERE id = ?', id)
    return row?.[0] ?? ''
  }
}
