/** A queue as its row has it, for those who work on it in the same transaction. */
import type { ReadTransaction, Transaction } from '@aloft/engine'
import { newId } from '@aloft/kernel'
import { queueErrors } from './errors.ts'

export interface QueueAddress {
  readonly account: string
  readonly queue: string
}

/** The queue's generation, a GUID; undefined when there is no such queue. */
export async function findGeneration(
  snapshot: ReadTransaction,
  { account, queue }: QueueAddress,
): Promise<string | undefined> {
  const sql = 'SELECT generation FROM storage_queue WHERE account = ? AND name = ?'
  return (await snapshot.get<{ generation: string }>(sql, account, queue))?.generation
}

/** @throws StorageError QueueNotFound */
export async function requireGeneration(snapshot: ReadTransaction, address: QueueAddress): Promise<string> {
  const generation = await findGeneration(snapshot, address)
  if (generation === undefined) throw queueErrors.QueueNotFound()
  return generation
}

/** As `findGeneration`, making the queue if need be. */
export async function ensureGeneration(transaction: Transaction, address: QueueAddress): Promise<string> {
  return (await findGeneration(transaction, address)) ?? insertQueue(transaction, address, '{}')
}

/** @param metadata as JSON */
export async function insertQueue(
  transaction: Transaction,
  address: QueueAddress,
  metadata: string,
): Promise<string> {
  const generation = newId()
  const sql =
    'INSERT INTO storage_queue (account, name, generation, metadata, policies) VALUES (?, ?, ?, ?, ?)'
  await transaction.run(sql, address.account, address.queue, generation, metadata, '[]')
  return generation
}

/** The engine's queue that has the messages. */
export function engineQueue({ account, queue }: QueueAddress, generation: string): string {
  return `storage/${account}/${queue}/${generation}`
}

/** Woken when messages of the queue may have become claimable, or the queue was made or deleted. */
export function storageQueueTopic({ account, queue }: QueueAddress): string {
  return `storage-queue:${account}/${queue}`
}
