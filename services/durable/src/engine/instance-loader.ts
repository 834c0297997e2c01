/** Brings an instance from the database into memory. */
import type { Database } from '@aloft/engine'
import { eventTypes } from '../contracts.ts'
import type { EntityLock } from './entity-turn.ts'
import type { Instance } from './instance.ts'
import { decodeRow, findInstance, hubOf } from './instance-store.ts'
import { messagesOf } from './message-store.ts'
import type { InstanceRow, Message } from './model.ts'

export interface StoredState {
  /** Undefined = there is none. */
  readonly row: InstanceRow | undefined
  readonly lock: EntityLock | null
  readonly isActive: boolean
  /** The history: events joined by commas. */
  readonly text: string
  /** Those that wait for their time as well. */
  readonly messages: readonly Message[]
}

export async function readInstance(database: Database, partition: number, id: string): Promise<StoredState> {
  return await database.read(async (snapshot) => {
    const stored = await findInstance(snapshot, hubOf(partition), id)
    const messages = await messagesOf(snapshot, partition, id)
    if (!stored) return { row: undefined, lock: null, isActive: false, text: '', messages }
    const turns = await snapshot.all<{ events: string }>(
      'SELECT events FROM durable_turn WHERE instance = ? ORDER BY turn',
      stored.seq,
    )
    return {
      row: await decodeRow(snapshot, stored),
      lock: stored.lock === null ? null : (JSON.parse(stored.lock) as EntityLock),
      isActive: stored.active === 1,
      text: turns.map(({ events }) => events).join(','),
      messages,
    }
  })
}

/** Puts stored messages into the inbox, before what only this process knows; notes which of them are the timers. */
export function takeStored(instance: Instance, stored: readonly Message[], now: number): void {
  const known = new Map(instance.inbox.map((message) => [message.seq, message]))
  const inbox: Message[] = []
  for (const message of stored) {
    const { event, seq, dueAt } = message
    if (event.EventType === eventTypes.timerFired && message.executionId === instance.row?.executionId)
      instance.timers.set(event.TimerId as number, seq)
    if (dueAt > now && !known.has(seq)) continue
    inbox.push(known.get(seq) ?? message)
    known.delete(seq)
    instance.held.add(seq)
  }
  const rest = instance.inbox.filter((message) => message.seq === 0 || known.has(message.seq))
  instance.inbox = [...inbox, ...rest]
}
