/** What could not be done is kept to be looked at. */
import type { ReadTransaction } from '@aloft/engine'
import type { HubContext } from './hub-context.ts'
import type { Instance } from './instance.ts'
import { encodeMessage, type Message } from './model.ts'
import type { DeadLetter } from './task-hub.ts'

const insert = `INSERT INTO durable_dead_letter (id, hub, instance_id, name, kind, reason, attempts, messages, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

export async function addDeadLetter(
  { clock, engine, id: hub, nextNumber }: HubContext,
  { id, attempts }: Pick<Instance, 'id' | 'attempts'>,
  name: string,
  reason: string,
  messages: readonly Message[],
  kind: DeadLetter['kind'] = 'orchestrator',
): Promise<void> {
  const text = `[${messages.map(encodeMessage).join(',')}]`
  const number = nextNumber()
  await engine.database.write((transaction) =>
    transaction.run(insert, number, hub, id, name, kind, reason, attempts, text, clock.now()),
  )
}

export function readDeadLetters(
  snapshot: ReadTransaction,
  hub: number,
  limit: number,
): Promise<DeadLetter[]> {
  const sql = `SELECT id, instance_id AS instanceId, name, kind, reason, attempts, messages, at
    FROM durable_dead_letter WHERE hub = ? ORDER BY id DESC LIMIT ?`
  return snapshot.all<DeadLetter>(sql, hub, limit)
}
