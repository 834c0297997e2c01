/** Deletes instances that have ended, with all that belongs to them. */
import type { Transaction } from '@aloft/engine'
import { InstanceNotFound } from './errors.ts'
import type { HubContext } from './hub-context.ts'
import { deleteInstance, findInstance, type StoredInstance } from './instance-store.ts'
import { endedNumbers, entityStatusNumber, hasEnded, statusOf } from './model.ts'
import { conditionOf } from './queries.ts'
import type { InstanceFilter } from './task-hub.ts'

/** Instances of one transaction. */
const pageSize = 200

/** The ids of those deleted; none when it goes on. @throws InstanceNotFound */
export async function purgeInstance(
  transaction: Transaction,
  hub: number,
  id: string,
  children: 'purge' | 'leave',
): Promise<string[]> {
  const row = await findInstance(transaction, hub, id, 'without')
  if (!row) throw new InstanceNotFound(id)
  if (row.status !== entityStatusNumber && !hasEnded(statusOf(row.status))) return []
  return await deleteTree(transaction, hub, row, children)
}

/** @returns ids of what was deleted */
async function deleteTree(
  transaction: Transaction,
  hub: number,
  { partition, id, seq }: Pick<StoredInstance, 'partition' | 'id' | 'seq'>,
  children: 'purge' | 'leave',
): Promise<string[]> {
  await deleteInstance(transaction, partition, id, seq)
  if (children === 'leave') return [id]
  const below = await transaction.all<StoredInstance>(
    `SELECT partition, id, seq FROM durable_instance
      WHERE hub = ? AND parent_id = ? AND status IN (${endedNumbers})`,
    hub,
    id,
  )
  const deleted = [id]
  for (const child of below) deleted.push(...(await deleteTree(transaction, hub, child, children)))
  return deleted
}

/** Page by page, so that others get their turn at the database. */
export async function purgeWhere(
  context: HubContext,
  filter: InstanceFilter,
  onDeleted: (ids: readonly string[]) => void,
  {
    timeoutMs = Number.POSITIVE_INFINITY,
    children = 'leave',
  }: { timeoutMs?: number; children?: 'purge' | 'leave' },
): Promise<{ deleted: number; isComplete: boolean }> {
  const { clock, engine, id: hub } = context
  const isEntity = filter.kind === 'entity'
  const { sql, values } = conditionOf(hub, { ...filter, kind: filter.kind ?? 'orchestration' })
  const ended = isEntity ? '' : `AND status IN (${endedNumbers})`
  const endAt = clock.elapsed() + timeoutMs
  let deleted = 0
  while (clock.elapsed() < endAt) {
    const ids = await engine.database.write(async (transaction) => {
      const rows = await transaction.all<StoredInstance>(
        `SELECT partition, id, seq FROM durable_instance WHERE ${sql} ${ended} LIMIT ?`,
        ...values,
        pageSize,
      )
      const gone: string[] = []
      for (const row of rows) gone.push(...(await deleteTree(transaction, hub, row, children)))
      return gone
    })
    onDeleted(ids)
    deleted += ids.length
    if (ids.length < pageSize) return { deleted, isComplete: true }
  }
  return { deleted, isComplete: false }
}
