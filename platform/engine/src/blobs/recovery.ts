import type { Database } from '../contracts.ts'
import { findContent } from '../sqlite/blobs/content.ts'
import { connectionOf } from '../sqlite/transaction.ts'
import type { BlobFiles } from './blob-files.ts'

/** Moves files that were kept to their place, and deletes those that nobody kept. */
export async function recover(database: Database, files: BlobFiles): Promise<void> {
  const keys = await files.staged()
  const kept = await database.read((snapshot) => {
    const connection = connectionOf(snapshot)
    return new Set(keys.filter((key) => findContent(connection, key)))
  })
  for (const key of keys) await (kept.has(key) ? files.publish(key) : files.remove(key))
}
