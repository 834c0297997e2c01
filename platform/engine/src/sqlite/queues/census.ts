/** Looking at a queue without changing it, and emptying it. */
import type { QueueCounts, QueueMessage } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { selectVisible } from './claims.ts'
import { isExpired, type MessageRow, toMessage } from './messages.ts'

/** Expired messages may fill the front of the line until they are swept: looks further then. */
export function peek(connection: Connection, queue: number, count: number, now: number): QueueMessage[] {
  for (let width = count; ; width *= 2) {
    const rows = connection.rows<MessageRow>(selectVisible, queue, now, width)
    const live = rows.filter((row) => !isExpired(row, now))
    if (live.length >= count || rows.length < width)
      return live.slice(0, count).map((row) => toMessage(connection, row))
  }
}

const countVisible = 'SELECT COUNT(*) FROM queue_message WHERE queue = ? AND state = 0 AND visible_at <= ?'
const countHidden = `SELECT COUNT(*), TOTAL(dequeue_count > 0) FROM queue_message
  WHERE queue = ? AND state = 0 AND visible_at > ?`
const countBlocked = `SELECT TOTAL(state = 1) FROM queue_message
  WHERE queue = ? AND session IS NOT NULL AND state <> 2`
const countDead = 'SELECT COUNT(*) FROM queue_message WHERE queue = ? AND state = 2'
const countExpired = `SELECT TOTAL(state = 0 AND visible_at <= ?1),
    TOTAL(state = 0 AND visible_at > ?1 AND dequeue_count = 0), TOTAL(state = 1)
  FROM queue_message WHERE expires_at <= ?1 AND queue = ?2`

/** Reads the indexes of the queue, and the expired messages that nobody has swept yet. */
export function counts(connection: Connection, queue: number, now: number): QueueCounts {
  const count = <Row extends readonly number[]>(sql: string, ...values: readonly number[]) =>
    connection.row<Row>(sql, ...values) as Row
  const [visible] = count<[number]>(countVisible, queue, now)
  const [hidden, claimed] = count<[number, number]>(countHidden, queue, now)
  const [blocked] = count<[number]>(countBlocked, queue)
  const [dead] = count<[number]>(countDead, queue)
  const [goneVisible, goneScheduled, goneBlocked] = count<[number, number, number]>(countExpired, now, queue)
  return {
    ready: visible - goneVisible,
    claimed,
    scheduled: hidden - claimed - goneScheduled,
    blocked: blocked - goneBlocked,
    dead,
  }
}

const selectNextVisible = `SELECT visible_at FROM queue_message
  WHERE queue = ? AND state = 0 ORDER BY visible_at LIMIT 1`

export function nextVisibleAt(connection: Connection, queue: number): number | undefined {
  return connection.row<[number]>(selectNextVisible, queue)?.[0]
}

const purges = [
  'DELETE FROM queue_message WHERE queue = ? AND state = 0',
  'DELETE FROM queue_message WHERE queue = ? AND session IS NOT NULL AND state <> 2',
  'DELETE FROM queue_message WHERE queue = ? AND state = 2',
]

/** Removes everything, one statement for each index that leads to some of it. The number removed. */
export function purge(connection: Connection, queue: number): number {
  return purges.reduce((removed, sql) => removed + connection.run(sql, queue), 0)
}
