/** Rows of blobs: finding and saving them. */
import type { ReadTransaction, Transaction } from '@aloft/engine'
import { blobErrors } from '../errors.ts'
import type { Item } from '../model/item.ts'
import type { BlobAddress } from './context.ts'

const columns = [
  'container',
  'past',
  'name',
  'moment',
  'kind',
  'type',
  'etag',
  'created',
  'version',
  'length',
  'store',
  'body',
  'bytes_key',
  'sum',
  'md5',
  'properties',
  'metadata',
  'tags',
  'tier',
  'lease',
  'detail',
  'deleted_at',
  'purge_at',
] as const satisfies readonly (keyof Item)[]
const keyColumns = 4

const selectCurrent = `SELECT c.id AS found, i.* FROM storage_blob_container c
  LEFT JOIN storage_blob_item i ON i.container = c.id AND i.past = 0 AND i.name = ? AND i.moment = 0
  WHERE c.account = ? AND c.name = ? AND c.gone = 0`

/** A container that is there, and its blob of a name, if it has one. */
export interface Place {
  readonly container: number
  readonly item: Item | undefined
}

/** The blob itself, whatever snapshot the address names. @throws StorageError ContainerNotFound */
export async function findCurrent(
  snapshot: ReadTransaction,
  { account, container, name }: BlobAddress,
): Promise<Place> {
  const row = await snapshot.get<Item & { found: number }>(selectCurrent, name, account, container)
  if (!row) throw blobErrors.ContainerNotFound()
  return { container: row.found, item: row.container === null ? undefined : row }
}

/** What a new blob has to put out of its way, found in the same statement: each statement costs microseconds. */
const selectPlace = `SELECT c.id AS found, c.encryption,
    EXISTS (SELECT 1 FROM storage_blob_staging s WHERE s.container = c.id AND s.name = ?1) AS is_staged,
    EXISTS (SELECT 1 FROM storage_blob_item p
      WHERE p.container = c.id AND p.past = 1 AND p.name = ?1 AND p.kind = 'deleted') AS has_deleted,
    i.*
  FROM storage_blob_container c
  LEFT JOIN storage_blob_item i ON i.container = c.id AND i.past = 0 AND i.name = ?1 AND i.moment = 0
  WHERE c.account = ?2 AND c.name = ?3 AND c.gone = 0`

/** Where a blob may be made. */
export interface NewPlace extends Place {
  readonly hasStagedBlocks: boolean
  /** Whether a soft-deleted blob of that name waits to be brought back. */
  readonly hasDeleted: boolean
  /** The container's `ContainerEncryption` as JSON, or ''. */
  readonly encryption: string
}

/** As `findCurrent`, for what makes a blob there. @throws StorageError ContainerNotFound */
export async function findPlace(
  snapshot: ReadTransaction,
  { account, container, name }: BlobAddress,
): Promise<NewPlace> {
  type Row = Item & { found: number; is_staged: number; has_deleted: number; encryption: string }
  const row = await snapshot.get<Row>(selectPlace, name, account, container)
  if (!row) throw blobErrors.ContainerNotFound()
  return {
    container: row.found,
    item: row.container === null ? undefined : row,
    hasStagedBlocks: row.is_staged === 1,
    hasDeleted: row.has_deleted === 1,
    encryption: row.encryption,
  }
}

const selectSnapshot = `SELECT * FROM storage_blob_item
  WHERE container = ? AND past = 1 AND name = ? AND moment = ? AND kind = 'snapshot' AND deleted_at = 0`
const selectVersion = `SELECT * FROM storage_blob_item
  WHERE container = ? AND past = 1 AND name = ? AND moment = ? AND kind = 'version' AND deleted_at = 0`

/** What exactly the address names. @throws StorageError ContainerNotFound */
export async function findAddressed(snapshot: ReadTransaction, address: BlobAddress): Promise<Place> {
  const current = await findCurrent(snapshot, address)
  const { container } = current
  const { name, snapshot: moment, version } = address
  if (moment !== undefined)
    return { container, item: await snapshot.get<Item>(selectSnapshot, container, name, moment) }
  if (version === undefined || current.item?.version === version) return current
  return { container, item: await snapshot.get<Item>(selectVersion, container, name, version) }
}

const selectPast =
  'SELECT * FROM storage_blob_item WHERE container = ? AND past = 1 AND name = ? ORDER BY moment'

/** Snapshots, versions and deleted blobs of a name, oldest first. */
export function findPast(snapshot: ReadTransaction, container: number, name: string): Promise<Item[]> {
  return snapshot.all<Item>(selectPast, container, name)
}

const upsert = `INSERT INTO storage_blob_item (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
  ON CONFLICT (container, past, name, moment) DO UPDATE SET
  ${columns
    .slice(keyColumns)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

export async function saveItem(transaction: Transaction, item: Item): Promise<void> {
  await transaction.run(
    upsert,
    item.container,
    item.past,
    item.name,
    item.moment,
    item.kind,
    item.type,
    item.etag,
    item.created,
    item.version,
    item.length,
    item.store,
    item.body,
    item.bytes_key,
    item.sum,
    item.md5,
    item.properties,
    item.metadata,
    item.tags,
    item.tier,
    item.lease,
    item.detail,
    item.deleted_at,
    item.purge_at,
  )
}

const deleteRow = 'DELETE FROM storage_blob_item WHERE container = ? AND past = ? AND name = ? AND moment = ?'

/** Takes the row away; what it refers to is the caller's business. */
export async function removeItem(transaction: Transaction, item: Item): Promise<void> {
  await transaction.run(deleteRow, item.container, item.past, item.name, item.moment)
}
