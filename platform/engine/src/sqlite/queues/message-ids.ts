import type { Transaction } from '../../contracts.ts'
import { connectionOf } from '../transaction.ts'

/** Ids are reserved this many at a time; what is left of them is skipped at the next start. */
const reserveSize = 1000

/**
 * Hands out the ids of messages: never one twice, also across crashes and undone transactions. Counted in memory,
 * because `AUTOINCREMENT` would change one more page in every transaction.
 */
export class MessageIds {
  /** Undefined before the first use. */
  #next: number | undefined
  /** Ids below are reserved by transactions that are durable. */
  #reserved = 0

  /** The first of `count` ids that follow on each other. */
  take(transaction: Transaction, count: number): number {
    const first = this.#next ?? this.#load(transaction)
    const next = first + count
    this.#next = next
    if (next > this.#reserved) this.#reserve(transaction, next + reserveSize)
    return first
  }

  #load(transaction: Transaction): number {
    const row = connectionOf(transaction).row<[number]>('SELECT next_id FROM queue_counter')
    return row?.[0] ?? 1
  }

  /** Until the reservation is known to be durable, every transaction that depends on it repeats it. */
  #reserve(transaction: Transaction, end: number): void {
    connectionOf(transaction).run('UPDATE queue_counter SET next_id = ? WHERE next_id < ?', end, end)
    transaction.afterCommit(() => {
      this.#reserved = Math.max(this.#reserved, end)
    })
  }
}
