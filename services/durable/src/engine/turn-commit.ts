/** Writes what a turn comes to, in one transaction. */
import type { SqlValue, Transaction } from '@aloft/engine'
import type { EntityLock } from './entity-turn.ts'
import { InstanceExists } from './errors.ts'
import { encodeOrigin, hubOf, insertInstance, storePayload } from './instance-store.ts'
import { type Addressed, insertMessage, removeMessages } from './message-store.ts'
import { entityStatusNumber, hasEnded, type InstanceRow, type Message, statusNumbers } from './model.ts'
import { replaceable } from './task-hub.ts'

/** The instance has changed under the turn's feet (replaced, purged, run by another host): nothing was written. */
export class StaleTurn extends Error {
  override readonly name = 'StaleTurn'
}

/** A new instance that a turn brings about, and the message for the case that its id is taken. */
export interface NewChild {
  readonly row: InstanceRow
  readonly refusal: Addressed | undefined
}

/** What every turn writes. */
export interface TurnWrite {
  /** As it was before the turn. */
  readonly before: InstanceRow
  readonly consumed: readonly Message[]
  readonly sent: readonly Addressed[]
  readonly children: readonly NewChild[]
}

export interface OrchestratorWrite extends TurnWrite {
  readonly after: InstanceRow
  /** The events of the turn, joined by commas. */
  readonly text: string
  /** Whether activities are under way, before and after. */
  readonly wasActive: boolean
  readonly isActive: boolean
  /**
   * Whether there may be messages beyond those that are consumed. One that nobody here knows of yet is thrown away when
   * it is delivered.
   */
  readonly hasMessages: boolean
  /** Numbers of the messages of cancelled timers. */
  readonly cancelled: readonly number[]
}

export interface EntityWrite extends TurnWrite {
  readonly after: InstanceRow
  readonly lock: EntityLock | null
  /** Neither state nor lock nor messages are left. */
  readonly isEmpty: boolean
}

/** What the children that could not be started cost: messages for the orchestration itself. */
export type Refusals = readonly Addressed[]

/** Without the columns that are in an index: that is most of the cost. */
const updateSame =
  'UPDATE durable_instance SET turns = turns + 1, updated_at = ?, custom_status = ? WHERE seq = ? AND turns = ?'
const updateRunning = `UPDATE durable_instance SET status = ?, turns = turns + 1, active = ?, updated_at = ?,
  custom_status = ? WHERE seq = ? AND turns = ?`
const updateEnded = `UPDATE durable_instance SET status = ?, turns = turns + 1, active = 0, updated_at = ?,
  custom_status = ?, completed_at = ?, output = ?, failure = ? WHERE seq = ? AND turns = ?`
const updateRenewed = `UPDATE durable_instance SET status = ?, turns = turns + 1, active = 1, updated_at = ?,
  custom_status = ?, execution_id = ?, version = ?, generation = ?, origin = ?, input = ? WHERE seq = ? AND turns = ?`
const insertTurn = 'INSERT INTO durable_turn (instance, turn, events) VALUES (?, ?, ?)'

/** @throws StaleTurn */
export async function writeOrchestratorTurn(
  transaction: Transaction,
  write: OrchestratorWrite,
): Promise<Refusals> {
  const { before, after, cancelled } = write
  const { seq, partition, id } = before
  const status = statusNumbers[after.status]
  const { updatedAt, customStatus } = after
  if (hasEnded(after.status)) {
    const output = await storePayload(transaction, seq, 'output', after.output)
    const failure = after.failure && JSON.stringify(after.failure)
    // biome-ignore format: in the order of the statement
    await updateOrFail(transaction, updateEnded, status, updatedAt, customStatus, after.completedAt, output, failure, seq, before.turns)
    await transaction.run(insertTurn, seq, before.turns, write.text)
  } else if (after.generation !== before.generation) {
    const input = await storePayload(transaction, seq, 'input', after.input)
    const origin = encodeOrigin(after.origin)
    // biome-ignore format: in the order of the statement
    await updateOrFail(transaction, updateRenewed, status, updatedAt, customStatus, after.executionId, after.version, after.generation, origin, input, seq, before.turns)
    await transaction.run('DELETE FROM durable_turn WHERE instance = ?', seq)
  } else {
    if (after.status === before.status && write.isActive === write.wasActive)
      await updateOrFail(transaction, updateSame, updatedAt, customStatus, seq, before.turns)
    // biome-ignore format: in the order of the statement
    else await updateOrFail(transaction, updateRunning, status, write.isActive ? 1 : 0, updatedAt, customStatus, seq, before.turns)
    await transaction.run(insertTurn, seq, before.turns, write.text)
  }
  await consume(transaction, partition, id, write.consumed)
  if (cancelled.length > 0) await removeMessages(transaction, partition, id, cancelled)
  if (hasEnded(after.status) && write.hasMessages)
    await transaction.run('DELETE FROM durable_message WHERE partition = ? AND target = ?', partition, id)
  return await send(transaction, write)
}

const insertEntity = `INSERT INTO durable_instance (seq, hub, partition, id, execution_id, name, status, turns, active,
    generation, created_at, updated_at, lock, input)
  VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?) ON CONFLICT (hub, id) DO NOTHING`
const updateEntity =
  'UPDATE durable_instance SET turns = turns + 1, updated_at = ?, lock = ?, input = ? WHERE seq = ? AND turns = ?'

/** @throws StaleTurn */
export async function writeEntityTurn(transaction: Transaction, write: EntityWrite): Promise<Refusals> {
  const { before, after } = write
  const { partition, id } = before
  const { seq, updatedAt } = after
  const lock = write.lock && JSON.stringify(write.lock)
  const isNew = before.turns === 0
  if (write.isEmpty) {
    if (!isNew)
      await updateOrFail(
        transaction,
        'DELETE FROM durable_instance WHERE seq = ? AND turns = ?',
        seq,
        before.turns,
      )
    if (!isNew) await transaction.run('DELETE FROM durable_payload WHERE instance = ?', seq)
  } else {
    const state = await storePayload(transaction, seq, 'input', after.input)
    // biome-ignore format: in the order of the statement
    if (isNew) await updateOrFail(transaction, insertEntity, seq, hubOf(partition), partition, id, after.executionId, after.name, entityStatusNumber, after.createdAt, updatedAt, lock, state)
    else await updateOrFail(transaction, updateEntity, updatedAt, lock, state, seq, before.turns)
  }
  await consume(transaction, partition, id, write.consumed)
  return await send(transaction, write)
}

/** Removes messages for an instance that has nothing to do with them. */
export async function writeDiscard(
  transaction: Transaction,
  partition: number,
  target: string,
  messages: readonly Message[],
): Promise<void> {
  await removeMessages(transaction, partition, target, storedNumbers(messages))
}

async function updateOrFail(transaction: Transaction, sql: string, ...values: SqlValue[]): Promise<void> {
  if ((await transaction.run(sql, ...values)).changes !== 1) throw new StaleTurn()
}

/** A message is taken in exactly once: who finds it gone has been overtaken. */
async function consume(
  transaction: Transaction,
  partition: number,
  target: string,
  messages: readonly Message[],
): Promise<void> {
  const numbers = storedNumbers(messages)
  if (numbers.length === 0) return
  if ((await removeMessages(transaction, partition, target, numbers)) !== numbers.length)
    throw new StaleTurn()
}

function storedNumbers(messages: readonly Message[]): number[] {
  return messages.filter(({ seq }) => seq !== 0).map(({ seq }) => seq)
}

async function send(transaction: Transaction, { sent, children }: TurnWrite): Promise<Refusals> {
  for (const addressed of sent) await insertMessage(transaction, addressed)
  const refusals: Addressed[] = []
  for (const { row, refusal } of children) {
    try {
      await insertInstance(transaction, row, replaceable.NonRunningStates)
    } catch (error) {
      if (!(error instanceof InstanceExists)) throw error
      if (refusal) refusals.push(refusal)
    }
  }
  for (const refusal of refusals) await insertMessage(transaction, refusal)
  return refusals
}
