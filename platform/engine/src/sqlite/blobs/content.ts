/** Where the bytes of a key stand. */
import type { Connection } from '../connection.ts'
import { inFile, inParts, inRow } from './schema.ts'

/** A run of bytes in a row or in a file of its own. */
export interface Extent {
  readonly key: string
  /** Position of its first byte in the whole. */
  readonly start: number
  readonly length: number
  /** Absent: in a file. */
  readonly bytes: Uint8Array | undefined
}

export interface Content {
  readonly length: number
  /** Undefined: in parts, to be read page by page. */
  readonly extent: Extent | undefined
}

/** Undefined when `key` is neither kept nor composed. */
export function findContent(connection: Connection, key: string): Content | undefined {
  const sql = 'SELECT kind, length, bytes FROM blob WHERE key = ? AND refs >= 0'
  const row = connection.row<[kind: number, length: number, bytes: Uint8Array | null]>(sql, key)
  if (!row) return undefined
  const [kind, length, bytes] = row
  if (kind === inParts) return { length, extent: undefined }
  return { length, extent: { key, start: 0, length, bytes: kind === inFile ? undefined : (bytes ?? none) } }
}

const none = new Uint8Array(0)

const selectParts = `SELECT part.key, blob_part.start, part.length, part.kind, part.bytes
  FROM blob JOIN blob_part ON blob_part.blob = blob.id JOIN blob AS part ON part.id = blob_part.part
  WHERE blob.key = ?1 AND blob_part.start >= IFNULL(
    (SELECT MAX(start) FROM blob_part WHERE blob_part.blob = blob.id AND start <= ?2), 0)
  ORDER BY blob_part.start LIMIT ?3`

/** Up to `limit` parts of composed bytes, from the one on that holds the byte at `offset`. */
export function findParts(connection: Connection, key: string, offset: number, limit: number): Extent[] {
  return connection
    .rows<[string, number, number, number, Uint8Array | null]>(selectParts, key, offset, limit)
    .map(([key, start, length, kind, bytes]) => ({
      key,
      start,
      length,
      bytes: kind === inRow ? (bytes ?? none) : undefined,
    }))
}
