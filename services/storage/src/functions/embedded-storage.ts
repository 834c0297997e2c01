import type { BlobStore } from '../blob/index.ts'
import type { ServiceName, StorageAccount } from '../contracts.ts'
import type { QueueStore } from '../queue/index.ts'
import type { TableStore } from '../table/index.ts'

/** What tells whether a connection leads to this process. */
export interface StorageHost {
  readonly accounts: { find(name: string): StorageAccount | undefined }
  /** Where the services listen on this machine; undefined = nowhere. */
  readonly ports: Readonly<Record<ServiceName, number>> | undefined
}

/** The storage of this process, as triggers and bindings use it without HTTP; `StorageService` is one. */
export interface EmbeddedStorage extends StorageHost {
  readonly blobs: BlobStore
  readonly queues: QueueStore
  readonly tables: TableStore
}
