/** Paths of Table Storage: `/Tables('t')`, `/t()`, `/t(PartitionKey='p',RowKey='r')`, `/$batch`. */
import { generalErrors } from '../../protocol/general-errors.ts'
import type { EntityKey } from '../edm/keys.ts'

export type TablePath =
  | { readonly kind: 'account' | 'tables' | 'batch' }
  /** `/Tables('t')` */
  | { readonly kind: 'named-table'; readonly table: string }
  /** `/t` or `/t()` */
  | { readonly kind: 'entities'; readonly table: string }
  | { readonly kind: 'entity'; readonly table: string; readonly key: EntityKey }

/** @param path as sent, from the `/` behind the account on. @throws StorageError InvalidUri, InvalidInput */
export function parseTablePath(path: string): TablePath {
  const text = decode(path.startsWith('/') ? path.slice(1) : path)
  if (text === '') return { kind: 'account' }
  const open = text.indexOf('(')
  const name = open < 0 ? withoutSlash(text) : text.slice(0, open)
  if (name === '$batch') return { kind: 'batch' }
  if (name.includes('/')) throw generalErrors.InvalidUri()
  const inside = open < 0 ? '' : insideOf(text, open)
  if (name.toLowerCase() === 'tables') {
    if (inside === '') return { kind: 'tables' }
    const table = quoted(inside, 0)
    if (!table || table.end !== inside.length) throw generalErrors.InvalidInput()
    return { kind: 'named-table', table: table.text }
  }
  return inside === ''
    ? { kind: 'entities', table: name }
    : { kind: 'entity', table: name, key: parseKey(inside) }
}

/** The table that a path names; '' for none. */
export function tableOf(path: string): string {
  const parsed = parseTablePath(path)
  return 'table' in parsed ? parsed.table : ''
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw generalErrors.InvalidUri()
  }
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}

function insideOf(text: string, open: number): string {
  const end = withoutSlash(text)
  if (!end.endsWith(')')) throw generalErrors.InvalidInput()
  return end.slice(open + 1, -1).trim()
}

/** `PartitionKey='…',RowKey='…'` in either order; quotes in keys are doubled. */
function parseKey(text: string): EntityKey {
  const parts: Record<string, string> = {}
  let at = 0
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    const value = equals < 0 ? undefined : quoted(text, equals + 1)
    if (!value) return parseCarelessKey(text)
    parts[text.slice(at, equals).trim()] = value.text
    const rest = /^\s*(,\s*|$)/.exec(text.slice(value.end))
    if (!rest) return parseCarelessKey(text)
    at = value.end + rest[0].length
  }
  const { PartitionKey: partitionKey, RowKey: rowKey } = parts
  if (partitionKey === undefined || rowKey === undefined) throw generalErrors.InvalidInput()
  return { partitionKey, rowKey }
}

/** Some clients do not double the quotes in keys. */
function parseCarelessKey(text: string): EntityKey {
  const match = /^PartitionKey='(.*)',\s*RowKey='(.*)'$/s.exec(text)
  if (!match) throw generalErrors.InvalidInput()
  return { partitionKey: match[1]!, rowKey: match[2]! }
}

/** The text whose opening quote is at `start`, and where it ends. */
function quoted(text: string, start: number): { readonly text: string; readonly end: number } | undefined {
  if (text[start] !== "'") return undefined
  for (let at = start + 1; ; ) {
    const close = text.indexOf("'", at)
    if (close < 0) return undefined
    if (text[close + 1] !== "'")
      return { text: text.slice(start + 1, close).replaceAll("''", "'"), end: close + 1 }
    at = close + 2
  }
}
