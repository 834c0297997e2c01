/** Blobs of one connection, as triggers and bindings use them: of this process, or elsewhere. */

/** What is known of a blob beside its content. Times are milliseconds since 1970. */
export interface BlobFacts {
  readonly container: string
  readonly name: string
  /** With quotes. */
  readonly etag: string
  readonly url: string
  readonly createdAt: number
  readonly modifiedAt: number
  readonly length: number
  readonly contentType: string
  readonly type: 'BlockBlob' | 'PageBlob' | 'AppendBlob'
  /** Base64; '' when it has none. */
  readonly md5: string
  readonly metadata: Readonly<Record<string, string>>
}

/** A blob that came or changed. */
export interface BlobNotice {
  readonly name: string
  readonly etag: string
  readonly type: BlobFacts['type']
}

export interface BlobAccess {
  /** Whether they are in this process. */
  readonly isEmbedded: boolean
  /** Undefined when there is no such blob or container. */
  find(container: string, blob: string): Promise<BlobFacts | undefined>
  read(container: string, blob: string): Promise<Buffer | undefined>
  /** Makes or replaces a block blob, and the container if need be; resolves when it is durable. */
  write(
    container: string,
    blob: string,
    content: Uint8Array,
    contentType: string,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>
  /** @param position of an earlier feed, to go on there; '' = every blob that is there counts as new */
  watch(container: string, prefix: string, position: string): BlobFeed
}

/** The blobs of a container as they come and change; one may be told of more than once. */
export interface BlobFeed {
  /** None: wait for `idle`. */
  next(): Promise<readonly BlobNotice[]>
  /** Where a later feed goes on that is to miss nothing behind what `next` has told of. */
  readonly position: string
  /** Resolves when it is worth to ask again, or `signal` aborts. */
  idle(signal: AbortSignal): Promise<void>
  close(): void
}
