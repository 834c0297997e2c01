/** Content made of runs of bytes: the pages of a page blob, the blocks of an append blob. */

/** `length` bytes at `start` of the blob are those from `skip` on of the engine's bytes `key`. */
export interface Extent {
  readonly start: number
  readonly length: number
  readonly key: string
  readonly skip: number
  /** MD5 in base64 of all the bytes of `key`. */
  readonly sum: string
}

/** Inclusive, as HTTP has them. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What is left of `extent` when the bytes from `start` to `end` (exclusive) are taken out: none, one or two pieces.
 */
export function without(extent: Extent, start: number, end: number): Extent[] {
  const pieces: Extent[] = []
  const extentEnd = extent.start + extent.length
  if (extent.start < start) pieces.push({ ...extent, length: Math.min(extentEnd, start) - extent.start })
  if (extentEnd > end) {
    const from = Math.max(extent.start, end)
    pieces.push({ ...extent, start: from, length: extentEnd - from, skip: extent.skip + from - extent.start })
  }
  return pieces
}

/** The part of `extent` from `start` to `end` (exclusive); undefined when they do not meet. */
export function within(extent: Extent, start: number, end: number): Extent | undefined {
  const from = Math.max(extent.start, start)
  const to = Math.min(extent.start + extent.length, end)
  if (to <= from) return undefined
  return { ...extent, start: from, length: to - from, skip: extent.skip + from - extent.start }
}

export function rangeOf({ start, length }: Extent): ByteRange {
  return { start, end: start + length - 1 }
}

/** Neighbours become one range. */
export function rangesOf(extents: readonly Extent[]): ByteRange[] {
  const ranges: { start: number; end: number }[] = []
  for (const { start, length } of extents) {
    const last = ranges.at(-1)
    if (last && last.end + 1 === start) last.end = start + length - 1
    else ranges.push({ start, end: start + length - 1 })
  }
  return ranges
}

/** What was written and what was cleared between two states. Both lists ascend. */
export function diffExtents(
  before: readonly Extent[],
  after: readonly Extent[],
): { readonly written: ByteRange[]; readonly cleared: ByteRange[] } {
  const written: Extent[] = []
  const cleared: Extent[] = []
  const cuts = [...before, ...after].flatMap(({ start, length }) => [start, start + length])
  const edges = [...new Set(cuts)].sort((a, b) => a - b)
  let [old, current] = [0, 0]
  for (let index = 0; index + 1 < edges.length; index++) {
    const [start, end] = [edges[index]!, edges[index + 1]!]
    old = advance(before, old, start)
    current = advance(after, current, start)
    const was = partOf(before[old], start, end)
    const is = partOf(after[current], start, end)
    if (is && !(was && was.key === is.key && was.skip === is.skip)) written.push(is)
    else if (was && !is) cleared.push(was)
  }
  return { written: rangesOf(written), cleared: rangesOf(cleared) }
}

function partOf(extent: Extent | undefined, start: number, end: number): Extent | undefined {
  return extent && within(extent, start, end)
}

function advance(extents: readonly Extent[], from: number, start: number): number {
  let index = from
  while (index < extents.length && extents[index]!.start + extents[index]!.length <= start) index++
  return index
}
