import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Logger, Scope } from '@aloft/kernel'
import { BlobFiles } from './blobs/blob-files.ts'
import { LocalBlobs } from './blobs/local-blobs.ts'
import type { Engine } from './contracts.ts'
import { explainOpen } from './disk-errors.ts'
import { blobMigration } from './sqlite/blobs/schema.ts'
import { SqliteDatabase } from './sqlite/database.ts'
import { DirectoryLock } from './sqlite/directory-lock.ts'
import { leaseMigration, SqliteLeases } from './sqlite/leases.ts'
import { logMigration, SqliteLogs } from './sqlite/logs.ts'
import { SqliteQueues } from './sqlite/queues/queues.ts'
import { queueMigration } from './sqlite/queues/schema.ts'

export interface EngineOptions {
  /** Folder of the data; made when it is not there. One process at a time. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Opens the embedded engine: `engine.db` and `blobs/` in `directory`. Rejects with a `UserError` that names the file
 * and the mend when the folder cannot be written, is in use, or holds something else or newer.
 */
export async function openEngine({ directory, clock, log }: EngineOptions): Promise<Engine> {
  const scope = new Scope()
  try {
    makeDirectory(directory)
    scope.own(lock(directory), (held) => held.release())
    const file = join(directory, 'engine.db')
    const database = scope.own(new SqliteDatabase({ file, log }), (open) => open.close())
    for (const migration of [queueMigration, logMigration, blobMigration, leaseMigration])
      await database.migrate(migration)
    const files = scope.own(openFiles(join(directory, 'blobs')), (open) => open.close())
    const blobs = scope.own(new LocalBlobs({ database, files, clock, log }), (open) => open.close())
    await blobs.recover()
    return {
      database,
      blobs,
      queues: new SqliteQueues(clock),
      logs: new SqliteLogs(clock),
      leases: new SqliteLeases(clock),
      close: () => scope.close(),
    }
  } catch (error) {
    await scope.close()
    throw error
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw explainOpen(error, directory)
  }
}

function lock(directory: string): DirectoryLock {
  try {
    return new DirectoryLock(directory)
  } catch (error) {
    throw explainOpen(error, directory)
  }
}

function openFiles(directory: string): BlobFiles {
  try {
    return new BlobFiles(directory)
  } catch (error) {
    throw explainOpen(error, directory)
  }
}
