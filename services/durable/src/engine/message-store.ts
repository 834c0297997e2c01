import type { ReadTransaction, Transaction } from '@aloft/engine'
import { decodeMessage, encodeMessage, endedNumbers, type Message } from './model.ts'

/** A message with the instance that it is for. */
export interface Addressed {
  readonly partition: number
  readonly target: string
  readonly message: Message
}

const insert = 'INSERT INTO durable_message (partition, target, seq, due_at, body) VALUES (?, ?, ?, ?, ?)'
const remove = 'DELETE FROM durable_message WHERE partition = ? AND target = ? AND seq = ?'

export async function insertMessage(
  transaction: Transaction,
  { partition, target, message }: Addressed,
): Promise<void> {
  await transaction.run(insert, partition, target, message.seq, message.dueAt, encodeMessage(message))
}

const insertFenced = `INSERT INTO durable_message (partition, target, seq, due_at, body)
  SELECT ?, ?, ?, ?, ? FROM durable_instance
  WHERE seq = ? AND execution_id = ? AND status NOT IN (${endedNumbers})`

/** Whether the execution that the outcome of an activity is for still goes on, so that it was stored. */
export async function insertOutcome(
  transaction: Transaction,
  { partition, target, message }: Addressed,
  instance: number,
): Promise<boolean> {
  const { seq, dueAt, executionId = '' } = message
  const body = encodeMessage(message)
  const { changes } = await transaction.run(
    insertFenced,
    partition,
    target,
    seq,
    dueAt,
    body,
    instance,
    executionId,
  )
  return changes > 0
}

/** The number of messages that were there to be removed. */
export async function removeMessages(
  transaction: Transaction,
  partition: number,
  target: string,
  seqs: readonly number[],
): Promise<number> {
  let removed = 0
  for (const seq of seqs) removed += (await transaction.run(remove, partition, target, seq)).changes
  return removed
}

interface StoredMessage {
  readonly target: string
  readonly seq: number
  readonly due_at: number
  readonly body: string
}

/** All messages of an instance in the order of sending, also those that wait for their time. */
export async function messagesOf(
  snapshot: ReadTransaction,
  partition: number,
  target: string,
): Promise<Message[]> {
  const sql =
    'SELECT target, seq, due_at, body FROM durable_message WHERE partition = ? AND target = ? ORDER BY seq'
  const rows = await snapshot.all<StoredMessage>(sql, partition, target)
  return rows.map(({ seq, due_at, body }) => decodeMessage(seq, due_at, body))
}

/** Messages due at or before `until`, those that are not to wait first, then in order of sending. */
export async function messagesDue(
  snapshot: ReadTransaction,
  partition: number,
  after: number,
  until: number,
): Promise<Addressed[]> {
  const sql = `SELECT target, seq, due_at, body FROM durable_message
    WHERE partition = ? AND due_at > ? AND due_at <= ? ORDER BY due_at, seq`
  const rows = await snapshot.all<StoredMessage>(sql, partition, after, until)
  return rows.map(({ target, seq, due_at, body }) => ({
    partition,
    target,
    message: decodeMessage(seq, due_at, body),
  }))
}
