import { dirname } from 'node:path'
import type { Clock, Logger } from '@aloft/kernel'
import type { Database, Migration, ReadTransaction, Transaction } from '../contracts.ts'
import { syncDirectory } from '../directories.ts'
import { explainOpen, explainWrite } from '../disk-errors.ts'
import { Checkpointer } from './checkpointer.ts'
import { type Connection, openReader, openWriter } from './connection.ts'
import { GroupCommit } from './group-commit.ts'
import { applyStep, versionOf, versionTable } from './migrations.ts'
import { Snapshots } from './snapshots.ts'
import { Topics } from './topics.ts'
import { connectionOf } from './transaction.ts'
import { WalFile } from './wal-file.ts'

export interface SqliteDatabaseOptions {
  readonly file: string
  readonly log: Logger
  /** Real time, by which batches wait for company; absent: they do not. */
  readonly clock?: Clock | undefined
  /** Wraps the sync of the log; for tests that let it fail or wait. */
  readonly interceptSync?: (sync: () => Promise<void>) => Promise<void>
}

/** The embedded database. The process that opens it must be the only one (`DirectoryLock`). */
export class SqliteDatabase implements Database {
  readonly #file: string
  readonly #writer: Connection
  readonly #wal: WalFile
  readonly #snapshots: Snapshots
  readonly #topics: Topics
  readonly #commits: GroupCommit
  readonly #checkpointer: Checkpointer
  #closing: Promise<void> | undefined

  /** Throws a `UserError` when the file cannot be used. */
  constructor({ file, log, clock, interceptSync = (sync) => sync() }: SqliteDatabaseOptions) {
    this.#file = file
    this.#topics = new Topics(log)
    this.#snapshots = new Snapshots(() => openReader(file))
    const [writer, wal] = openFiles(file)
    this.#writer = writer
    this.#wal = wal
    this.#commits = new GroupCommit({
      clock,
      connection: writer,
      sync: () => interceptSync(() => wal.sync()),
      beforeReplaced: (version) => this.#snapshots.hold(version),
      onDurable: (version) => {
        this.#snapshots.releaseBefore(version)
        this.#checkpointer.noteBatch()
      },
      onCommitted: (topics, actions) => this.#topics.announce(topics, actions),
      explain: (error) => explainWrite(error, file),
    })
    this.#checkpointer = new Checkpointer({
      file,
      log,
      connection: writer,
      pause: () => this.#commits.pause(),
      resume: () => {
        this.#snapshots.releaseBefore(Number.POSITIVE_INFINITY)
        this.#commits.resume()
      },
    })
  }

  write<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T> {
    return this.#commits.write(work)
  }

  async read<T>(work: (snapshot: ReadTransaction) => Promise<T> | T): Promise<T> {
    if (this.#closing) throw closedError()
    return this.#snapshots.read(this.#commits.durableVersion, work)
  }

  async migrate(migration: Migration): Promise<void> {
    const version = await this.read((snapshot) => versionOf(connectionOf(snapshot), migration, this.#file))
    for (let step = version; step < migration.steps.length; step++)
      await this.write((transaction) => {
        const connection = connectionOf(transaction)
        // Somebody else who migrates the same service may have been first.
        if (versionOf(connection, migration, this.#file) === step) applyStep(connection, migration, step)
      })
  }

  listen(topic: string, listener: () => void): () => void {
    return this.#topics.listen(topic, listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#checkpointer.close()
    await this.#commits.close(closedError())
    this.#snapshots.close()
    // The last connection to close copies the log into the database and removes it.
    this.#writer.close()
    this.#wal.close()
  }
}

function closedError(): Error {
  return new Error('The database is closed')
}

function openFiles(file: string): [Connection, WalFile] {
  let writer: Connection | undefined
  try {
    writer = openWriter(file)
    // Fails when the file is not a database or cannot be written to; leaves a log behind.
    writer.exec(`BEGIN IMMEDIATE; ${versionTable}; COMMIT`)
    const wal = new WalFile(file)
    syncDirectory(dirname(file))
    return [writer, wal]
  } catch (error) {
    writer?.close()
    throw explainOpen(error, file)
  }
}
