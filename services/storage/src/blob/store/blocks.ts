/** Block blobs in blocks: staging, committing, listing. */
import type { ReadTransaction, Transaction } from '@aloft/engine'
import { blobErrors } from '../errors.ts'
import { maxBlockBytes, maxCommittedBlocks, maxUncommittedBlocks } from '../limits.ts'
import { type Block, type BlockReference, byId, decodeBlocks, resolveBlockList } from '../model/block-list.ts'
import { type Encryption, matchEncryption } from '../model/encryption.ts'
import { type Item, toText } from '../model/item.ts'
import { checkTier } from '../model/tiers.ts'
import { checkChangeable, checkEncryption, openForRead, openForWrite } from './access.ts'
import { announce } from './changes.ts'
import {
  type Arrived,
  type Content,
  checkIntegrity,
  discardArrived,
  type Integrity,
  intoEngine,
  keepBlocks,
} from './content.ts'
import type { AccessOptions, BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { findAddressed } from './items.ts'
import { type NewBlob, newBlobFields } from './put-blob.ts'
import { dropStaged, replaceItem } from './replace.ts'

const selectStaged = `SELECT id, length, bytes_key AS key, sum FROM storage_blob_staged
  WHERE container = ? AND name = ? ORDER BY id`
const upsertStaging = `INSERT INTO storage_blob_staging (container, name, id_length, count, touched_at, encryption)
  VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (container, name) DO UPDATE SET count = count + ?, touched_at = excluded.touched_at`

/**
 * Stages a block under `id` (base64) in place of an earlier one of that id.
 * @throws StorageError InvalidBlobType, InvalidBlobOrBlock, BlockCountExceedsLimit, LeaseIdMissing …
 */
export async function putBlock(
  context: BlobContext,
  address: BlobAddress,
  id: string,
  content: Content,
  options: WriteOptions & { readonly integrity?: Integrity | undefined },
): Promise<Arrived> {
  const { engine } = context
  const arrived = await intoEngine(engine, content, maxBlockBytes)
  try {
    if (options.integrity) checkIntegrity(arrived, options.integrity)
    await engine.database.write(async (transaction) => {
      const { container, item } = await openForWrite(context, transaction, address, options)
      if (item) checkChangeable(item, 'BlockBlob', context.clock.now())
      const block = { id, length: arrived.length, key: arrived.key, sum: arrived.md5 }
      await stage(context, transaction, container, address.name, block, options.encryption)
    })
    return arrived
  } catch (error) {
    await discardArrived(engine, arrived)
    throw error
  }
}

async function stage(
  context: BlobContext,
  transaction: Transaction,
  container: number,
  name: string,
  { id, length, key, sum }: Block,
  encryption: Encryption | undefined,
): Promise<void> {
  const staging = await findStaging(transaction, container, name)
  if (staging) matchEncryption(encryptionOf(staging), encryption)
  const idLength = Buffer.byteLength(id, 'base64')
  if (staging && staging.id_length !== idLength) throw blobErrors.InvalidBlobOrBlock()
  const earlier =
    staging &&
    (await transaction.get<{ bytes_key: string }>(
      'SELECT bytes_key FROM storage_blob_staged WHERE container = ? AND name = ? AND id = ?',
      container,
      name,
      id,
    ))
  if (staging && !earlier && staging.count >= maxUncommittedBlocks) throw blobErrors.BlockCountExceedsLimit()
  await context.engine.blobs.keep(transaction, key)
  if (earlier) await context.engine.blobs.release(transaction, earlier.bytes_key)
  const added = earlier ? 0 : 1
  const now = context.clock.now()
  await transaction.run(upsertStaging, container, name, idLength, now, toText(encryption), added)
  await transaction.run(
    `INSERT INTO storage_blob_staged (container, name, id, length, bytes_key, sum) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (container, name, id) DO UPDATE SET length = excluded.length, bytes_key = excluded.bytes_key,
      sum = excluded.sum`,
    container,
    name,
    id,
    length,
    key,
    sum,
  )
}

interface Staging {
  readonly id_length: number
  readonly count: number
  readonly encryption: string
}

function findStaging(
  snapshot: ReadTransaction,
  container: number,
  name: string,
): Promise<Staging | undefined> {
  return snapshot.get<Staging>(
    'SELECT id_length, count, encryption FROM storage_blob_staging WHERE container = ? AND name = ?',
    container,
    name,
  )
}

function encryptionOf({ encryption }: Staging): Encryption | undefined {
  return encryption === '' ? undefined : (JSON.parse(encryption) as Encryption)
}

/**
 * Makes the named blocks, in their order, the blob's content. All uncommitted blocks are gone afterwards.
 * @throws StorageError InvalidBlockList, BlockListTooLong, InvalidBlobType, BlobAlreadyExists …
 */
export async function putBlockList(
  context: BlobContext,
  address: BlobAddress,
  references: readonly BlockReference[],
  options: WriteOptions & NewBlob,
): Promise<Item> {
  if (references.length > maxCommittedBlocks) throw blobErrors.BlockListTooLong()
  checkTier(options.tier ?? '', 'BlockBlob', 0)
  const { engine } = context
  return engine.database.write(async (transaction) => {
    const place = await openForWrite(context, transaction, address, options, 'new')
    if (place.item) checkChangeable(place.item, 'BlockBlob', context.clock.now())
    const staged = await transaction.all<Block>(selectStaged, place.container, address.name)
    const committed = place.item ? await committedBlocks(transaction, place.item) : []
    const blocks = resolveBlockList(references, byId(committed), byId(staged))
    const taken = new Set(blocks)
    if (place.item && committed.some((block) => taken.has(block))) checkEncryption(place.item, options)
    if (staged.some((block) => taken.has(block)))
      await checkStaged(transaction, place.container, address.name, options)
    const reference = await keepBlocks(engine, transaction, blocks)
    const item = await replaceItem(context, transaction, address, place, {
      type: 'BlockBlob',
      ...newBlobFields(options),
      ...reference,
    })
    await announce(context, transaction, address, 'created', 'PutBlockList', item, options.origin)
    return item
  })
}

/** All blocks of a blob are encrypted alike. @throws StorageError as `matchEncryption` */
async function checkStaged(
  transaction: Transaction,
  container: number,
  name: string,
  { encryption }: WriteOptions,
): Promise<void> {
  const staging = await findStaging(transaction, container, name)
  if (staging) matchEncryption(encryptionOf(staging), encryption)
}

export interface BlockLists {
  /** Undefined when there are only uncommitted blocks. */
  readonly item: Item | undefined
  readonly committed: readonly Block[]
  readonly uncommitted: readonly Block[]
}

/** @throws StorageError ContainerNotFound, BlobNotFound, InvalidBlobType */
export function getBlockList(
  context: BlobContext,
  address: BlobAddress,
  options: AccessOptions,
): Promise<BlockLists> {
  return context.engine.database.read(async (snapshot) => {
    const { container, item: found } = await findAddressed(snapshot, address)
    const isPast = address.snapshot !== undefined || address.version !== undefined
    const uncommitted = isPast ? [] : await snapshot.all<Block>(selectStaged, container, address.name)
    if (!found && uncommitted.length > 0) return { item: undefined, committed: [], uncommitted }
    const item = await openForRead(context, snapshot, address, options)
    if (item.type !== 'BlockBlob') throw blobErrors.InvalidBlobType()
    return { item, committed: await committedBlocks(snapshot, item), uncommitted }
  })
}

/** The blocks that a block list made; none for a blob put in one piece. */
export async function committedBlocks(snapshot: ReadTransaction, item: Item): Promise<Block[]> {
  if (item.type !== 'BlockBlob' || item.store !== 'bytes' || item.body === 0) return []
  const row = await snapshot.get<{ bytes: Uint8Array }>(
    'SELECT bytes FROM storage_blob_body WHERE id = ?',
    item.body,
  )
  return row ? decodeBlocks(row.bytes) : []
}

/** Drops up to `limit` uncommitted blobs that nobody has touched since `before` (milliseconds since 1970); their number. */
export async function expireStaged(
  context: BlobContext,
  transaction: Transaction,
  before: number,
  limit: number,
): Promise<number> {
  const old = await transaction.all<{ container: number; name: string }>(
    'SELECT container, name FROM storage_blob_staging WHERE touched_at < ? ORDER BY touched_at LIMIT ?',
    before,
    limit,
  )
  for (const { container, name } of old) await dropStaged(context, transaction, container, name)
  return old.length
}
