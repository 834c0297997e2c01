/** Content on its way in, and the references that rows hold to it. */
import { hash } from 'node:crypto'
import { BlobTooLarge, Crc64, type Engine, type Transaction } from '@aloft/engine'
import { generalErrors } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { inlineBytes } from '../limits.ts'
import { type Block, encodeBlocks } from '../model/block-list.ts'
import type { Item } from '../model/item.ts'
import { copyExtents, dropExtents } from './extents.ts'

/** Bytes that have arrived and are not anybody's yet. */
export interface Arrived {
  readonly length: number
  /** MD5 in base64. */
  readonly md5: string
  /** Small content. */
  readonly bytes: Uint8Array | undefined
  /** Engine's key of larger content; '' for small content. */
  readonly key: string
  /** CRC-64 in base64. */
  crc64(): string
}

/** Checksums, in base64, that the sender has given along. */
export interface Integrity {
  readonly md5?: string | undefined
  readonly crc64?: string | undefined
}

/** Content by pieces or as a whole. The buffers must not be reused. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>

/**
 * Takes content in, small content into memory. `keepArrived` makes it somebody's, else `discardArrived` it.
 * @throws StorageError RequestBodyTooLarge, Md5Mismatch, Crc64Mismatch; then nothing is left of it
 */
export async function takeIn(
  engine: Engine,
  content: Content,
  maxBytes: number,
  integrity: Integrity | undefined,
): Promise<Arrived> {
  if (content instanceof Uint8Array && content.length <= Math.min(inlineBytes, maxBytes)) {
    const arrived = smallContent(content)
    if (integrity) checkIntegrity(arrived, integrity)
    return arrived
  }
  const arrived = await intoEngine(engine, content, maxBytes)
  try {
    if (integrity) checkIntegrity(arrived, integrity)
    return arrived
  } catch (error) {
    await engine.blobs.discard(arrived.key)
    throw error
  }
}

/** Content that has come and goes nowhere else. */
export function smallContent(bytes: Uint8Array): Arrived {
  const md5 = hash('md5', bytes, 'base64')
  return {
    length: bytes.length,
    md5,
    bytes,
    key: '',
    crc64: () => base64(new Crc64().update(bytes).digest()),
  }
}

/** Into the engine, whatever its length. @throws StorageError RequestBodyTooLarge */
export async function intoEngine(engine: Engine, content: Content, maxBytes: number): Promise<Arrived> {
  try {
    const { key, length, md5, crc64 } = await engine.blobs.put(content, maxBytes)
    return { length, md5: base64(md5), bytes: undefined, key, crc64: () => base64(crc64) }
  } catch (error) {
    throw error instanceof BlobTooLarge
      ? generalErrors.RequestBodyTooLarge({ elements: { MaxLimit: maxBytes } })
      : error
  }
}

/** Gives up what did not become anybody's. */
export async function discardArrived(engine: Engine, { key }: Arrived): Promise<void> {
  if (key !== '') await engine.blobs.discard(key)
}

/** @throws StorageError Md5Mismatch, Crc64Mismatch */
export function checkIntegrity(arrived: Arrived, { md5, crc64 }: Integrity): void {
  if (md5 !== undefined && md5 !== arrived.md5)
    throw generalErrors.Md5Mismatch({
      elements: { UserSpecifiedMd5: md5, ServerCalculatedMd5: arrived.md5 },
    })
  if (crc64 === undefined) return
  const calculated = arrived.crc64()
  if (crc64 !== calculated)
    throw blobErrors.Crc64Mismatch({
      elements: { UserSpecifiedCrc64: crc64, ServerCalculatedCrc64: calculated },
    })
}

/** How a row refers to its content. */
export type ContentReference = Pick<Item, 'store' | 'body' | 'bytes_key' | 'length' | 'sum'>

export const noContent: ContentReference = { store: 'none', body: 0, bytes_key: '', length: 0, sum: '' }

const insertBody = 'INSERT INTO storage_blob_body (bytes) VALUES (?) RETURNING id'

/** A new row of `storage_blob_body`; its id. */
export async function newBody(transaction: Transaction, bytes: Uint8Array | null): Promise<number> {
  const row = await transaction.get<{ id: number }>(insertBody, bytes)
  if (!row) throw new Error('The database did not tell the id of a new row')
  return row.id
}

export async function keepArrived(
  engine: Engine,
  transaction: Transaction,
  arrived: Arrived,
): Promise<ContentReference> {
  const { length, md5: sum, bytes, key } = arrived
  if (bytes === undefined) {
    await engine.blobs.keep(transaction, key)
    return { store: 'bytes', body: 0, bytes_key: key, length, sum }
  }
  if (length === 0) return { ...noContent, sum }
  return { store: 'inline', body: await newBody(transaction, bytes), bytes_key: '', length, sum }
}

/** Content put together of blocks, with their list. */
export async function keepBlocks(
  engine: Engine,
  transaction: Transaction,
  blocks: readonly Block[],
): Promise<ContentReference> {
  if (blocks.length === 0) return noContent
  const key = await engine.blobs.compose(transaction, blocks)
  await engine.blobs.keep(transaction, key)
  const body = await newBody(transaction, encodeBlocks(blocks))
  const length = blocks.reduce((sum, block) => sum + block.length, 0)
  return { store: 'bytes', body, bytes_key: key, length, sum: '' }
}

/**
 * The content of a blob for a snapshot or version of it. What has been appended stays as it is: rows of one append
 * blob share their extents, each with its length.
 */
export async function shareContent(
  engine: Engine,
  transaction: Transaction,
  item: Item,
): Promise<ContentReference> {
  if (item.store !== 'extents' || item.type !== 'AppendBlob') return copyContent(engine, transaction, item)
  const { store, body, bytes_key, length, sum } = item
  return { store, body, bytes_key, length, sum }
}

/** One more reference to the content of `item`, for a row of its own. */
export async function copyContent(
  engine: Engine,
  transaction: Transaction,
  item: Item,
): Promise<ContentReference> {
  const { store, bytes_key, length, sum } = item
  if (store === 'none') return { store, body: 0, bytes_key, length, sum }
  if (store === 'extents')
    return { store, body: await copyExtents(engine, transaction, item.body, length), bytes_key, length, sum }
  if (store === 'bytes') await engine.blobs.keep(transaction, bytes_key)
  const body = item.body === 0 ? 0 : await copyBody(transaction, item.body)
  return { store, body, bytes_key, length, sum }
}

async function copyBody(transaction: Transaction, body: number): Promise<number> {
  const row = await transaction.get<{ id: number }>(
    'INSERT INTO storage_blob_body (bytes) SELECT bytes FROM storage_blob_body WHERE id = ? RETURNING id',
    body,
  )
  if (!row) throw new Error(`There is no body ${body}`)
  return row.id
}

/** Whether another row of the same name has the same content. */
const selectSharing = `SELECT 1 FROM storage_blob_item
  WHERE container = ?1 AND past = ?2 AND name = ?3 AND body = ?4 AND moment <> ?5 LIMIT 1`

/** Takes away the reference of a row that is being removed or gets other content. */
export async function dropContent(engine: Engine, transaction: Transaction, item: Item): Promise<void> {
  const { store, body, bytes_key } = item
  if (store === 'bytes') await engine.blobs.release(transaction, bytes_key)
  if (store === 'extents') {
    if (item.type === 'AppendBlob' && (await isShared(transaction, item))) return
    await dropExtents(engine, transaction, body)
  }
  if (body !== 0) await transaction.run('DELETE FROM storage_blob_body WHERE id = ?', body)
}

async function isShared(transaction: Transaction, item: Item): Promise<boolean> {
  const { container, name, body, past, moment } = item
  // The blob itself has moment 0, which no snapshot has; each of the two ranges is a seek.
  for (const where of [0, 1]) {
    const other = where === past ? moment : -1
    if (await transaction.get(selectSharing, container, where, name, body, other)) return true
  }
  return false
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
