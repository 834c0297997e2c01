/** `$filter`, `$select` and `$top`. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { parseFilter } from '../filter/parser.ts'
import type { Filter } from '../filter/syntax.ts'
import { maxPageRows } from '../limits.ts'

/** At most a page; without the option a whole page. @throws StorageError InvalidInput */
export function topOf(text: string | undefined): number {
  if (text === undefined || text === '') return maxPageRows
  if (!/^\d{1,10}$/.test(text)) throw generalErrors.InvalidInput()
  return Math.min(Number(text), maxPageRows)
}

/** Names of properties; undefined = all. */
export function selectOf(text: string | undefined): readonly string[] | undefined {
  if (!text) return undefined
  const names = text.split(',').map((name) => name.trim())
  const known = [...new Set(names)].filter((name) => name !== '')
  return known.length === 0 || known.includes('*') ? undefined : known
}

/** @throws StorageError InvalidInput */
export function filterOf(text: string | undefined): Filter | undefined {
  return text?.trim() ? parseFilter(text) : undefined
}
