/** Counting references to kept bytes. */
import { BlobNotFound } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import { inFile, inParts, inRow } from './schema.ts'

/** Bytes that were put in this process and may be kept. */
export interface StagedBlob {
  readonly key: string
  readonly length: number
  readonly createdAt: number
  /** Absent: in a file. */
  readonly bytes: Uint8Array | undefined
}

const insertStaged = `INSERT INTO blob (key, refs, kind, length, created_at, bytes) VALUES (?, 1, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET refs = refs + 1 WHERE refs >= 0`
const addReference = 'UPDATE blob SET refs = refs + 1 WHERE key = ? AND refs >= 0'

/** One more reference to `key`. Throws `BlobNotFound` when it is neither staged nor kept. */
export function keep(connection: Connection, key: string, staged: StagedBlob | undefined): void {
  const changes = staged
    ? connection.run(
        insertStaged,
        key,
        staged.bytes ? inRow : inFile,
        staged.length,
        staged.createdAt,
        staged.bytes ?? null,
      )
    : connection.run(addReference, key)
  if (changes === 0) throw new BlobNotFound(key)
}

type BlobRow = readonly [id: number, key: string, refs: number, kind: number, length: number]

/** What is left of bytes that lost references. */
export interface Dropped {
  /** Keys of which something is left to delete after the commit. */
  readonly dead: string[]
  readonly freedBytes: number
}

/** One reference less to `key`. Throws `BlobNotFound` when there is none. */
export function release(connection: Connection, key: string): Dropped {
  const sql = 'SELECT id, key, refs, kind, length FROM blob WHERE key = ? AND refs > 0'
  const row = connection.row<BlobRow>(sql, key)
  if (!row) throw new BlobNotFound(key)
  return dropReference(connection, row)
}

/** Takes up to `limit` parts away from released bytes; `count` is how many it took. */
export function releaseParts(
  connection: Connection,
  key: string,
  limit: number,
): Dropped & { readonly count: number } {
  const sql = `SELECT blob_part.blob, blob_part.start, blob_part.part
    FROM blob JOIN blob_part ON blob_part.blob = blob.id WHERE blob.key = ? ORDER BY start LIMIT ?`
  const parts = connection.rows<[blob: number, start: number, part: number]>(sql, key, limit)
  const dead: string[] = []
  let freedBytes = 0
  for (const [blob, start, part] of parts) {
    connection.run('DELETE FROM blob_part WHERE blob = ? AND start = ?', blob, start)
    const sql = 'SELECT id, key, refs, kind, length FROM blob WHERE id = ?'
    const dropped = dropReference(connection, connection.row<BlobRow>(sql, part) as BlobRow)
    dead.push(...dropped.dead)
    freedBytes += dropped.freedBytes
  }
  return { dead, freedBytes, count: parts.length }
}

function dropReference(connection: Connection, [id, key, refs, kind, length]: BlobRow): Dropped {
  if (refs > 1) {
    connection.run('UPDATE blob SET refs = refs - 1 WHERE id = ?', id)
    return { dead: [], freedBytes: 0 }
  }
  if (kind === inRow) {
    connection.run('DELETE FROM blob WHERE id = ?', id)
    return { dead: [], freedBytes: length }
  }
  connection.run('UPDATE blob SET refs = -1 WHERE id = ?', id)
  return { dead: [key], freedBytes: 0 }
}

/** Removes the row of released bytes whose file and parts are gone; the number of bytes that were in the file. */
export function forget(connection: Connection, key: string): number {
  const sql = 'DELETE FROM blob WHERE key = ? AND refs < 0 RETURNING kind, length'
  const [kind, length] = connection.row<[kind: number, length: number]>(sql, key) ?? [inParts, 0]
  return kind === inFile ? length : 0
}

/** Releases what was made before `time` and never kept. Answers with all keys that are released and not forgotten. */
export function releaseUnkept(connection: Connection, time: number): string[] {
  connection.run('UPDATE blob SET refs = -1 WHERE refs = 0 AND refs <= 0 AND created_at <= ?', time)
  const sql = 'SELECT key FROM blob WHERE refs < 0 AND refs <= 0'
  return connection.rows<[string]>(sql).map(([key]) => key)
}
