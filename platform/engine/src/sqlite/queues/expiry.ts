import { expiredReason, type Transaction } from '../../contracts.ts'
import { connectionOf } from '../transaction.ts'
import { type OpenQueue, withQueue } from './open-queue.ts'
import { letNextIn } from './sessions.ts'

const bury = `UPDATE queue_message
  SET state = 2, version = version + 1, expires_at = NULL, reason = '${expiredReason}' WHERE id = ?`

type ExpiredRow = readonly [state: number, session: string | null, onExpiry: number]

/** Takes an expired message out of its queue. Answers whether another of its session stands in line for it. */
export function expire(queue: OpenQueue, id: number): boolean {
  const { connection } = queue
  const sql = 'SELECT state, session, on_expiry FROM queue_message WHERE id = ?'
  const row = connection.row<ExpiredRow>(sql, id)
  if (!row) return false
  const [state, session, onExpiry] = row
  if (state === 0) queue.inLine--
  else queue.behind--
  if (onExpiry === 0) connection.run('DELETE FROM queue_message WHERE id = ?', id)
  else {
    connection.run(bury, id)
    queue.dead++
  }
  return session !== null && letNextIn(queue, session)
}

/** Whoever holds a message keeps it until the claim runs out. */
const selectExpired = `SELECT id, queue FROM queue_message
  WHERE expires_at <= ? AND NOT (state = 0 AND dequeue_count > 0 AND visible_at > ?) LIMIT ?`

/** What a sweep took out, and the queues in which another message stands in line now. */
export interface Swept {
  readonly count: number
  readonly queues: ReadonlySet<number>
}

export function sweep(transaction: Transaction, limit: number, now: number): Swept {
  const queues = new Set<number>()
  const rows = connectionOf(transaction).rows<[number, number]>(selectExpired, now, now, limit)
  for (const [id, queueId] of rows)
    if (withQueue(transaction, queueId, (queue) => expire(queue, id))) queues.add(queueId)
  return { count: rows.length, queues }
}
