import { expiredReason } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { letNextIn } from './sessions.ts'

const bury = `UPDATE queue_message
  SET state = 2, version = version + 1, expires_at = NULL, reason = '${expiredReason}' WHERE id = ?`

/** Takes an expired message out of its queue. Answers whether another of its session stands in line for it. */
export function expire(connection: Connection, queue: number, id: number, session: string | null): boolean {
  if (connection.run('DELETE FROM queue_message WHERE id = ? AND on_expiry = 0', id) === 0)
    connection.run(bury, id)
  return session !== null && letNextIn(connection, queue, session)
}

/** Whoever holds a message keeps it until the claim runs out. */
const selectExpired = `SELECT id, queue, session FROM queue_message
  WHERE expires_at <= ? AND NOT (state = 0 AND dequeue_count > 0 AND visible_at > ?) LIMIT ?`

/** What a sweep took out, and the queues in which another message stands in line now. */
export interface Swept {
  readonly count: number
  readonly queues: ReadonlySet<number>
}

export function sweep(connection: Connection, limit: number, now: number): Swept {
  const queues = new Set<number>()
  const rows = connection.rows<[number, number, string | null]>(selectExpired, now, now, limit)
  for (const [id, queue, session] of rows) if (expire(connection, queue, id, session)) queues.add(queue)
  return { count: rows.length, queues }
}
