import { DatabaseSync } from 'node:sqlite'
import type { Row, SqlValue } from '../contracts.ts'
import { StatementCache } from './statement-cache.ts'

/** One connection with its prepared statements. Everything here is synchronous. */
export class Connection {
  readonly #database: DatabaseSync
  readonly #objects: StatementCache
  readonly #arrays: StatementCache

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#objects = new StatementCache(database, 'objects')
    this.#arrays = new StatementCache(database, 'arrays')
  }

  /** False when SQLite has rolled the transaction back on its own, as it does when the disk is full. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  /** Runs a script of several statements. */
  exec(script: string): void {
    this.#database.exec(script)
  }

  get<T = Row>(sql: string, ...values: readonly SqlValue[]): T | undefined {
    return this.#objects.get(sql).get(...values) as T | undefined
  }

  all<T = Row>(sql: string, ...values: readonly SqlValue[]): T[] {
    return this.#objects.get(sql).all(...values) as T[]
  }

  /** The number of changed rows. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#objects.get(sql).run(...values).changes as number
  }

  /** Inserts one row; returns its rowid. */
  insert(sql: string, ...values: readonly SqlValue[]): number {
    return this.#objects.get(sql).run(...values).lastInsertRowid as number
  }

  /** The first row by column position. */
  row<T extends readonly SqlValue[]>(sql: string, ...values: readonly SqlValue[]): T | undefined {
    return this.#arrays.get(sql).get(...values) as unknown as T | undefined
  }

  /** Rows by column position. */
  rows<T extends readonly SqlValue[]>(sql: string, ...values: readonly SqlValue[]): T[] {
    return this.#arrays.get(sql).all(...values) as unknown as T[]
  }

  close(): void {
    this.#database.close()
  }
}

/** Milliseconds to wait for another process's lock on the file, e.g. somebody's sqlite3 shell. */
const busyTimeoutMs = 5000

/**
 * The one connection that writes. `synchronous=NORMAL` together with `WalFile.sync` after each commit is as
 * durable as FULL; see INVARIANTS.md. Checkpoints are `Checkpointer`'s business.
 */
export function openWriter(file: string): Connection {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()
    if (mode?.journal_mode !== 'wal') throw new Error('this file system does not support write-ahead logging')
    database.exec(`
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = ${64 * 1024 * 1024};
      PRAGMA cache_size = ${-32 * 1024};
      PRAGMA temp_store = MEMORY;`)
  } catch (error) {
    database.close()
    throw error
  }
  return new Connection(database)
}

/** A connection that only reads. */
export function openReader(file: string): Connection {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })
  database.exec(`PRAGMA cache_size = ${-8 * 1024}; PRAGMA temp_store = MEMORY`)
  return new Connection(database)
}
