/** Carries out a rewind in the database, down to the sub-orchestrations that failed. */
import type { Transaction } from '@aloft/engine'
import { eventTypes, type HistoryEvent } from '../contracts.ts'
import { makeOutgoing } from './addressing.ts'
import { InstanceNotFound, InvalidState } from './errors.ts'
import { makeEvent, timestampOf } from './events.ts'
import { History } from './history.ts'
import type { HubContext } from './hub-context.ts'
import { decodeRow, findInstance } from './instance-store.ts'
import { insertMessage } from './message-store.ts'
import { type InstanceRow, statusNumbers } from './model.ts'
import { rewindHistory } from './rewind.ts'
import type { Outgoing } from './turn.ts'
import { parentNotice } from './turn-endings.ts'

const update = `UPDATE durable_instance SET status = ${statusNumbers.Running}, turns = turns + 1, active = 1,
  updated_at = ?, completed_at = NULL, output = NULL, failure = NULL WHERE seq = ?`

/** The ids of the instances that go on. @throws InstanceNotFound, InvalidState */
export async function rewindInstance(
  transaction: Transaction,
  context: HubContext,
  instanceId: string,
  reason: string | null,
): Promise<string[]> {
  const stored = await findInstance(transaction, context.id, instanceId)
  if (!stored) throw new InstanceNotFound(instanceId)
  const row = await decodeRow(transaction, stored)
  if (row.status !== 'Failed') throw new InvalidState('rewind', instanceId, row.status)
  const turns = await transaction.all<{ events: string }>(
    'SELECT events FROM durable_turn WHERE instance = ? ORDER BY turn',
    row.seq,
  )
  const past = JSON.parse(`[${turns.map(({ events }) => events).join(',')}]`) as HistoryEvent[]
  const { events } = rewindHistory(past)
  const text = JSON.stringify(events).slice(1, -1)
  const now = context.clock.now()
  await transaction.run('DELETE FROM durable_turn WHERE instance = ?', row.seq)
  await transaction.run('INSERT INTO durable_turn (instance, turn, events) VALUES (?, 0, ?)', row.seq, text)
  await transaction.run(update, now, row.seq)
  const rewound = makeEvent(eventTypes.executionRewound, -1, timestampOf(now), { Reason: reason })
  const messages: Outgoing[] = [{ target: row.id, event: rewound }, ...openTimers(row, events, text)]
  const ids = [row.id]
  for (const [taskId, childId] of new History(text).openChildren) {
    const child = await findInstance(transaction, context.id, childId)
    if (!child) continue
    const { status, output, failure, origin } = await decodeRow(transaction, child)
    if (origin.parent?.instanceId !== row.id || origin.parent.taskId !== taskId) continue
    if (status === 'Failed') ids.push(...(await rewindInstance(transaction, context, childId, reason)))
    // It ended while there was nobody to tell.
    else if (status === 'Completed' || status === 'Terminated')
      messages.push(...parentNotice({ origin }, { status, output, failure }, timestampOf(now)))
  }
  for (const message of messages) await insertMessage(transaction, makeOutgoing(context, message))
  return ids
}

/** The end of the orchestration has taken its timers away. */
function openTimers(row: InstanceRow, events: readonly HistoryEvent[], text: string): Outgoing[] {
  const { openTimers: open } = new History(text)
  return events.flatMap(({ EventType, EventId, FireAt }) => {
    if (EventType !== eventTypes.timerCreated || !open.has(EventId)) return []
    const event = makeEvent(eventTypes.timerFired, -1, FireAt as string, { TimerId: EventId, FireAt })
    const dueAt = Math.max(1, Date.parse(FireAt as string))
    return [{ target: row.id, event, dueAt, executionId: row.executionId }]
  })
}
