/** Reads for status, lists and counts; never touches histories. */
import type { ReadTransaction, SqlValue } from '@aloft/engine'
import type { EntityStatus, RuntimeStatus } from '../contracts.ts'
import { columnsFor, decodeRow, type StoredInstance, toStatus } from './instance-store.ts'
import { entityStatusNumber, type InstanceRow, parseEntityId, statusNumbers, statusOf } from './model.ts'
import type { EntityPage, EntityQuery, InstanceFilter, InstancePage, InstanceQuery } from './task-hub.ts'

const defaultLimit = 100

/** An SQL condition with its values. */
export interface Condition {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** @param order `'by seq'` when the rows are wanted in order of creation */
export function conditionOf(hub: number, filter: InstanceFilter, order: 'by seq' | 'any' = 'any'): Condition {
  // A `+` keeps SQLite from taking an index and sorting all that it finds, where it can walk the table to the limit.
  const parts: string[] = [order === 'by seq' && !isNarrow(filter) ? '+hub = ?' : 'hub = ?']
  const values: SqlValue[] = [hub]
  const add = (sql: string, ...given: SqlValue[]) => {
    parts.push(sql)
    values.push(...given)
  }
  const { statuses, kind, name, parentInstanceId, idPrefix } = filter
  if (statuses && statuses.length > 0) add(`status IN (${statuses.flatMap(numbersOf).join(', ')})`)
  if (kind === 'entity') add(`status = ${entityStatusNumber}`)
  if (kind === 'orchestration') add(`status < ${entityStatusNumber}`)
  if (name !== undefined) add('name = ?', name)
  if (parentInstanceId !== undefined) add('parent_id = ?', parentInstanceId)
  if (idPrefix) add('id >= ? AND id < ?', idPrefix, afterPrefix(idPrefix))
  if (filter.createdFrom !== undefined) add('created_at >= ?', filter.createdFrom)
  if (filter.createdTo !== undefined) add('created_at <= ?', filter.createdTo)
  if (filter.completedFrom !== undefined) add('completed_at >= ?', filter.completedFrom)
  if (filter.completedTo !== undefined) add('completed_at <= ?', filter.completedTo)
  return { sql: parts.join(' AND '), values }
}

/** Whether an index leads to few rows, or to rows in order of creation. */
function isNarrow({
  idPrefix,
  parentInstanceId,
  completedFrom,
  statuses = [],
  kind,
}: InstanceFilter): boolean {
  if (idPrefix || parentInstanceId !== undefined || completedFrom !== undefined || kind === 'entity')
    return true
  return statuses.length === 1 || (statuses.length > 0 && !statuses.includes('Completed'))
}

/** Entities show as running. */
function numbersOf(status: RuntimeStatus): number[] {
  return status === 'Running' ? [statusNumbers.Running, entityStatusNumber] : [statusNumbers[status]]
}

/** The least text that is beyond every text with this prefix. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

export async function queryInstances(
  snapshot: ReadTransaction,
  hub: number,
  query: InstanceQuery,
): Promise<InstancePage> {
  const { limit = defaultLimit, continuation, first = 'oldest', payloads } = query
  const { sql, values } = conditionOf(hub, query, 'by seq')
  const after = continuation === undefined ? [] : [Number(continuation)]
  const bound = after.length === 0 ? '' : `AND seq ${first === 'oldest' ? '>' : '<'} ?`
  const order = first === 'oldest' ? 'ASC' : 'DESC'
  const rows = await snapshot.all<StoredInstance>(
    `SELECT ${columnsFor(payloads)} FROM durable_instance WHERE ${sql} ${bound} ORDER BY seq ${order} LIMIT ?`,
    ...values,
    ...after,
    limit + 1,
  )
  const page = rows.slice(0, limit)
  const instances = await Promise.all(page.map((row) => decodeRow(snapshot, row)))
  return {
    instances: instances.map(toStatus),
    continuation: rows.length > limit ? String(page.at(-1)?.seq) : undefined,
  }
}

export async function queryEntities(
  snapshot: ReadTransaction,
  hub: number,
  query: EntityQuery,
): Promise<EntityPage> {
  const { limit = defaultLimit, continuation, idPrefix = '@', modifiedFrom, modifiedTo } = query
  const rows = await snapshot.all<StoredInstance>(
    `SELECT ${columnsFor()} FROM durable_instance
      WHERE hub = ? AND id > ? AND id >= ? AND id < ? AND status = ${entityStatusNumber}
        AND updated_at >= ? AND updated_at <= ? AND (input IS NOT NULL OR ?)
      ORDER BY id LIMIT ?`,
    hub,
    continuation ?? '',
    idPrefix,
    afterPrefix(idPrefix),
    modifiedFrom ?? 0,
    modifiedTo ?? Number.MAX_SAFE_INTEGER,
    query.transient === 'with' ? 1 : 0,
    limit + 1,
  )
  const page = rows.slice(0, limit)
  const withState = query.state ?? 'without'
  return {
    entities: await Promise.all(page.map((row) => entityStatus(snapshot, row, withState))),
    continuation: rows.length > limit ? page.at(-1)?.id : undefined,
  }
}

export async function entityStatus(
  snapshot: ReadTransaction,
  stored: StoredInstance,
  state: 'with' | 'without' = 'with',
): Promise<EntityStatus> {
  const row: InstanceRow = await decodeRow(snapshot, stored)
  const backlog = await snapshot.get<{ count: number }>(
    'SELECT count(*) AS count FROM durable_message WHERE partition = ? AND target = ?',
    row.partition,
    row.id,
  )
  return {
    instanceId: row.id,
    ...parseEntityId(row.id),
    exists: row.input !== null,
    state: state === 'with' ? row.input : null,
    modifiedAt: row.updatedAt,
    backlog: backlog?.count ?? 0,
    lockedBy: stored.lock === null ? null : ((JSON.parse(stored.lock) as { by: string }).by ?? null),
  }
}

export async function countInstances(
  snapshot: ReadTransaction,
  hub: number,
): Promise<Partial<Record<RuntimeStatus | 'Entity', number>>> {
  const rows = await snapshot.all<{ status: number; count: number }>(
    'SELECT status, count(*) AS count FROM durable_instance WHERE hub = ? GROUP BY status',
    hub,
  )
  return Object.fromEntries(
    rows.map(({ status, count }) => [status === entityStatusNumber ? 'Entity' : statusOf(status), count]),
  )
}
