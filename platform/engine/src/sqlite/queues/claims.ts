import type { Claim, ClaimedMessage } from '../../contracts.ts'
import { expire } from './expiry.ts'
import {
  formatReceipt,
  inlineBody,
  isExpired,
  type MessageRow,
  messageColumns,
  parseReceipt,
  storeLargeBody,
  toClaimed,
} from './messages.ts'
import type { OpenQueue } from './open-queue.ts'
import { letNextIn } from './sessions.ts'

/** A claim removes the expired messages that it meets; after so many it leaves the rest to the next claim. */
const maxExpiredPerClaim = 1000

/** The messages that stand in line and are visible, in the order in which they are claimed. */
export const selectVisible = `SELECT ${messageColumns} FROM queue_message
  WHERE queue = ? AND state = 0 AND visible_at <= ? ORDER BY visible_at, id LIMIT ?`

const take = `UPDATE queue_message
  SET visible_at = ?, version = version + 1, dequeue_count = dequeue_count + 1 WHERE id = ?`

/** Undefined when it met so many expired messages that it stopped before it came to others. */
export function claim(
  queue: OpenQueue,
  count: number,
  visibilityMs: number,
  now: number,
): ClaimedMessage[] | undefined {
  const { connection } = queue
  // At least one millisecond, or the message would still be visible.
  const visibleAt = Math.ceil(now + Math.max(1, visibilityMs))
  for (let met = 0; met < maxExpiredPerClaim; ) {
    const rows = connection.rows<MessageRow>(selectVisible, queue.id, now, count)
    const expired = rows.filter((row) => isExpired(row, now))
    if (expired.length === 0)
      return rows.map((row) => {
        connection.run(take, visibleAt, row[0])
        return toClaimed(connection, row, visibleAt)
      })
    for (const [id] of expired) expire(queue, id)
    met += expired.length
  }
  return undefined
}

/** How a claim ended. */
export interface Settled {
  readonly isValid: boolean
  /** Whether the next message of its session stands in line now. */
  readonly hasLetIn: boolean
}

const lost: Settled = { isValid: false, hasLetIn: false }
const settled: Settled = { isValid: true, hasLetIn: false }

export function complete(queue: OpenQueue, { id, receipt }: Claim): Settled {
  const { version, session } = parseReceipt(receipt)
  const sql = 'DELETE FROM queue_message WHERE id = ? AND queue = ? AND version = ? AND state = 0'
  if (queue.connection.run(sql, id, queue.id, version) === 0) return lost
  return leaveLine(queue, session)
}

/** The dead ignore their time to live. */
const kill = `UPDATE queue_message SET state = 2, version = version + 1, expires_at = NULL, reason = ?
  WHERE id = ? AND queue = ? AND version = ? AND state = 0`

export function deadLetter(queue: OpenQueue, { id, receipt }: Claim, reason: string): Settled {
  const { version, session } = parseReceipt(receipt)
  if (queue.connection.run(kill, reason, id, queue.id, version) === 0) return lost
  queue.dead++
  return leaveLine(queue, session)
}

function leaveLine(queue: OpenQueue, session: string | null): Settled {
  queue.inLine--
  return session === null ? settled : { isValid: true, hasLetIn: letNextIn(queue, session) }
}

const move = `UPDATE queue_message SET visible_at = ?, version = version + 1
  WHERE id = ? AND queue = ? AND version = ? AND state = 0`

export function abandon(queue: OpenQueue, { id, receipt }: Claim, visibleAt: number): boolean {
  return queue.connection.run(move, visibleAt, id, queue.id, parseReceipt(receipt).version) > 0
}

/** The new receipt, or undefined when the claim is lost. */
export function renew(
  { connection, id: queue }: OpenQueue,
  { id, receipt }: Claim,
  visibleAt: number,
  body: Uint8Array | undefined,
): string | undefined {
  const { version, session } = parseReceipt(receipt)
  if (connection.run(move, visibleAt, id, queue, version) === 0) return undefined
  if (body) {
    connection.run('DELETE FROM queue_body WHERE id = ?', id)
    connection.run('UPDATE queue_message SET body = ? WHERE id = ?', inlineBody(body), id)
    storeLargeBody(connection, id, body)
  }
  return formatReceipt(version + 1, session)
}
