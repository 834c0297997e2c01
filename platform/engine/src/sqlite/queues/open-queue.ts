import type { ReadTransaction, Transaction } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { connectionOf, SqliteTransaction } from '../transaction.ts'

/** A queue in the hands of one verb, which keeps account of how many messages it moves. */
export interface OpenQueue {
  readonly connection: Connection
  readonly id: number
  /** By how many the messages in each state have grown. */
  inLine: number
  behind: number
  dead: number
}

const addToTally =
  'UPDATE queue_name SET in_line = in_line + ?, behind = behind + ?, dead = dead + ? WHERE id = ?'

/** Runs one verb on a queue. What it moved is counted also when it fails half-way: the caller may go on. */
export function withQueue<T>(transaction: Transaction, id: number, verb: (queue: OpenQueue) => T): T {
  const queue: OpenQueue = { connection: connectionOf(transaction), id, inLine: 0, behind: 0, dead: 0 }
  try {
    return verb(queue)
  } finally {
    const { inLine, behind, dead } = queue
    if (transaction instanceof SqliteTransaction && (inLine !== 0 || behind !== 0 || dead !== 0))
      transaction.addLate({ sql: addToTally, id, values: [inLine, behind, dead] })
  }
}

/** How many messages a queue has in each state. */
export function tallyOf(
  snapshot: ReadTransaction,
  id: number,
): { readonly inLine: number; readonly behind: number; readonly dead: number } {
  const sql = 'SELECT in_line, behind, dead FROM queue_name WHERE id = ?'
  const [inLine, behind, dead] = connectionOf(snapshot).row<[number, number, number]>(sql, id) ?? [0, 0, 0]
  const pending = snapshot instanceof SqliteTransaction ? snapshot.pendingSum(addToTally, id) : undefined
  const [moreInLine = 0, moreBehind = 0, moreDead = 0] = pending ?? []
  return { inLine: inLine + moreInLine, behind: behind + moreBehind, dead: dead + moreDead }
}
