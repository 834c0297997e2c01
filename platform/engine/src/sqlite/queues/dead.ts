import type { QueueMessage } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { type MessageRow, messageColumns, toMessage } from './messages.ts'
import type { OpenQueue } from './open-queue.ts'
import { letNextIn } from './sessions.ts'

const selectDead = `SELECT ${messageColumns}, reason FROM queue_message
  WHERE queue = ? AND state = 2 AND id > ? ORDER BY id LIMIT ?`

type DeadRow = readonly [...MessageRow, reason: string]

/** Dead messages with ids above `afterId`, ascending. */
export function peekDead(
  connection: Connection,
  queue: number,
  count: number,
  afterId: number,
): (QueueMessage & { reason: string })[] {
  return connection
    .rows<DeadRow>(selectDead, queue, afterId, count)
    .map((row) => ({ ...toMessage(connection, row.slice(0, 9) as unknown as MessageRow), reason: row[9] }))
}

const revive = `UPDATE queue_message
  SET state = ?, visible_at = ?, version = version + 1, dequeue_count = 0, reason = NULL
  WHERE id = ? AND queue = ? AND state = 2`

/** Puts dead messages back as if they were new, each at its old place in its session. The number put back. */
export function resubmitDead(queue: OpenQueue, ids: readonly number[], now: number): number {
  return ids.filter((id) => resubmitOne(queue, id, now)).length
}

function resubmitOne(queue: OpenQueue, id: number, now: number): boolean {
  const { connection } = queue
  const row = connection.row<[string | null]>('SELECT session FROM queue_message WHERE id = ?', id)
  if (!row) return false
  const [session] = row
  if (connection.run(revive, session === null ? 0 : 1, now, id, queue.id) === 0) return false
  queue.dead--
  if (session === null) queue.inLine++
  else {
    queue.behind++
    letNextIn(queue, session)
  }
  return true
}

/** The number removed. */
export function removeDead(queue: OpenQueue, ids: readonly number[]): number {
  const sql = 'DELETE FROM queue_message WHERE id = ? AND queue = ? AND state = 2'
  const removed = ids.filter((id) => queue.connection.run(sql, id, queue.id) > 0).length
  queue.dead -= removed
  return removed
}
