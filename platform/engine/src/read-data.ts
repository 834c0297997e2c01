import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import type { Migration, ReadTransaction } from './contracts.ts'
import { explainOpen } from './disk-errors.ts'
import { type Connection, openReader } from './sqlite/connection.ts'
import { versionOf } from './sqlite/migrations.ts'
import { SqliteSnapshot } from './sqlite/transaction.ts'

/**
 * Runs `work` on a snapshot of the data in `directory`, from beside the process that has it open, if one does: for
 * programs that look at what a host keeps. Undefined when there is no data, or none of the service that `migration`
 * is of. What a host has not yet made durable may be seen. Rejects with a `UserError` when the file cannot be read, or
 * the tables are those of an older or newer program.
 */
export async function readData<T>(
  directory: string,
  migration: Migration,
  work: (snapshot: ReadTransaction) => Promise<T> | T,
): Promise<T | undefined> {
  const file = join(directory, 'engine.db')
  if (!existsSync(file)) return undefined
  const connection = open(file)
  const snapshot = new SqliteSnapshot(connection)
  try {
    connection.run('BEGIN')
    return hasTables(connection, migration, file) ? await work(snapshot) : undefined
  } finally {
    snapshot.end()
    connection.close()
  }
}

function open(file: string): Connection {
  try {
    const connection = openReader(file)
    // Opening looks at nothing yet.
    connection.row('SELECT 1 FROM sqlite_schema LIMIT 1')
    return connection
  } catch (error) {
    throw explainOpen(error, file)
  }
}

function hasTables(connection: Connection, migration: Migration, file: string): boolean {
  const version = versionOf(connection, migration, file)
  if (version === 0 || version === migration.steps.length) return version > 0
  throw new UserError(`${file} was written by an older Aloft`, {
    location: { file },
    hint: 'Start an app on the data folder once: that brings it up to date.',
  })
}
