/** The Blob service for callers in the same process: the same verbs and rules as over HTTP. */
import { type Engine, type LogEntry, logTopic } from '@aloft/engine'
import type { Item, Metadata } from './model/item.ts'
import { acquireLease, type Lease, releaseLease, renewLease } from './model/lease.ts'
import { leaseBlob } from './store/blob-leases.ts'
import { setMetadata } from './store/change-blob.ts'
import { type BlobChange, blobChangesLog, parseChange } from './store/changes.ts'
import { type BlobCheck, type CheckOptions, checkBlobs } from './store/check-blobs.ts'
import { type ContainerAddress, createContainer } from './store/containers.ts'
import type { Content } from './store/content.ts'
import type { AccessOptions, BlobAddress, BlobContext, WriteOptions } from './store/context.ts'
import { type DeleteOptions, deleteBlob } from './store/delete-blob.ts'
import { type ListOptions, type ListPage, listBlobs } from './store/listing.ts'
import { type PutOptions, putBlockBlob } from './store/put-blob.ts'
import { getProperties, type OpenedBlob, openBlob, type ReadOptions } from './store/read-blob.ts'

/** A change with its place in the account's log. */
export interface LoggedChange extends BlobChange {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface ChangePage {
  readonly changes: readonly LoggedChange[]
  /** First kept and next free offset of the log. */
  readonly first: number
  readonly next: number
}

export interface BlobStore {
  /** @throws StorageError ContainerAlreadyExists */
  createContainer(address: ContainerAddress): Promise<void>
  /** @throws StorageError BlobNotFound, ContainerNotFound, ConditionNotMet … */
  getProperties(address: BlobAddress, options?: AccessOptions): Promise<Item>
  /** Content as a stream, or as a whole when it is small. @throws StorageError BlobNotFound, InvalidRange … */
  open(address: BlobAddress, options?: ReadOptions): Promise<OpenedBlob>
  /** Makes or replaces a block blob. @throws StorageError as Put Blob does */
  upload(address: BlobAddress, content: Content, options?: PutOptions): Promise<Item>
  delete(address: BlobAddress, options?: DeleteOptions): Promise<void>
  list(address: ContainerAddress, options: ListOptions): Promise<ListPage>
  setMetadata(address: BlobAddress, metadata: Metadata, options?: WriteOptions): Promise<Item>
  /** @param duration seconds, 15 to 60, or -1 = for ever. @throws StorageError LeaseAlreadyPresent */
  acquireLease(address: BlobAddress, duration: number, proposedId?: string): Promise<Lease>
  /** @throws StorageError LeaseIdMismatchWithLeaseOperation */
  renewLease(address: BlobAddress, id: string): Promise<Lease>
  /** @throws StorageError LeaseIdMismatchWithLeaseOperation */
  releaseLease(address: BlobAddress, id: string): Promise<void>
  /** Up to `limit` changes of an account from `offset` on, and where its log begins and ends. */
  changes(account: string, offset: number, limit: number): Promise<ChangePage>
  /** Calls `listener` after changes of the account's blobs. Returns the way out. */
  listen(account: string, listener: () => void): () => void
  /** Reads everything and holds it against what is known of it. */
  check(options: CheckOptions): Promise<BlobCheck>
}

export function blobStore(context: BlobContext): BlobStore {
  const lease = async (address: BlobAddress, change: Parameters<typeof leaseBlob>[2]) => {
    const result = await leaseBlob(context, address, change, {})
    return result.lease as Lease
  }
  return {
    createContainer: async (address) => void (await createContainer(context, address, {})),
    getProperties: (address, options = {}) => getProperties(context, address, options),
    open: (address, options = {}) => openBlob(context, address, options),
    upload: async (address, content, options = {}) =>
      (await putBlockBlob(context, address, content, options)).item,
    delete: (address, options = {}) => deleteBlob(context, address, options),
    list: (address, options) => listBlobs(context, address, options),
    setMetadata: (address, metadata, options = {}) => setMetadata(context, address, metadata, options),
    acquireLease: (address, duration, proposedId) =>
      lease(address, (current, now) => acquireLease(current, proposedId, duration, now)),
    renewLease: (address, id) => lease(address, (current, now) => renewLease(current, id, now)),
    releaseLease: async (address, id) => void (await lease(address, (current) => releaseLease(current, id))),
    changes: (account, offset, limit) => changesFrom(context.engine, account, offset, limit),
    listen: (account, listener) =>
      context.engine.database.listen(logTopic(blobChangesLog(account), 0), listener),
    check: (options) => checkBlobs(context, options),
  }
}

function changesFrom(
  { database, logs }: Engine,
  account: string,
  offset: number,
  limit: number,
): Promise<ChangePage> {
  const log = blobChangesLog(account)
  return database.read(async (snapshot) => {
    const bounds = await logs.bounds(snapshot, log, 0)
    const entries = await logs.read(snapshot, log, 0, Math.max(offset, bounds.first), limit)
    const changes = entries.map((entry: LogEntry) => ({
      ...parseChange(entry),
      offset: entry.offset,
      at: entry.appendedAt,
    }))
    return { changes, ...bounds }
  })
}
