import type { EnqueueOptions } from '../../contracts.ts'
import type { Connection } from '../connection.ts'
import { inlineBody, storeLargeBody } from './messages.ts'
import { hasSession } from './sessions.ts'

export type NewMessage = EnqueueOptions & { readonly body: Uint8Array }

/** Adds messages in order; returns their ids. */
export function enqueue(
  connection: Connection,
  queue: number,
  messages: readonly NewMessage[],
  now: number,
): number[] {
  return messages.map((message) => enqueueOne(connection, queue, message, now))
}

const insert = `INSERT INTO queue_message
  (queue, state, visible_at, version, dequeue_count, enqueued_at, expires_at, on_expiry, session, headers, body)
  VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?)`

function enqueueOne(connection: Connection, queue: number, message: NewMessage, now: number): number {
  const { body, delayMs = 0, ttlMs, onExpiry, session, headers = '' } = message
  const id = connection.insert(
    insert,
    queue,
    session !== undefined && hasSession(connection, queue, session) ? 1 : 0,
    Math.ceil(now + delayMs),
    now,
    ttlMs === undefined ? null : Math.ceil(now + ttlMs),
    onExpiry === 'dead-letter' ? 1 : 0,
    session ?? null,
    headers,
    inlineBody(body),
  )
  storeLargeBody(connection, id, body)
  return id
}
