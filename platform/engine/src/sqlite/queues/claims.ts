import type { Claim, ClaimedMessage } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
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
  connection: Connection,
  queue: number,
  count: number,
  visibilityMs: number,
  now: number,
): ClaimedMessage[] | undefined {
  // At least one millisecond, or the message would still be visible.
  const visibleAt = Math.ceil(now + Math.max(1, visibilityMs))
  for (let met = 0; met < maxExpiredPerClaim; ) {
    const rows = connection.rows<MessageRow>(selectVisible, queue, now, count)
    const expired = rows.filter((row) => isExpired(row, now))
    if (expired.length === 0)
      return rows.map((row) => {
        connection.run(take, visibleAt, row[0])
        return toClaimed(connection, row, visibleAt)
      })
    for (const [id, , , , , , session] of expired) expire(connection, queue, id, session)
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

export function complete(connection: Connection, queue: number, { id, receipt }: Claim): Settled {
  const { version, session } = parseReceipt(receipt)
  const sql = 'DELETE FROM queue_message WHERE id = ? AND queue = ? AND version = ?'
  if (connection.run(sql, id, queue, version) === 0) return lost
  return session === null ? settled : { isValid: true, hasLetIn: letNextIn(connection, queue, session) }
}

/** The dead ignore their time to live. */
const kill = `UPDATE queue_message SET state = 2, version = version + 1, expires_at = NULL, reason = ?
  WHERE id = ? AND queue = ? AND version = ?`

export function deadLetter(connection: Connection, queue: number, claim: Claim, reason: string): Settled {
  const { version, session } = parseReceipt(claim.receipt)
  if (connection.run(kill, reason, claim.id, queue, version) === 0) return lost
  return session === null ? settled : { isValid: true, hasLetIn: letNextIn(connection, queue, session) }
}

const move = `UPDATE queue_message SET visible_at = ?, version = version + 1
  WHERE id = ? AND queue = ? AND version = ?`

export function abandon(connection: Connection, queue: number, claim: Claim, visibleAt: number): boolean {
  return connection.run(move, visibleAt, claim.id, queue, parseReceipt(claim.receipt).version) > 0
}

/** The new receipt, or undefined when the claim is lost. */
export function renew(
  connection: Connection,
  queue: number,
  claim: Claim,
  visibleAt: number,
  body: Uint8Array | undefined,
): string | undefined {
  const { version, session } = parseReceipt(claim.receipt)
  if (connection.run(move, visibleAt, claim.id, queue, version) === 0) return undefined
  if (body) {
    connection.run('DELETE FROM queue_body WHERE id = ?', claim.id)
    connection.run('UPDATE queue_message SET body = ? WHERE id = ?', inlineBody(body), claim.id)
    storeLargeBody(connection, claim.id, body)
  }
  return formatReceipt(version + 1, session)
}
