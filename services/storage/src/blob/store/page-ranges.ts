/** Which pages of a page blob have been written, or have changed since a snapshot. */
import type { ReadTransaction } from '@aloft/engine'
import { generalErrors } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import type { AskedRange } from '../model/byte-range.ts'
import { type ByteRange, diffExtents, type Extent, rangeOf, within } from '../model/extents.ts'
import { detailOf, type Item } from '../model/item.ts'
import { openForRead } from './access.ts'
import type { AccessOptions, BlobAddress, BlobContext } from './context.ts'
import { findExtents } from './extents.ts'
import { findAddressed } from './items.ts'

export interface PageRangesQuery extends AccessOptions {
  /** Undefined = all. */
  readonly range?: AskedRange | undefined
  /** The tick of a snapshot: only what has changed since. */
  readonly since?: number | undefined
  /** Leaves out what begins before it. */
  readonly from?: number | undefined
}

export interface PageRange extends ByteRange {
  /** `cleared`: written at the time of the snapshot, and not any more. */
  readonly kind: 'written' | 'cleared'
}

/**
 * The ranges in their order.
 * @throws StorageError BlobNotFound, InvalidBlobType, InvalidRange, PreviousSnapshotNotFound, PreviousSnapshotCannotBeNewer,
 * BlobOverwritten …
 */
export function getPageRanges(
  context: BlobContext,
  address: BlobAddress,
  { range, since, from = 0, ...options }: PageRangesQuery,
): Promise<{ readonly item: Item; readonly ranges: readonly PageRange[] }> {
  return context.engine.database.read(async (snapshot) => {
    const item = await openForRead(context, snapshot, address, options)
    if (item.type !== 'PageBlob') throw blobErrors.InvalidBlobType()
    if (range && range.start >= item.length) throw generalErrors.InvalidRange()
    const start = Math.max(range?.start ?? 0, from)
    const end = Math.min((range?.end ?? item.length - 1) + 1, item.length)
    const after = await extentsWithin(snapshot, item.body, start, end)
    if (since === undefined) return { item, ranges: after.map(rangeOf).map(asWritten) }
    const previous = await findPrevious(snapshot, address, item, since)
    const diff = diffExtents(await extentsWithin(snapshot, previous.body, start, end), after)
    const cleared = diff.cleared.map((each): PageRange => ({ ...each, kind: 'cleared' }))
    const ranges = [...diff.written.map(asWritten), ...cleared].sort((a, b) => a.start - b.start)
    return { item, ranges }
  })
}

function asWritten(range: ByteRange): PageRange {
  return { ...range, kind: 'written' }
}

async function findPrevious(
  snapshot: ReadTransaction,
  address: BlobAddress,
  item: Item,
  since: number,
): Promise<Item> {
  if (address.snapshot !== undefined && since > address.snapshot)
    throw blobErrors.PreviousSnapshotCannotBeNewer()
  const { item: previous } = await findAddressed(snapshot, { ...address, snapshot: since })
  if (!previous) throw blobErrors.PreviousSnapshotNotFound()
  // Each incremental copy replaces its blob, and yet they are told apart.
  const isOther = previous.created !== item.created && !detailOf(item).copy?.isIncremental
  if (isOther || previous.type !== item.type) throw blobErrors.BlobOverwritten()
  return previous
}

async function extentsWithin(
  snapshot: ReadTransaction,
  body: number,
  start: number,
  end: number,
): Promise<Extent[]> {
  if (start >= end) return []
  const extents = await findExtents(snapshot, body, start, end)
  return extents.flatMap((extent) => within(extent, start, end) ?? [])
}
