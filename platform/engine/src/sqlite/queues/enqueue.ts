import type { EnqueueOptions } from '../../contracts.ts'
import { inlineBody, storeLargeBody } from './messages.ts'
import type { OpenQueue } from './open-queue.ts'
import { hasSession } from './sessions.ts'

export type NewMessage = EnqueueOptions & { readonly body: Uint8Array }

const insert = `INSERT INTO queue_message
  (id, queue, state, visible_at, version, dequeue_count, enqueued_at, expires_at, on_expiry, session, headers, body)
  VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?)`

/** Adds a message under an id above all that were added before. */
export function enqueue(queue: OpenQueue, id: number, message: NewMessage, now: number): void {
  const { body, delayMs = 0, ttlMs, onExpiry, session, headers = '' } = message
  const isBehind = session !== undefined && hasSession(queue, session)
  queue.connection.run(
    insert,
    id,
    queue.id,
    isBehind ? 1 : 0,
    Math.ceil(now + delayMs),
    now,
    ttlMs === undefined ? null : Math.ceil(now + ttlMs),
    onExpiry === 'dead-letter' ? 1 : 0,
    session ?? null,
    headers,
    inlineBody(body),
  )
  if (isBehind) queue.behind++
  else queue.inLine++
  storeLargeBody(queue.connection, id, body)
}
