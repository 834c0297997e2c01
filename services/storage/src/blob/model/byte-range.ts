/** The `Range` and `x-ms-range` headers. */
import { generalErrors } from '../../protocol/general-errors.ts'

const rangePattern = /^bytes=(\d+)-(\d*)$/

export interface AskedRange {
  readonly start: number
  /** Inclusive; undefined = to the end. */
  readonly end: number | undefined
}

/** A part of a blob. */
export interface ByteRange {
  readonly start: number
  readonly count: number
}

/** Undefined for what is not `bytes=a-b` or `bytes=a-`: Azure answers those with the whole blob. */
export function parseRange(header: string | undefined): AskedRange | undefined {
  if (header === undefined) return undefined
  const match = rangePattern.exec(header)
  if (!match) return undefined
  const start = Number(match[1])
  const end = match[2] === '' ? undefined : Number(match[2])
  return end !== undefined && end < start ? undefined : { start, end }
}

/**
 * The asked part of `length` bytes.
 * @throws StorageError InvalidRange when it begins behind the end
 */
export function clipRange(range: AskedRange, length: number): ByteRange {
  const { start, end = length - 1 } = range
  if (start >= length) throw generalErrors.InvalidRange({ headers: { 'Content-Range': `bytes */${length}` } })
  return { start, count: Math.min(end, length - 1) - start + 1 }
}
