/** Reading: properties, and content as a stream or in one piece. */
import { BlobNotFound, type ReadTransaction } from '@aloft/engine'
import { type AskedRange, type ByteRange, clipRange } from '../model/byte-range.ts'
import type { Item } from '../model/item.ts'
import { checkEncryption, checkNotArchived, checkNotIncremental, openForRead } from './access.ts'
import type { AccessOptions, BlobAddress, BlobContext } from './context.ts'
import { findExtents } from './extents.ts'

/** @throws StorageError ContainerNotFound, BlobNotFound, ConditionNotMet, LeaseIdMismatchWithBlobOperation … */
export function getProperties(
  context: BlobContext,
  address: BlobAddress,
  options: AccessOptions,
): Promise<Item> {
  return context.engine.database.read(async (snapshot) => {
    const item = await openForRead(context, snapshot, address, options)
    checkEncryption(item, options)
    return item
  })
}

export interface OpenedBlob {
  readonly item: Item
  /** The part that was asked for; undefined = all. */
  readonly range: ByteRange | undefined
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

export interface ReadOptions extends AccessOptions {
  readonly range?: AskedRange | undefined
  /** Whether a range that begins at the end of a page blob is an empty one, as in Azurite, and no error. */
  readonly isEndOfPagesEmpty?: boolean
}

/** The content went away so often between finding and opening it. */
const maxAttempts = 5

/**
 * Opens a blob for reading. The content is what it was at that moment, also when it is replaced meanwhile; that of
 * page blobs may change under the reader.
 * @throws StorageError as `getProperties`, BlobArchived, InvalidRange
 */
export async function openBlob(
  context: BlobContext,
  address: BlobAddress,
  options: ReadOptions,
): Promise<OpenedBlob> {
  for (let attempt = 1; ; attempt++) {
    const found = await context.engine.database.read(async (snapshot) => {
      const item = await openForRead(context, snapshot, address, options)
      checkEncryption(item, options)
      checkNotIncremental(item)
      checkNotArchived(item, context.clock.now())
      const range = options.range && rangeOf(item, options.range, options)
      const bytes = item.store === 'inline' ? await inlineContent(snapshot, item) : undefined
      return { item, range, bytes }
    })
    const { item, range, bytes } = found
    const { start, count } = range ?? { start: 0, count: item.length }
    if (bytes) return { item, range, content: range ? bytes.subarray(start, start + count) : bytes }
    if (count === 0) return { item, range, content: new Uint8Array(0) }
    try {
      return { item, range, content: await begun(contentOf(context, item, start, count)) }
    } catch (error) {
      // Replaced and collected since the row was read.
      if (!(error instanceof BlobNotFound) || attempt === maxAttempts) throw error
    }
  }
}

/** @throws StorageError InvalidRange */
function rangeOf({ type, length }: Item, asked: AskedRange, options: ReadOptions): ByteRange {
  if (options.isEndOfPagesEmpty && type === 'PageBlob' && length > 0 && asked.start === length)
    return { start: length, count: 0 }
  return clipRange(asked, length)
}

async function inlineContent(snapshot: ReadTransaction, item: Item): Promise<Uint8Array> {
  const row = await snapshot.get<{ bytes: Uint8Array }>(
    'SELECT bytes FROM storage_blob_body WHERE id = ?',
    item.body,
  )
  if (!row) throw new Error(`The content of ${item.name} is missing`)
  return row.bytes
}

/** `count` bytes from `start`; zeros where no page has been written. @throws BlobNotFound on the first step */
export function contentOf(
  context: BlobContext,
  item: Item,
  start: number,
  count: number,
): AsyncIterable<Uint8Array> {
  switch (item.store) {
    case 'bytes':
      return context.engine.blobs.read(item.bytes_key, start, count)
    case 'extents':
      return readExtents(context, item.body, start, start + count)
    case 'inline':
      return readInline(context, item, start, count)
    case 'none':
      return nothing()
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* readInline(
  context: BlobContext,
  item: Item,
  start: number,
  count: number,
): AsyncGenerator<Uint8Array> {
  const bytes = await context.engine.database.read((snapshot) => inlineContent(snapshot, item))
  yield bytes.subarray(start, start + count)
}

const extentsPerStep = 64
const zeros = new Uint8Array(64 * 1024)

async function* readExtents(
  { engine }: BlobContext,
  body: number,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = start
  while (at < end) {
    const extents = await engine.database.read((snapshot) =>
      findExtents(snapshot, body, at, end, extentsPerStep),
    )
    for (const extent of extents) {
      const extentEnd = Math.min(extent.start + extent.length, end)
      if (extentEnd <= at) continue
      if (extent.start > at) yield* readZeros(extent.start - at)
      at = Math.max(at, extent.start)
      try {
        for await (const chunk of engine.blobs.read(
          extent.key,
          extent.skip + at - extent.start,
          extentEnd - at,
        )) {
          yield chunk
          at += chunk.length
        }
      } catch (error) {
        // These pages were written anew meanwhile: look again for what stands there now.
        if (error instanceof BlobNotFound) break
        throw error
      }
    }
    const last = extents.at(-1)
    if (extents.length < extentsPerStep && (!last || at >= Math.min(last.start + last.length, end))) {
      yield* readZeros(end - at)
      return
    }
  }
}

function* readZeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= zeros.length)
    yield left < zeros.length ? zeros.subarray(0, left) : zeros
}

/** `content` with its first piece fetched, so that what is missing shows before anything is sent. */
async function begun(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = content[Symbol.asyncIterator]()
  let first: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await iterator.next())
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const next = first ?? iterator.next()
        first = undefined
        return next
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  }
}
