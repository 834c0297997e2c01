import type { ClaimedMessage, QueueMessage } from '../../contracts.ts'
import type { Connection } from '../connection.ts'

/** Larger bodies stand in a table of their own, so that a claim does not rewrite them. */
export const inlineBytes = 1024

/** The columns of `MessageRow`. */
export const messageColumns =
  'id, visible_at, version, dequeue_count, enqueued_at, expires_at, session, headers, body'

export type MessageRow = readonly [
  id: number,
  visibleAt: number,
  version: number,
  dequeueCount: number,
  enqueuedAt: number,
  expiresAt: number | null,
  session: string | null,
  headers: string,
  body: Uint8Array | null,
]

export function toMessage(connection: Connection, row: MessageRow): QueueMessage {
  const [id, visibleAt, , dequeueCount, enqueuedAt, expiresAt, session, headers, body] = row
  return {
    id,
    body: body ?? largeBody(connection, id),
    headers,
    session: session ?? undefined,
    enqueuedAt,
    visibleAt,
    expiresAt: expiresAt ?? undefined,
    dequeueCount,
  }
}

/** The message of `row`, claimed a moment ago until `visibleAt`. */
export function toClaimed(connection: Connection, row: MessageRow, visibleAt: number): ClaimedMessage {
  const [id, , version, dequeueCount, enqueuedAt, expiresAt, session, headers, body] = row
  return {
    id,
    body: body ?? largeBody(connection, id),
    headers,
    session: session ?? undefined,
    enqueuedAt,
    visibleAt,
    expiresAt: expiresAt ?? undefined,
    dequeueCount: dequeueCount + 1,
    receipt: formatReceipt(version + 1, session),
  }
}

export function isExpired([, , , , , expiresAt]: MessageRow, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** What goes into the message's row; the rest is `storeLargeBody`'s. */
export function inlineBody(body: Uint8Array): Uint8Array | null {
  return body.length <= inlineBytes ? body : null
}

export function storeLargeBody(connection: Connection, id: number, body: Uint8Array): void {
  if (body.length > inlineBytes) connection.run('INSERT INTO queue_body (id, body) VALUES (?, ?)', id, body)
}

function largeBody(connection: Connection, id: number): Uint8Array {
  const row = connection.row<[Uint8Array]>('SELECT body FROM queue_body WHERE id = ?', id)
  if (!row) throw new Error(`The body of message ${id} is missing`)
  return row[0]
}

/** A receipt also names the session, so that settling need not read the message first: `7`, `7:session`. */
export function formatReceipt(version: number, session: string | null): string {
  return session === null ? String(version) : `${version}:${session}`
}

/** The version and session that a receipt stands for; a version that no message has when it is not a receipt. */
export function parseReceipt(receipt: string): { readonly version: number; readonly session: string | null } {
  const colon = receipt.indexOf(':')
  const digits = colon === -1 ? receipt : receipt.slice(0, colon)
  const version = Number(digits)
  if (!(version >= 0) || String(version) !== digits) return { version: -1, session: null }
  return { version, session: colon === -1 ? null : receipt.slice(colon + 1) }
}
