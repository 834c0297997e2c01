/** Rows of instances. Payloads beyond `maxInlineCharacters` are in a table of their own. */
import type { ReadTransaction, SqlValue, Transaction } from '@aloft/engine'
import type { FailureDetails, InstanceStatus } from '../contracts.ts'
import { InstanceExists } from './errors.ts'
import {
  entityStatusNumber,
  type InstanceRow,
  isEntityId,
  type Origin,
  statusNumbers,
  statusOf,
} from './model.ts'
import { partitionsPerHub } from './schema.ts'
import type { ReplaceableStatuses } from './task-hub.ts'

const maxInlineCharacters = 256 * 1024
/** Stands where a payload is elsewhere; no JSON text looks like it. */
const elsewhere = '\u0000'

export interface StoredInstance {
  readonly seq: number
  readonly partition: number
  readonly id: string
  readonly execution_id: string
  readonly name: string
  readonly version: string | null
  readonly status: number
  readonly turns: number
  readonly active: number
  readonly generation: number
  readonly created_at: number
  readonly updated_at: number
  readonly completed_at: number | null
  readonly origin: string | null
  readonly lock: string | null
  readonly custom_status: string | null
  readonly failure: string | null
  readonly input: string | null
  readonly output: string | null
}

const columns =
  'seq, partition, id, execution_id, name, version, status, turns, active, generation, created_at, updated_at, ' +
  'completed_at, origin, lock, custom_status, failure, input, output'

/** The same without payloads: they are not even read. */
const lightColumns = columns.replace('custom_status, failure, input, output', 'failure')

export function columnsFor(payloads: 'with' | 'without' = 'with'): string {
  return payloads === 'with' ? columns : lightColumns
}

const insert = `INSERT INTO durable_instance (seq, hub, partition, id, execution_id, name, version, status, turns,
    active, generation, created_at, updated_at, parent_id, origin, input)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hub, id) DO NOTHING`

/**
 * Adds a new instance. One in the way is deleted when its status is replaceable.
 * @throws InstanceExists
 */
export async function insertInstance(
  transaction: Transaction,
  row: InstanceRow,
  replaceable: ReplaceableStatuses,
): Promise<void> {
  const hub = hubOf(row.partition)
  const origin = encodeOrigin(row.origin)
  const active = row.origin.scheduledAt === undefined ? 1 : 0
  const { seq, partition, id, executionId, name, version, generation, createdAt } = row
  const status = isEntityId(id) ? entityStatusNumber : statusNumbers[row.status]
  const parentId = row.origin.parent?.instanceId ?? null
  const input = await storePayload(transaction, seq, 'input', row.input)
  // biome-ignore format: one value a column
  const values: SqlValue[] = [seq, hub, partition, id, executionId, name, version, status,
    active, generation, createdAt, createdAt, parentId, origin, input]
  if ((await transaction.run(insert, ...values)).changes > 0) return
  const old = await findInstance(transaction, hub, id, 'without')
  if (old && !replaceable.includes(statusOf(old.status))) {
    if (input === elsewhere) await deletePayloads(transaction, seq)
    throw new InstanceExists(id, statusOf(old.status))
  }
  if (old) await deleteInstance(transaction, old.partition, id, old.seq)
  await transaction.run(insert, ...values)
}

export function findInstance(
  snapshot: ReadTransaction,
  hub: number,
  id: string,
  payloads: 'with' | 'without' = 'with',
): Promise<StoredInstance | undefined> {
  const sql = `SELECT ${columnsFor(payloads)} FROM durable_instance WHERE hub = ? AND id = ?`
  return snapshot.get<StoredInstance>(sql, hub, id)
}

/** Deletes the instance with its history, payloads and messages. */
export async function deleteInstance(
  transaction: Transaction,
  partition: number,
  id: string,
  seq: number,
): Promise<void> {
  await transaction.run('DELETE FROM durable_instance WHERE seq = ?', seq)
  await transaction.run('DELETE FROM durable_turn WHERE instance = ?', seq)
  await deletePayloads(transaction, seq)
  await transaction.run('DELETE FROM durable_message WHERE partition = ? AND target = ?', partition, id)
}

async function deletePayloads(transaction: Transaction, seq: number): Promise<void> {
  await transaction.run('DELETE FROM durable_payload WHERE instance = ?', seq)
}

/** What to put into the column `part`: the text, or a mark when it is large and was stored elsewhere. */
export async function storePayload(
  transaction: Transaction,
  seq: number,
  part: 'input' | 'output',
  text: string | null,
): Promise<string | null> {
  if (text === null || text.length <= maxInlineCharacters) return text
  const sql = 'INSERT OR REPLACE INTO durable_payload (instance, part, body) VALUES (?, ?, ?)'
  await transaction.run(sql, seq, part, text)
  return elsewhere
}

async function loadPayload(
  snapshot: ReadTransaction,
  seq: number,
  part: 'input' | 'output',
  column: string | null | undefined,
): Promise<string | null> {
  if (column !== elsewhere) return column ?? null
  const sql = 'SELECT body FROM durable_payload WHERE instance = ? AND part = ?'
  return (await snapshot.get<{ body: string }>(sql, seq, part))?.body ?? null
}

export async function decodeRow(snapshot: ReadTransaction, stored: StoredInstance): Promise<InstanceRow> {
  return {
    seq: stored.seq,
    id: stored.id,
    partition: stored.partition,
    executionId: stored.execution_id,
    name: stored.name,
    version: stored.version,
    status: statusOf(stored.status),
    turns: stored.turns,
    generation: stored.generation,
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
    completedAt: stored.completed_at,
    origin: decodeOrigin(stored.origin),
    customStatus: stored.custom_status ?? null,
    failure: stored.failure ? (JSON.parse(stored.failure) as FailureDetails) : null,
    input: await loadPayload(snapshot, stored.seq, 'input', stored.input),
    output: await loadPayload(snapshot, stored.seq, 'output', stored.output),
  }
}

/** An entity's input is the state of its scheduler, as the Durable Task Framework shows it. */
export function toStatus(row: InstanceRow): InstanceStatus {
  const { turns: _, seq: __, partition: ___, origin, id, status, ...facts } = row
  return {
    ...facts,
    instanceId: id,
    runtimeStatus: status,
    input: isEntityId(id) ? JSON.stringify({ exists: row.input !== null, state: row.input }) : row.input,
    parentInstanceId: origin.parent?.instanceId ?? null,
    tags: origin.tags ?? null,
    scheduledAt: origin.scheduledAt ?? null,
  }
}

export function encodeOrigin(origin: Origin): string | null {
  const text = JSON.stringify(origin)
  return text === '{}' ? null : text
}

export function decodeOrigin(text: string | null): Origin {
  return text === null ? {} : (JSON.parse(text) as Origin)
}

export function hubOf(partition: number): number {
  return Math.floor(partition / partitionsPerHub)
}
