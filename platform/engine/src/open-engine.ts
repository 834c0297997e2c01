import { join } from 'node:path'
import { type Clock, type Logger, Scope, systemClock } from '@aloft/kernel'
import { BlobFiles } from './blobs/blob-files.ts'
import { LocalBlobs } from './blobs/local-blobs.ts'
import type { Engine } from './contracts.ts'
import { makeDirectory } from './directories.ts'
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
    opening(directory, () => makeDirectory(directory))
    const lock = opening(directory, () => new DirectoryLock(directory))
    scope.own(lock, (held) => held.release())
    const file = join(directory, 'engine.db')
    // A clock that somebody turns would hold up commits.
    const realClock = clock === systemClock ? clock : undefined
    const options = { file, log, clock: realClock }
    const database = scope.own(new SqliteDatabase(options), (open) => open.close())
    const migrations = [queueMigration, logMigration, blobMigration, leaseMigration]
    await Promise.all(migrations.map((migration) => database.migrate(migration)))
    const blobDirectory = join(directory, 'blobs')
    const files = opening(blobDirectory, () => new BlobFiles(blobDirectory))
    scope.own(files, (open) => open.close())
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

/** Runs `action`; its error becomes one that names `path` and the mend. */
function opening<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw explainOpen(error, path)
  }
}
