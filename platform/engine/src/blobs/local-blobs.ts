import { type Clock, type Logger, newId } from '@aloft/kernel'
import type { Blobs, Database, ReadTransaction, StoredBytes, Transaction } from '../contracts.ts'
import { BlobNotFound } from '../errors.ts'
import { compose, type Part } from '../sqlite/blobs/compose.ts'
import { type Content, type Extent, findContent, findParts } from '../sqlite/blobs/content.ts'
import { keep, release, releaseUnkept, type StagedBlob } from '../sqlite/blobs/references.ts'
import { connectionOf } from '../sqlite/transaction.ts'
import type { BlobFiles } from './blob-files.ts'
import { ingest } from './ingest.ts'
import { Pins } from './pins.ts'
import { BlobReaper } from './reaper.ts'
import { recover } from './recovery.ts'

/** Content up to this length stands in the database: one sync for it and everything else of its transaction. */
const inlineBytes = 16 * 1024
/** So much of it may wait in memory to be kept; beyond, content of any length goes to files. */
const maxStagedInMemory = 64 * 1024 * 1024
/** Parts looked up at a time when composed bytes are read. */
const partsPerPage = 64

export interface LocalBlobsOptions {
  readonly database: Database
  readonly files: BlobFiles
  readonly clock: Clock
  readonly log: Logger
}

/** Bytes on this machine's disk, with their references in the database. */
export class LocalBlobs implements Blobs {
  readonly #database: Database
  readonly #files: BlobFiles
  readonly #clock: Clock
  readonly #log: Logger
  readonly #staged = new Map<string, StagedBlob>()
  readonly #pins = new Pins()
  readonly #reaper: BlobReaper
  readonly #publishing = new Set<Promise<void>>()
  #stagedInMemory = 0

  constructor({ database, files, clock, log }: LocalBlobsOptions) {
    this.#database = database
    this.#files = files
    this.#clock = clock
    this.#log = log
    this.#reaper = new BlobReaper({ database, files, pins: this.#pins, log })
  }

  /** Puts right what a crash has left; then takes what was released before out of the way, beside other work. */
  async recover(): Promise<void> {
    await recover(this.#database, this.#files)
    const now = this.#clock.now()
    const dead = await this.#database.write((transaction) => releaseUnkept(connectionOf(transaction), now))
    this.#reaper.add(dead)
  }

  async put(
    content: AsyncIterable<Uint8Array> | Uint8Array,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<StoredBytes> {
    const key = this.#newKey()
    const room = this.#stagedInMemory < maxStagedInMemory ? inlineBytes : -1
    const { stored, bytes } = await ingest(this.#files, key, content, room, maxBytes)
    this.#staged.set(key, { key, length: stored.length, createdAt: this.#clock.now(), bytes })
    this.#stagedInMemory += bytes?.length ?? 0
    return stored
  }

  async *read(key: string, offset = 0, length = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    this.#pins.pin(key)
    try {
      const content = await this.#find(key)
      const end = Math.min(offset + length, content.length)
      if (content.extent) yield* this.#readExtent(content.extent, offset, end)
      else yield* this.#readParts(key, offset, end)
    } finally {
      this.#pins.unpin(key)
    }
  }

  async bytes(key: string): Promise<Uint8Array> {
    const { extent } = await this.#find(key)
    if (extent?.bytes) return extent.bytes
    const chunks: Uint8Array[] = []
    for await (const chunk of this.read(key)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async keep(transaction: Transaction, key: string): Promise<void> {
    const staged = this.#staged.get(key)
    keep(connectionOf(transaction), key, staged)
    if (staged) transaction.afterCommit(() => this.#publish(staged))
  }

  async release(transaction: Transaction, key: string): Promise<void> {
    const { dead } = release(connectionOf(transaction), key)
    if (dead.length > 0) transaction.afterCommit(() => this.#reaper.add(dead))
  }

  async compose(transaction: Transaction, parts: readonly Part[]): Promise<string> {
    const key = this.#newKey()
    compose(connectionOf(transaction), key, parts, this.#staged, this.#clock.now())
    transaction.afterCommit(() => {
      for (const part of parts) this.#publish(this.#staged.get(part.key))
    })
    return key
  }

  async discard(key: string): Promise<void> {
    const staged = this.#staged.get(key)
    if (staged) await this.#dropStaged([staged])
  }

  async collect(olderThanMs: number): Promise<number> {
    const time = this.#clock.now() - olderThanMs
    const old = [...this.#staged.values()].filter(({ createdAt }) => createdAt <= time)
    const freed = await this.#dropStaged(old)
    const dead = await this.#database.write((transaction) => releaseUnkept(connectionOf(transaction), time))
    this.#reaper.add(dead)
    return freed + (await this.#reaper.finish())
  }

  /** Finishes what is under way with files; what remains to be deleted is when the engine opens the next time. */
  async close(): Promise<void> {
    await Promise.all([...this.#publishing, this.#reaper.close()])
  }

  /** Ascending in time, so that keys that are made together are neighbours in the index. */
  #newKey(): string {
    return `${this.#clock.now().toString(16).padStart(12, '0')}-${newId()}`
  }

  async #find(key: string): Promise<Content> {
    const staged = this.#staged.get(key)
    if (staged) return { length: staged.length, extent: { ...staged, start: 0 } }
    const content = await this.#database.read((snapshot) => findContent(connectionOf(snapshot), key))
    if (!content) throw new BlobNotFound(key)
    return content
  }

  async *#readParts(key: string, offset: number, end: number): AsyncGenerator<Uint8Array> {
    let at = offset
    while (at < end) {
      const find = (snapshot: ReadTransaction) => findParts(connectionOf(snapshot), key, at, partsPerPage)
      for (const extent of await this.#database.read(find)) {
        if (extent.start >= end) break
        yield* this.#readExtent(extent, at - extent.start, end - extent.start)
        at = extent.start + extent.length
      }
    }
  }

  /** From `offset` to `end`, both within the extent or beyond its end. */
  async *#readExtent(
    { key, length, bytes }: Extent,
    offset: number,
    end: number,
  ): AsyncGenerator<Uint8Array> {
    const count = Math.min(end, length) - offset
    if (count <= 0) return
    if (bytes) yield bytes.subarray(offset, offset + count)
    else yield* this.#files.read(key, offset, count)
  }

  /** After a commit that keeps it. */
  #publish(staged: StagedBlob | undefined): void {
    if (!staged || this.#staged.get(staged.key) !== staged) return
    this.#forgetStaged(staged)
    if (staged.bytes) return
    const publishing = this.#files
      .publish(staged.key)
      .catch((error: Error) => {
        // It stays readable where it is, and is moved when the engine opens the next time.
        this.#log.warn(`Could not move the file of ${staged.key} to its place: ${error.message}`)
      })
      .finally(() => this.#publishing.delete(publishing))
    this.#publishing.add(publishing)
  }

  /** Deletes what nobody has kept; the number of bytes. Within a transaction, so that none is half-way to keep it. */
  async #dropStaged(candidates: readonly StagedBlob[]): Promise<number> {
    const dropped = await this.#database.write((transaction) => {
      const connection = connectionOf(transaction)
      const unkept = candidates.filter(
        (staged) => this.#staged.get(staged.key) === staged && !findContent(connection, staged.key),
      )
      for (const staged of unkept) this.#forgetStaged(staged)
      return unkept
    })
    for (const { key, bytes } of dropped) if (!bytes) await this.#files.remove(key)
    return dropped.reduce((sum, { length }) => sum + length, 0)
  }

  #forgetStaged(staged: StagedBlob): void {
    this.#staged.delete(staged.key)
    this.#stagedInMemory -= staged.bytes?.length ?? 0
  }
}
