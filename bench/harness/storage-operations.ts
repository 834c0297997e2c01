/** What is measured of storage, whatever the client. */
export const storageOperations = [
  'queue send, receive, delete',
  'table insert',
  'table point read',
  'blob put 4 KiB',
  'blob get 4 KiB',
] as const

export type StorageOperation = (typeof storageOperations)[number]

export const messageText = 'm'.repeat(1024)
export const blobContent = Buffer.alloc(4096, 'x')

/** One client on one server. */
export interface StorageClient {
  /** Makes the queue, the table, the container, and what is read. */
  setUp(): Promise<void>
  /** `n` numbers the calls of an operation. */
  readonly operations: Readonly<Record<StorageOperation, (n: number) => Promise<void>>>
  close(): Promise<void>
}
