/** ETags of entities: their timestamps (REST reference, "Payload format for Table service operations"). */
import { generalErrors } from '../protocol/general-errors.ts'

/** @param timestamp seven digits after the point, e.g. `2026-01-01T00:00:00.1234567Z` */
export function etagOf(timestamp: string): string {
  return `W/"datetime'${timestamp.slice(0, 13)}%3A${timestamp.slice(14, 16)}%3A${timestamp.slice(17)}'"`
}

const form = /^[Ww]\/"([^"]|\\")*"$/

/** An `If-Match` header: `*`, or an ETag. @throws StorageError InvalidInput */
export function readIfMatch(header: string): string {
  const trimmed = header.trim()
  if (trimmed !== '*' && !form.test(trimmed)) throw generalErrors.InvalidInput()
  return trimmed
}

/** Whether an `If-Match` is of the entity that was last written at `timestamp`; colons may be written either way. */
export function matches(ifMatch: string, timestamp: string): boolean {
  if (ifMatch === '*') return true
  const etag = etagOf(timestamp)
  return ifMatch === etag || ifMatch.toLowerCase().replace(/(?<=\d):/g, '%3a') === etag.toLowerCase()
}
