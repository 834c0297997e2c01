/** Queues of an account: their names, metadata and access policies. Every verb is one transaction. */
import type { Engine, ReadTransaction } from '@aloft/engine'
import type { AccessPolicy } from '../contracts.ts'
import { StorageError } from '../protocol/storage-error.ts'
import { queueErrors } from './errors.ts'
import {
  engineQueue,
  ensureGeneration,
  findGeneration,
  insertQueue,
  type QueueAddress,
  requireGeneration,
  storageQueueTopic,
} from './queue-row.ts'

/** User metadata; names keep the case in which they were sent, and are compared without. */
export type QueueMetadata = Readonly<Record<string, string>>

export interface QueueProperties {
  readonly metadata: QueueMetadata
  /** Hidden messages included; expired ones may be. */
  readonly messageCount: number
}

export interface ListedQueue {
  readonly name: string
  readonly metadata: QueueMetadata
}

export interface QueuePage {
  readonly queues: readonly ListedQueue[]
  /** The name with which the next page begins; undefined on the last one. */
  readonly next: string | undefined
}

export interface QueueQuery {
  readonly prefix: string
  /** The name to begin with; '' = the first. */
  readonly from: string
  readonly limit: number
}

interface QueueRow {
  readonly name: string
  readonly metadata: string
  readonly policies: string
}

export class QueueCatalog {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Whether it was made now; `exists` = it was there with the same metadata. @throws StorageError QueueAlreadyExists */
  create(address: QueueAddress, metadata: QueueMetadata): Promise<'created' | 'exists'> {
    return this.#engine.database.write(async (transaction) => {
      const row = await findRow(transaction, address)
      if (row) {
        if (!isSameMetadata(JSON.parse(row.metadata), metadata)) throw queueErrors.QueueAlreadyExists()
        return 'exists'
      }
      await insertQueue(transaction, address, JSON.stringify(metadata))
      transaction.wake(storageQueueTopic(address))
      return 'created'
    })
  }

  /** Makes the queue unless it exists, whatever its metadata. */
  async ensure(address: QueueAddress): Promise<void> {
    const { database } = this.#engine
    if ((await database.read((snapshot) => findGeneration(snapshot, address))) !== undefined) return
    await database.write((transaction) => ensureGeneration(transaction, address))
  }

  /** With all its messages. @throws StorageError QueueNotFound */
  delete(address: QueueAddress): Promise<void> {
    const { database, queues } = this.#engine
    return database.write(async (transaction) => {
      const generation = await requireGeneration(transaction, address)
      const sql = 'DELETE FROM storage_queue WHERE account = ? AND name = ?'
      await transaction.run(sql, address.account, address.queue)
      await queues.purge(transaction, engineQueue(address, generation))
      transaction.wake(storageQueueTopic(address))
    })
  }

  /** Deletes all queues of an account, one after the other. */
  async deleteAll(account: string): Promise<void> {
    const sql = 'SELECT name FROM storage_queue WHERE account = ?'
    const rows = await this.#engine.database.read((snapshot) =>
      snapshot.all<Pick<QueueRow, 'name'>>(sql, account),
    )
    for (const { name } of rows) await this.delete({ account, queue: name }).catch(ignoreMissing)
  }

  /** Ascending by name. */
  async list(account: string, { prefix, from, limit }: QueueQuery): Promise<QueuePage> {
    const first = from > prefix ? from : prefix
    // Names are of letters, digits and hyphens, and `{` comes after them all.
    const sql = `SELECT name, metadata FROM storage_queue
      WHERE account = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`
    const rows = await this.#engine.database.read((snapshot) =>
      snapshot.all<QueueRow>(sql, account, first, `${prefix}{`, limit + 1),
    )
    const queues = rows
      .slice(0, limit)
      .map(({ name, metadata }) => ({ name, metadata: JSON.parse(metadata) }))
    return { queues, next: rows[limit]?.name }
  }

  /** @throws StorageError QueueNotFound */
  properties(address: QueueAddress): Promise<QueueProperties> {
    const { database, queues } = this.#engine
    return database.read(async (snapshot) => {
      const row = await requireRow(snapshot, address)
      const generation = await requireGeneration(snapshot, address)
      const { ready, claimed, scheduled } = await queues.counts(snapshot, engineQueue(address, generation))
      return { metadata: JSON.parse(row.metadata), messageCount: ready + claimed + scheduled }
    })
  }

  /** Replaces all metadata. @throws StorageError QueueNotFound */
  setMetadata(address: QueueAddress, metadata: QueueMetadata): Promise<void> {
    return this.#set(address, 'metadata', JSON.stringify(metadata))
  }

  /** Stored access policies; undefined when there is no such queue. */
  async policies(address: QueueAddress): Promise<readonly AccessPolicy[] | undefined> {
    const row = await this.#engine.database.read((snapshot) => findRow(snapshot, address))
    return row && JSON.parse(row.policies)
  }

  /** @throws StorageError QueueNotFound */
  async requirePolicies(address: QueueAddress): Promise<readonly AccessPolicy[]> {
    const policies = await this.policies(address)
    if (!policies) throw queueErrors.QueueNotFound()
    return policies
  }

  /** @throws StorageError QueueNotFound */
  setPolicies(address: QueueAddress, policies: readonly AccessPolicy[]): Promise<void> {
    return this.#set(address, 'policies', JSON.stringify(policies))
  }

  async #set({ account, queue }: QueueAddress, column: 'metadata' | 'policies', json: string): Promise<void> {
    const sql = `UPDATE storage_queue SET ${column} = ? WHERE account = ? AND name = ?`
    const { changes } = await this.#engine.database.write((transaction) =>
      transaction.run(sql, json, account, queue),
    )
    if (changes === 0) throw queueErrors.QueueNotFound()
  }
}

function findRow(snapshot: ReadTransaction, { account, queue }: QueueAddress): Promise<QueueRow | undefined> {
  const sql = 'SELECT name, metadata, policies FROM storage_queue WHERE account = ? AND name = ?'
  return snapshot.get<QueueRow>(sql, account, queue)
}

async function requireRow(snapshot: ReadTransaction, address: QueueAddress): Promise<QueueRow> {
  const row = await findRow(snapshot, address)
  if (!row) throw queueErrors.QueueNotFound()
  return row
}

/** Somebody else may have deleted it first. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof StorageError && error.code === 'QueueNotFound')) throw error
}

function isSameMetadata(stored: QueueMetadata, sent: QueueMetadata): boolean {
  return canonical(stored) === canonical(sent)
}

function canonical(metadata: QueueMetadata): string {
  const entries = Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value] as const)
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
