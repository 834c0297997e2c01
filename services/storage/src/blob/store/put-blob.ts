/** Put Blob: a whole block blob, or an empty page or append blob. */
import { blobErrors } from '../errors.ts'
import { maxPutBytes } from '../limits.ts'
import {
  type BlobType,
  type HttpProperties,
  type Item,
  type ItemDetail,
  type Metadata,
  type Tags,
  toText,
} from '../model/item.ts'
import { checkTier } from '../model/tiers.ts'
import { openForWrite } from './access.ts'
import { announce } from './changes.ts'
import {
  type Arrived,
  type Content,
  discardArrived,
  type Integrity,
  keepArrived,
  newBody,
  takeIn,
} from './content.ts'
import type { BlobAddress, BlobContext, WriteOptions } from './context.ts'
import { replaceItem } from './replace.ts'

/** What a new blob is given besides its content. */
export interface NewBlob {
  readonly properties?: HttpProperties | undefined
  /** The `Content-MD5` property, base64. Default: that of the content, when it came in one piece. */
  readonly md5?: string | undefined
  readonly metadata?: Metadata | undefined
  readonly tags?: Tags | undefined
  /** '' or absent = the default. */
  readonly tier?: string | undefined
  readonly detail?: ItemDetail | undefined
}

export interface PutOptions extends NewBlob, WriteOptions {
  readonly integrity?: Integrity | undefined
  /** For events; default `PutBlob`. */
  readonly api?: string
}

/** What was made, and the checksums of what came. */
export interface PutResult {
  readonly item: Item
  readonly arrived: Arrived
}

/**
 * Makes or replaces a block blob.
 * @throws StorageError ContainerNotFound, BlobAlreadyExists, ConditionNotMet, LeaseIdMissing, Md5Mismatch, RequestBodyTooLarge …
 */
export async function putBlockBlob(
  context: BlobContext,
  address: BlobAddress,
  content: Content,
  options: PutOptions,
): Promise<PutResult> {
  const { engine } = context
  checkTier(options.tier ?? '', 'BlockBlob', 0)
  const arrived = await takeIn(engine, content, maxPutBytes, options.integrity)
  try {
    const item = await engine.database.write(async (transaction) => {
      const place = await openForWrite(context, transaction, address, options, 'new')
      const reference = await keepArrived(engine, transaction, arrived)
      const item = await replaceItem(context, transaction, address, place, {
        type: 'BlockBlob',
        ...newBlobFields(options),
        md5: options.md5 ?? arrived.md5,
        ...reference,
      })
      await announce(context, transaction, address, 'created', options.api ?? 'PutBlob', item, options.origin)
      return item
    })
    return { item, arrived }
  } catch (error) {
    await discardArrived(engine, arrived)
    throw error
  }
}

/** Makes or replaces a page blob of zeros, `length` bytes long, or an empty append blob. */
export async function putEmptyBlob(
  context: BlobContext,
  address: BlobAddress,
  type: Exclude<BlobType, 'BlockBlob'>,
  length: number,
  options: PutOptions,
): Promise<Item> {
  const { database } = context.engine
  checkTier(options.tier ?? '', type, length)
  return database.write(async (transaction) => {
    const place = await openForWrite(context, transaction, address, options, 'new')
    const item = await replaceItem(context, transaction, address, place, {
      type,
      ...newBlobFields(options),
      store: 'extents',
      body: await newBody(transaction, null),
      length,
    })
    await announce(context, transaction, address, 'created', options.api ?? 'PutBlob', item, options.origin)
    return item
  })
}

export function newBlobFields(
  options: NewBlob & Pick<WriteOptions, 'encryption'>,
): Pick<Item, 'properties' | 'md5' | 'metadata' | 'tags' | 'tier' | 'detail'> {
  return {
    properties: toText(options.properties),
    md5: options.md5 ?? '',
    metadata: toText(options.metadata),
    tags: toText(options.tags),
    tier: options.tier ?? '',
    detail: toText(detailIn(options)),
  }
}

/** What is out of the ordinary of a new blob. */
export function detailIn({
  detail,
  encryption,
}: Pick<NewBlob & WriteOptions, 'detail' | 'encryption'>): ItemDetail {
  return encryption ? { ...detail, encryption } : (detail ?? {})
}

/** Refuses content for a container that is not there before it is taken in. */
export async function checkContainer(
  context: BlobContext,
  { account, container }: BlobAddress,
): Promise<void> {
  const row = await context.engine.database.read((snapshot) =>
    snapshot.get(
      'SELECT 1 FROM storage_blob_container WHERE account = ? AND name = ? AND gone = 0',
      account,
      container,
    ),
  )
  if (!row) throw blobErrors.ContainerNotFound()
}
