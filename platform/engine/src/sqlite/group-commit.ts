import type { Clock } from '@aloft/kernel'
import type { Transaction } from '../contracts.ts'
import { Batch, type Write } from './batch.ts'
import { Company } from './company.ts'
import type { Connection } from './connection.ts'

/** Transactions of one batch; more would keep the event loop for too long. */
const maxBatchSize = 256
/** While the disk is busy with earlier batches, this many waiting transactions are worth a commit of their own. */
const overlapSize = 64

export interface GroupCommitOptions {
  readonly connection: Connection
  /** Makes everything committed so far durable. After one failure it is not called again. */
  readonly sync: () => Promise<void>
  /** Before the state numbered `version`, which readers see or are about to see, is replaced by a commit. */
  readonly beforeReplaced: (version: number) => void
  /** The state numbered `version` and all before it are durable, and whoever waited for that has been told. */
  readonly onDurable: (version: number) => void
  /** Tells the world about a durable batch, before its writers. */
  readonly onCommitted: (topics: ReadonlySet<string>, actions: readonly (() => void)[]) => void
  /** What a failed commit or sync is to be reported as. */
  readonly explain: (error: unknown) => Error
  /** Real time, by which a batch waits for a moment for company; absent: it does not. */
  readonly clock?: Clock | undefined
}

/**
 * Runs write transactions in batches with one commit and one sync for many. A batch begins when the callbacks of
 * this turn of the event loop have run, so that all that arrived together is in it, or a moment later, when others
 * are likely to be on the way (`Company`). While a sync is under way, further batches are executed as soon as they
 * are worth it; the sync after it covers all of them. Each commit makes a new state, numbered from 0; everybody
 * learns of it only when it is durable.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #company: Company
  #pending: Write[] = []
  /** Committed, waiting for the next sync. */
  #committed: Batch[] = []
  /** Covered by the sync that is under way. */
  #syncing: Batch[] | undefined
  #isExecuting = false
  #isScheduled = false
  #pauses = 0
  #failure: Error | undefined
  #closing: Error | undefined
  #waiting: { readonly isOver: () => boolean; readonly resolve: () => void }[] = []
  #version = 0
  #durableVersion = 0
  #syncingVersion = 0

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#company = new Company(options.clock)
  }

  /** The number of the last state that is durable. */
  get durableVersion(): number {
    return this.#durableVersion
  }

  write<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#failure ?? this.#closing
      if (refusal) return reject(refusal)
      this.#pending.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** Resolves when nothing is executing or waiting for the disk; until `resume`, nothing will be. */
  pause(): Promise<void> {
    this.#pauses++
    return this.#until(() => this.#isIdle)
  }

  resume(): void {
    this.#pauses--
    this.#schedule()
  }

  /** Finishes everything that was written until now, and refuses what follows with `reason`. */
  close(reason: Error): Promise<void> {
    this.#closing = reason
    return this.#until(() => this.#isIdle && this.#pending.length === 0)
  }

  get #isIdle(): boolean {
    return !this.#isExecuting && !this.#syncing && this.#committed.length === 0
  }

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isOver, resolve })
      this.#tellWaiting()
    })
  }

  #tellWaiting(): void {
    if (this.#waiting.length === 0) return
    const over = this.#waiting.filter(({ isOver }) => isOver())
    this.#waiting = this.#waiting.filter((waiter) => !over.includes(waiter))
    for (const { resolve } of over) resolve()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isExecuting || this.#pauses > 0 || this.#pending.length === 0) return
    if (this.#syncing && this.#pending.length < overlapSize) return
    if (!this.#company.isComplete(this.#pending.length)) {
      this.#company.await(this.#pending.length, () => this.#begin())
      return
    }
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#begin()
    })
  }

  #begin(): void {
    this.#company.forget()
    if (this.#pauses === 0 && !this.#isExecuting && this.#pending.length > 0) void this.#execute()
  }

  async #execute(): Promise<void> {
    this.#isExecuting = true
    const batch = new Batch(this.#options.connection, this.#pending.splice(0, maxBatchSize))
    try {
      await batch.execute()
      this.#commit(batch)
    } catch (error) {
      batch.rollBack()
      batch.fail(this.#options.explain(error))
    }
    this.#isExecuting = false
    this.#sync()
    this.#schedule()
    this.#tellWaiting()
  }

  #commit(batch: Batch): void {
    if (this.#failure) throw this.#failure
    const isSeen = this.#version === this.#durableVersion || this.#version === this.#syncingVersion
    if (batch.hasWritten && isSeen) this.#options.beforeReplaced(this.#version)
    batch.commit()
    if (batch.hasWritten) this.#version++
    this.#enlist(batch)
  }

  /** A batch that changed nothing still saw what earlier ones wrote, and waits for those to be durable. */
  #enlist(batch: Batch): void {
    if (batch.hasWritten || this.#committed.length > 0) this.#committed.push(batch)
    else if (this.#syncing) this.#syncing.push(batch)
    else this.#settle([batch])
  }

  #sync(): void {
    if (this.#syncing || this.#committed.length === 0) return
    const version = this.#version
    this.#syncingVersion = version
    this.#syncing = this.#committed
    this.#committed = []
    this.#options.sync().then(
      () => this.#synced(version),
      (error: unknown) => this.#break(this.#options.explain(error)),
    )
  }

  #synced(version: number): void {
    const batches = this.#syncing ?? []
    this.#syncing = undefined
    this.#durableVersion = version
    this.#sync()
    this.#settle(batches)
    this.#options.onDurable(version)
    this.#schedule()
    this.#tellWaiting()
  }

  #settle(batches: readonly Batch[]): void {
    this.#company.note(batches.reduce((sum, { size }) => sum + size, this.#pending.length))
    for (const batch of batches) {
      this.#options.onCommitted(batch.topics, batch.actions)
      batch.settle()
    }
  }

  /**
   * After a failed sync nobody knows what is on the disk, and asking again may wrongly succeed (the kernel drops
   * pages that it could not write): no more writes until the database is opened anew.
   */
  #break(failure: Error): void {
    this.#failure = failure
    for (const batch of [...(this.#syncing ?? []), ...this.#committed]) batch.fail(failure)
    for (const write of this.#pending.splice(0)) write.reject(failure)
    this.#syncing = undefined
    this.#committed = []
    this.#tellWaiting()
  }
}
