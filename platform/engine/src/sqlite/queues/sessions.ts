/** Messages of a session stand in line one at a time: each lets the next in when it leaves the queue. */
import type { OpenQueue } from './open-queue.ts'

/** Whether a message of the session is in the queue. */
export function hasSession({ connection, id }: OpenQueue, session: string): boolean {
  const sql = `SELECT 1 FROM queue_message
    WHERE queue = ? AND session = ? AND session IS NOT NULL AND state <> 2 LIMIT 1`
  return connection.row(sql, id, session) !== undefined
}

/** Lets the earliest message of the session stand in line, unless one does. Answers whether it let one in. */
export function letNextIn(queue: OpenQueue, session: string): boolean {
  const { connection, id } = queue
  if (connection.row(inLine, id, session)) return false
  const next = connection.row<[number]>(earliestBehind, id, session)
  if (!next) return false
  connection.run('UPDATE queue_message SET state = 0 WHERE id = ?', next[0])
  queue.behind--
  queue.inLine++
  return true
}

const inLine = `SELECT 1 FROM queue_message
  WHERE queue = ? AND session = ? AND session IS NOT NULL AND state = 0 AND state <> 2 LIMIT 1`

const earliestBehind = `SELECT id FROM queue_message
  WHERE queue = ? AND session = ? AND session IS NOT NULL AND state = 1 AND state <> 2 ORDER BY id LIMIT 1`
