/** Rows of `storage_blob_extent`: the content of page and append blobs. */
import type { Engine, ReadTransaction, Transaction } from '@aloft/engine'
import { type Extent, within, without } from '../model/extents.ts'

const columns = 'start, length, bytes_key AS key, skip, sum'
const insert = `INSERT INTO storage_blob_extent (body, start, length, bytes_key, skip, sum)
  VALUES (?, ?, ?, ?, ?, ?)`
const selectRange = `SELECT ${columns} FROM storage_blob_extent
  WHERE body = ?1 AND start < ?3 AND start >= IFNULL(
    (SELECT MAX(start) FROM storage_blob_extent WHERE body = ?1 AND start <= ?2), 0)
  ORDER BY start LIMIT ?4`

/** Up to `limit` extents with bytes from `start` to `end` (exclusive), perhaps one that ends before. */
export function findExtents(
  snapshot: ReadTransaction,
  body: number,
  start: number,
  end: number,
  limit = -1,
): Promise<Extent[]> {
  return snapshot.all<Extent>(selectRange, body, start, end, limit)
}

/** Adds an extent where there is none; `extent.key` gets one more reference. */
export async function addExtent(
  engine: Engine,
  transaction: Transaction,
  body: number,
  { start, length, key, skip, sum }: Extent,
): Promise<void> {
  await engine.blobs.keep(transaction, key)
  await transaction.run(insert, body, start, length, key, skip, sum)
}

/** Makes a hole from `start` to `end` (exclusive). */
export async function clearExtents(
  engine: Engine,
  transaction: Transaction,
  body: number,
  start: number,
  end: number,
): Promise<void> {
  for (const extent of await findExtents(transaction, body, start, end)) {
    if (extent.start + extent.length <= start) continue
    await transaction.run('DELETE FROM storage_blob_extent WHERE body = ? AND start = ?', body, extent.start)
    for (const piece of without(extent, start, end)) await addExtent(engine, transaction, body, piece)
    await engine.blobs.release(transaction, extent.key)
  }
}

/** The first `length` bytes of a body under a new one; its id. */
export async function copyExtents(
  engine: Engine,
  transaction: Transaction,
  from: number,
  length: number,
): Promise<number> {
  const row = await transaction.get<{ id: number }>(
    'INSERT INTO storage_blob_body (bytes) VALUES (NULL) RETURNING id',
  )
  if (!row) throw new Error('The database did not tell the id of a new row')
  for (const extent of await findExtents(transaction, from, 0, length)) {
    const kept = within(extent, 0, length)
    if (kept) await addExtent(engine, transaction, row.id, kept)
  }
  return row.id
}

export async function dropExtents(engine: Engine, transaction: Transaction, body: number): Promise<void> {
  await clearExtents(engine, transaction, body, 0, Number.MAX_SAFE_INTEGER)
}
