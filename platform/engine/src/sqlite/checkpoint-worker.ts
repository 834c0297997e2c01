/**
 * A thread with a connection of its own that copies pages from the write-ahead log into the database, so that the
 * event loop of the host never waits for the disk. Each message in is answered by a `CheckpointResult`.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CheckpointResult } from './checkpointer.ts'

const database = new DatabaseSync(workerData as string, { timeout: 1000 })
// Syncs the log before pages are copied, and the database before the log may be begun anew.
database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')

parentPort?.on('message', () => parentPort?.postMessage(run()))

function run(): CheckpointResult {
  try {
    const { log, checkpointed } = checkpoint.get() ?? {}
    return { logFrames: Number(log), copiedFrames: Number(checkpointed) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
