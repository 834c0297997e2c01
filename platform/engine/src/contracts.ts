/**
 * The four durable primitives, as services see them. Every backend (SQLite here, PostgreSQL across hosts)
 * fills the same verbs and passes the same conformance suite.
 *
 * Verbs that change state take the transaction in which they happen, so that a service can combine them with
 * its own tables: what one `database.write` does becomes durable together or not at all.
 */

export type SqlValue = string | number | bigint | null | Uint8Array
export type Row = Record<string, SqlValue>

/** Reads inside a transaction or a snapshot. Placeholders are `?`. */
export interface ReadTransaction {
  get<T = Row>(sql: string, ...values: readonly SqlValue[]): Promise<T | undefined>
  all<T = Row>(sql: string, ...values: readonly SqlValue[]): Promise<T[]>
}

export interface Transaction extends ReadTransaction {
  /** Runs a statement; `changes` is the number of rows that it changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<{ readonly changes: number }>
  /** Rouses the listeners of `topic` after the commit. */
  wake(topic: string): void
  /** Runs `action` after the commit, in this process only. */
  afterCommit(action: () => void): void
}

/** A service's schema, forward only: `steps[n]` brings version n to n + 1. Never edit a released step. */
export interface Migration {
  /** The service's name; also the prefix of its tables. */
  readonly service: string
  /** SQL scripts; each runs once, in order, in its own transaction. */
  readonly steps: readonly string[]
}

export interface Database {
  /**
   * Runs `work` in a write transaction and resolves once it is durable. Transactions that arrive together are
   * committed together; when one throws, only its own changes are undone. `work` must be short, must await
   * nothing but the transaction, and may be run again.
   */
  write<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T>
  /** Runs `work` on a consistent snapshot of what is committed. */
  read<T>(work: (snapshot: ReadTransaction) => Promise<T> | T): Promise<T>
  migrate(migration: Migration): Promise<void>
  /** Calls `listener` after a commit that woke `topic`; several wakes may become one call. Returns the way out. */
  listen(topic: string, listener: () => void): () => void
  close(): Promise<void>
}

export interface EnqueueOptions {
  /** Milliseconds until it can be claimed. */
  readonly delayMs?: number
  /** Milliseconds after which it is gone; absent = never. Whoever has claimed it keeps it until the claim runs out. */
  readonly ttlMs?: number
  /** What becomes of it when its time to live is over (default `remove`); the dead ones have `expiredReason`. */
  readonly onExpiry?: 'remove' | 'dead-letter'
  /**
   * Messages of one session are claimed in order of arrival, one at a time: none while an earlier one is claimed,
   * or waits for its delay or for its turn after being given back.
   */
  readonly session?: string
  /** The service's own facts, stored as they are. */
  readonly headers?: string
}

export interface QueueMessage {
  /** Unique in its queue for ever, ascending in order of arrival, with gaps. */
  readonly id: number
  readonly body: Uint8Array
  readonly headers: string
  readonly session: string | undefined
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number
  readonly visibleAt: number
  readonly expiresAt: number | undefined
  /** How often it has been claimed, this time included. */
  readonly dequeueCount: number
}

/**
 * A claimed message. `receipt` proves the claim: it is good until the message is renewed, given back or claimed
 * anew, also beyond `visibleAt`, as Azure's queues have it.
 */
export interface ClaimedMessage extends QueueMessage {
  readonly receipt: string
}

/** Enough to act on a claim. */
export type Claim = Pick<ClaimedMessage, 'id' | 'receipt'>

/**
 * The receipt of a message without a session that has not been claimed, renewed or given back yet: whoever put it
 * may act on it, as with Azure's queues.
 */
export const freshReceipt = '0'

export interface QueueCounts {
  /** Claimable now. */
  readonly ready: number
  /** Claimed, or given back with a delay, and not yet visible again. */
  readonly claimed: number
  /** Waiting for their time, never claimed. */
  readonly scheduled: number
  /** Behind an earlier message of their session. */
  readonly blocked: number
  readonly dead: number
}

/** Why a message is dead whose time to live was over; the word is Service Bus's. */
export const expiredReason = 'TTLExpiredException'

/**
 * Leased messages. A queue is a name; it exists from its first message on. Messages are claimed in the order in
 * which they become visible, then of arrival: one that was given back stands behind those already waiting.
 */
export interface Queues {
  /** Returns the ids, in order. */
  enqueue(
    transaction: Transaction,
    queue: string,
    messages: readonly ({ readonly body: Uint8Array } & EnqueueOptions)[],
  ): Promise<number[]>
  /**
   * Up to `count` visible messages, oldest first, invisible to others for `visibilityMs` (at least 1). None does
   * not always mean that there are none: a claim that meets very many expired messages removes some of them and
   * wakes the topic.
   */
  claim(
    transaction: Transaction,
    queue: string,
    count: number,
    visibilityMs: number,
  ): Promise<ClaimedMessage[]>
  /** Removes claimed messages; answers for each whether the claim was still valid. */
  complete(transaction: Transaction, queue: string, claims: readonly Claim[]): Promise<boolean[]>
  /** Gives claimed messages back, visible after `delayMs`. */
  abandon(
    transaction: Transaction,
    queue: string,
    claims: readonly Claim[],
    delayMs?: number,
  ): Promise<boolean[]>
  /** Extends a claim to `visibilityMs` from now, optionally with a new body; the new receipt, or undefined when the claim is lost. */
  renew(
    transaction: Transaction,
    queue: string,
    claim: Claim,
    visibilityMs: number,
    body?: Uint8Array,
  ): Promise<string | undefined>
  /** Moves claimed messages aside, with the reason. The dead stay until they are resubmitted, removed or purged. */
  deadLetter(
    transaction: Transaction,
    queue: string,
    claims: readonly Claim[],
    reason: string,
  ): Promise<boolean[]>
  /** What a claim would take, left as it is. */
  peek(snapshot: ReadTransaction, queue: string, count: number): Promise<QueueMessage[]>
  /** The message of that id, claimed or not; undefined when it is gone, dead or expired. */
  get(snapshot: ReadTransaction, queue: string, id: number): Promise<QueueMessage | undefined>
  /** The dead in order of arrival, those after the id `afterId`. */
  peekDead(
    snapshot: ReadTransaction,
    queue: string,
    count: number,
    afterId?: number,
  ): Promise<(QueueMessage & { reason: string })[]>
  /** Puts dead messages back as if they were new; the number put back. */
  resubmitDead(transaction: Transaction, queue: string, ids: readonly number[]): Promise<number>
  /** The number removed. */
  removeDead(transaction: Transaction, queue: string, ids: readonly number[]): Promise<number>
  /** Costs a walk over the messages that are claimed or scheduled, not over those that are ready. */
  counts(snapshot: ReadTransaction, queue: string): Promise<QueueCounts>
  /**
   * When the next message of the queue becomes claimable (milliseconds since 1970; now or past: at once), so that
   * a consumer can set its timer. May be too early, when that message expires before, never too late.
   */
  nextVisibleAt(snapshot: ReadTransaction, queue: string): Promise<number | undefined>
  /** Removes all messages, dead ones included. */
  purge(transaction: Transaction, queue: string): Promise<number>
  /**
   * Takes out up to `limit` expired messages of any queue; the number taken. To be called every now and then:
   * until then, or until a claim meets it, an expired message holds up its session.
   */
  sweep(transaction: Transaction, limit: number): Promise<number>
}

/** Woken when `queue` has something to claim, or will have earlier than `nextVisibleAt` said. */
export function queueTopic(queue: string): string {
  return `queue:${queue}`
}

export interface LogEntry {
  /** Dense within a partition, from 0. */
  readonly offset: number
  readonly body: Uint8Array
  readonly headers: string
  /** Milliseconds since 1970; never less than that of the entry before. */
  readonly appendedAt: number
}

export interface NewLogEntry {
  readonly body: Uint8Array
  readonly headers?: string
}

/** Append-only partitions. A log is a name with numbered partitions; each exists from its first entry on. */
export interface Logs {
  /**
   * Appends in order; returns the first offset. With `expectedOffset`, throws `OffsetConflict` unless that is
   * where the first entry would go. Wakes `logTopic(log, partition)`.
   */
  append(
    transaction: Transaction,
    log: string,
    partition: number,
    entries: readonly NewLogEntry[],
    expectedOffset?: number,
  ): Promise<number>
  /** Up to `limit` kept entries from `offset` on. */
  read(
    snapshot: ReadTransaction,
    log: string,
    partition: number,
    offset: number,
    limit: number,
  ): Promise<LogEntry[]>
  /** First kept and next free offset; both 0 before the first entry. */
  bounds(snapshot: ReadTransaction, log: string, partition: number): Promise<{ first: number; next: number }>
  /** First kept offset appended at or after `time` (milliseconds since 1970); the next free one when there is none. */
  offsetAt(snapshot: ReadTransaction, log: string, partition: number, time: number): Promise<number>
  /** Drops entries below `offset`. */
  trim(transaction: Transaction, log: string, partition: number, offset: number): Promise<void>
  /** Drops up to `limit` entries appended before `time`; the number dropped. */
  retain(transaction: Transaction, log: string, before: number, limit: number): Promise<number>
  /** Removes the log with all its partitions; one that is made anew begins at offset 0. */
  remove(transaction: Transaction, log: string): Promise<void>
}

/** Woken when `partition` of `log` has grown. */
export function logTopic(log: string, partition: number): string {
  return `log:${log}/${partition}`
}

/** Bytes at rest. Immutable once stored. */
export interface StoredBytes {
  /** Names the bytes in this store. */
  readonly key: string
  readonly length: number
  /** MD5 of the content, 16 bytes. */
  readonly md5: Uint8Array
  /** CRC-64 (Azure Storage's polynomial) of the content, 8 bytes little-endian. */
  readonly crc64: Uint8Array
}

/**
 * Bytes on disk or S3. A put stages bytes under a new key; they stay only if a transaction `keep`s the key, and are
 * durable when it commits: what no row refers to is collected, so that a crash between the two leaves nothing
 * behind. A key is staged in the process that put it.
 */
export interface Blobs {
  /**
   * Streams to disk; never holds the whole content in memory. Rejects, leaving nothing, when `content` fails, or
   * with `BlobTooLarge` when it exceeds `maxBytes`. The buffers of `content` must not be reused.
   */
  put(content: AsyncIterable<Uint8Array> | Uint8Array, maxBytes?: number): Promise<StoredBytes>
  /**
   * `length` bytes from `offset` (default: all), fewer at the end of the content. The bytes stay readable until the
   * iteration ends, also when they are released meanwhile. Throws `BlobNotFound` on the first step.
   */
  read(key: string, offset?: number, length?: number): AsyncIterable<Uint8Array>
  /** Small content in one piece. Rejects with `BlobNotFound`. */
  bytes(key: string): Promise<Uint8Array>
  /** Commits the key: counts one more reference to it. Throws `BlobNotFound`, also when the last one was released. */
  keep(transaction: Transaction, key: string): Promise<void>
  /** Takes one reference away; bytes without references are deleted after the commit. Throws `BlobNotFound`. */
  release(transaction: Transaction, key: string): Promise<void>
  /**
   * Puts staged or kept blocks together without copying them: the result is read as one, and refers to each block
   * by itself. It has no reference yet: `keep` it in the same transaction. `length` is the block's whole length.
   */
  compose(
    transaction: Transaction,
    parts: readonly { readonly key: string; readonly length: number }[],
  ): Promise<string>
  /** Deletes staged bytes at once that nobody has kept, e.g. after a request was refused; else does nothing. */
  discard(key: string): Promise<void>
  /** Deletes bytes that nothing refers to and that are older than `olderThanMs`; the number of bytes freed. */
  collect(olderThanMs: number): Promise<number>
}

/** Proof of holding a lease. Every write that depends on the lease carries `epoch`. */
export interface Lease {
  readonly name: string
  readonly owner: string
  /** Grows with every change of holder: the fencing token. */
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Leases {
  /**
   * Takes the lease when it is free, expired, or the owner's already; undefined when somebody else holds it. The
   * epoch stays when the owner has held it without a gap, else grows.
   */
  acquire(
    transaction: Transaction,
    name: string,
    owner: string,
    durationMs: number,
  ): Promise<Lease | undefined>
  /** Extends; undefined when it has expired, was released or is somebody else's. */
  renew(transaction: Transaction, lease: Lease, durationMs: number): Promise<Lease | undefined>
  /** Whether it was still held. */
  release(transaction: Transaction, lease: Lease): Promise<boolean>
  /** Throws `LeaseLost`, undoing the transaction, unless `lease` is still held in its epoch and not expired. */
  check(transaction: Transaction, lease: Lease): Promise<void>
  /** The lease as it is held now. */
  get(snapshot: ReadTransaction, name: string): Promise<Lease | undefined>
}

/** Everything durable, opened. */
export interface Engine {
  readonly database: Database
  readonly queues: Queues
  readonly logs: Logs
  readonly blobs: Blobs
  readonly leases: Leases
  close(): Promise<void>
}
