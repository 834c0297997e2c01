import { makeOutgoing } from './addressing.ts'
import type { EntityLock } from './entity-turn.ts'
import { eventRaised, timestampOf } from './events.ts'
import type { HubContext } from './hub-context.ts'
import { deleteInstance, findInstance, type StoredInstance } from './instance-store.ts'
import type { Addressed } from './message-store.ts'
import { insertMessage } from './message-store.ts'
import { entityStatusNumber, hasEnded, statusOf } from './model.ts'

/** Deletes entities with nothing in them, and gives back locks whose holder has ended or is not there. */
export async function cleanEntities(
  context: HubContext,
  onDeleted: (ids: readonly string[]) => void,
): Promise<{ removed: number; released: number }> {
  const { clock, engine, id: hub } = context
  const { removed, releases } = await engine.database.write(async (transaction) => {
    const rows = await transaction.all<StoredInstance>(
      `SELECT seq, partition, id, lock, input FROM durable_instance
        WHERE hub = ? AND status = ${entityStatusNumber} AND (lock IS NOT NULL OR input IS NULL)`,
      hub,
    )
    const empty: string[] = []
    const sent: Addressed[] = []
    for (const { seq, partition, id, lock, input } of rows) {
      if (lock !== null) {
        const { by: parent, id: lockId } = JSON.parse(lock) as EntityLock
        const holder = await findInstance(transaction, hub, parent, 'without')
        if (holder && !hasEnded(statusOf(holder.status))) continue
        const event = eventRaised('release', JSON.stringify({ parent, id: lockId }), timestampOf(clock.now()))
        const addressed = makeOutgoing(context, { target: id, event })
        await insertMessage(transaction, addressed)
        sent.push(addressed)
      } else if (input === null && !(await hasMessages(partition, id))) {
        await deleteInstance(transaction, partition, id, seq)
        empty.push(id)
      }
    }
    return { removed: empty, releases: sent }

    async function hasMessages(partition: number, id: string): Promise<boolean> {
      const sql = 'SELECT 1 FROM durable_message WHERE partition = ? AND target = ? LIMIT 1'
      return (await transaction.get(sql, partition, id)) !== undefined
    }
  })
  onDeleted(removed)
  context.deliver(releases, [])
  return { removed: removed.length, released: releases.length }
}
