/** Looking at a queue without changing it, and emptying it. */
import type { QueueCounts, QueueMessage, ReadTransaction } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { connectionOf } from '../transaction.ts'
import { selectVisible } from './claims.ts'
import { isExpired, type MessageRow, messageColumns, toMessage } from './messages.ts'
import { type OpenQueue, tallyOf } from './open-queue.ts'

/** Expired messages may fill the front of the line until they are swept: looks further then. */
export function peek(connection: Connection, queue: number, count: number, now: number): QueueMessage[] {
  for (let width = count; ; width *= 2) {
    const rows = connection.rows<MessageRow>(selectVisible, queue, now, width)
    const live = rows.filter((row) => !isExpired(row, now))
    if (live.length >= count || rows.length < width)
      return live.slice(0, count).map((row) => toMessage(connection, row))
  }
}

const selectOne = `SELECT ${messageColumns} FROM queue_message WHERE id = ? AND queue = ? AND state <> 2`

export function get(
  connection: Connection,
  queue: number,
  id: number,
  now: number,
): QueueMessage | undefined {
  const row = connection.row<MessageRow>(selectOne, id, queue)
  return row && !isExpired(row, now) ? toMessage(connection, row) : undefined
}

const countHidden = `SELECT COUNT(*), TOTAL(dequeue_count > 0) FROM queue_message
  WHERE queue = ? AND state = 0 AND visible_at > ?`
const countExpired = `SELECT TOTAL(state = 0 AND visible_at <= ?1),
    TOTAL(state = 0 AND visible_at > ?1 AND dequeue_count = 0), TOTAL(state = 1)
  FROM queue_message WHERE expires_at <= ?1 AND queue = ?2`

/** Walks over the messages that are not visible, and the expired ones that nobody has swept yet. */
export function counts(snapshot: ReadTransaction, queue: number, now: number): QueueCounts {
  const connection = connectionOf(snapshot)
  const { inLine, behind, dead } = tallyOf(snapshot, queue)
  const [hidden, claimed] = connection.row<[number, number]>(countHidden, queue, now) ?? [0, 0]
  const [goneVisible, goneScheduled, goneBehind] = connection.row<[number, number, number]>(
    countExpired,
    now,
    queue,
  ) ?? [0, 0, 0]
  return {
    ready: inLine - hidden - goneVisible,
    claimed,
    scheduled: hidden - claimed - goneScheduled,
    blocked: behind - goneBehind,
    dead,
  }
}

const selectNextVisible = `SELECT visible_at FROM queue_message
  WHERE queue = ? AND state = 0 ORDER BY visible_at LIMIT 1`

export function nextVisibleAt(connection: Connection, queue: number): number | undefined {
  return connection.row<[number]>(selectNextVisible, queue)?.[0]
}

/** One statement for each index that leads to some of the messages. */
const purgeLine = 'DELETE FROM queue_message WHERE queue = ? AND state = 0'
const purgeBehind = 'DELETE FROM queue_message WHERE queue = ? AND session IS NOT NULL AND state <> 2'
const purgeDead = 'DELETE FROM queue_message WHERE queue = ? AND state = 2'

/** Removes everything. The number removed. */
export function purge(queue: OpenQueue): number {
  const [inLine, behind, dead] = [purgeLine, purgeBehind, purgeDead].map((sql) =>
    queue.connection.run(sql, queue.id),
  ) as [number, number, number]
  queue.inLine -= inLine
  queue.behind -= behind
  queue.dead -= dead
  return inLine + behind + dead
}
