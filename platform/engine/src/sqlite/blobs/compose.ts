import { BlobNotFound } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import type { StagedBlob } from './references.ts'
import { inFile, inParts, inRow } from './schema.ts'

export interface Part {
  readonly key: string
  /** The part's whole length. */
  readonly length: number
}

/** Makes `key` of staged or kept parts, each of which gets one more reference. Throws when a length is wrong. */
export function compose(
  connection: Connection,
  key: string,
  parts: readonly Part[],
  staged: ReadonlyMap<string, StagedBlob>,
  createdAt: number,
): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const insert = 'INSERT INTO blob (key, refs, kind, length, created_at) VALUES (?, 0, ?, ?, ?)'
  const id = connection.insert(insert, key, inParts, length, createdAt)
  let start = 0
  for (const part of parts) {
    const { id: partId, kind, length } = locate(connection, part.key, staged.get(part.key))
    if (length !== part.length)
      throw new RangeError(`The bytes of ${part.key} are ${length} long, not ${part.length}`)
    if (kind === inParts) {
      connection.run(copyParts, id, start, partId)
      connection.run(keepParts, partId)
    } else if (length > 0) {
      connection.run('INSERT INTO blob_part (blob, start, part) VALUES (?, ?, ?)', id, start, partId)
      connection.run('UPDATE blob SET refs = refs + 1 WHERE id = ?', partId)
    }
    start += length
  }
}

/** Parts of parts are referred to directly, so that reading never has to descend. */
const copyParts =
  'INSERT INTO blob_part (blob, start, part) SELECT ?, start + ?, part FROM blob_part WHERE blob = ?'

/** A part may occur more than once. */
const keepParts = `UPDATE blob
  SET refs = refs + (SELECT COUNT(*) FROM blob_part WHERE blob_part.blob = ?1 AND blob_part.part = blob.id)
  WHERE id IN (SELECT part FROM blob_part WHERE blob_part.blob = ?1)`

const insertStaged = `INSERT INTO blob (key, refs, kind, length, created_at, bytes) VALUES (?, 0, ?, ?, ?, ?)
  ON CONFLICT (key) DO NOTHING`

function locate(
  connection: Connection,
  key: string,
  staged: StagedBlob | undefined,
): { readonly id: number; readonly kind: number; readonly length: number } {
  if (staged) {
    const { length, createdAt, bytes = null } = staged
    connection.run(insertStaged, key, bytes ? inRow : inFile, length, createdAt, bytes)
  }
  const sql = 'SELECT id, kind, length FROM blob WHERE key = ? AND refs >= 0'
  const row = connection.row<[id: number, kind: number, length: number]>(sql, key)
  if (!row) throw new BlobNotFound(key)
  return { id: row[0], kind: row[1], length: row[2] }
}
