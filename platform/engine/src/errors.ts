/** What the durable primitives throw on purpose. Everything else is a defect. */
import type { Lease } from './contracts.ts'

/** `append` expected to write at one offset, and the partition ends at another: somebody else was first. */
export class OffsetConflict extends Error {
  override readonly name = 'OffsetConflict'
  readonly expectedOffset: number
  readonly actualOffset: number

  constructor(log: string, partition: number, expectedOffset: number, actualOffset: number) {
    super(`Log ${log}/${partition} ends at offset ${actualOffset}, not at ${expectedOffset}`)
    this.expectedOffset = expectedOffset
    this.actualOffset = actualOffset
  }
}

/** The lease of a fenced write has expired, was released, or is somebody else's. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
  readonly lease: Lease

  constructor(lease: Lease) {
    super(`${lease.owner} no longer holds lease ${lease.name} in epoch ${lease.epoch}`)
    this.lease = lease
  }
}

/** No bytes are kept or staged under this key. */
export class BlobNotFound extends Error {
  override readonly name = 'BlobNotFound'
  readonly key: string

  constructor(key: string) {
    super(`There are no bytes under key ${key}`)
    this.key = key
  }
}

/** Content went on after `maxBytes`. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge'
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`The content is larger than ${maxBytes} bytes`)
    this.maxBytes = maxBytes
  }
}

/** The disk refused: nothing of the affected transaction or content was acknowledged or will appear. */
export class StorageFailed extends Error {
  override readonly name = 'StorageFailed'
  /** What to do about it, in one sentence. */
  readonly hint: string

  constructor(message: string, hint: string, cause: unknown) {
    super(message, { cause })
    this.hint = hint
  }
}
