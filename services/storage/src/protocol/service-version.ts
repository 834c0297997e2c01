/**
 * `x-ms-version`: the version of the protocol that a client speaks (REST reference, "Versioning for Azure Storage").
 */
import { invalidHeader } from './general-errors.ts'

/** What is spoken to those who say nothing. */
export const newestVersion = '2026-06-06'
/** The first that had a header for it. */
const oldestVersion = '2009-04-14'

const good = new Set([newestVersion])

/**
 * Every date is taken that can be one, also of versions yet to come: a new SDK must not break.
 * @throws StorageError InvalidHeaderValue
 */
export function checkVersion(version: string): void {
  if (good.has(version)) return
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(version) && !Number.isNaN(Date.parse(version))
  if (!isDate || version < oldestVersion) throw invalidHeader('x-ms-version', version)
  // There are few of them, unless somebody tries them all.
  if (good.size < 100) good.add(version)
}
