/** Taking request targets apart without a URL object: this runs for every request. */
import { unescape as decodeLoosely } from 'node:querystring'

export interface RequestTarget {
  /** Decoded, with a leading `/`, without `.` and `..` segments. `%2F` stays encoded, as Kestrel leaves it. */
  readonly path: string
  /** As sent, from `?` on; '' without a query. */
  readonly query: string
}

/** Splits what stands in the request line: `/path?query`, or an absolute URL as proxies send it. */
export function parseTarget(target: string): RequestTarget {
  let start = 0
  if (target.charCodeAt(0) !== 47) {
    const authority = target.indexOf('://')
    start = authority === -1 ? target.length : target.indexOf('/', authority + 3)
    if (start === -1) start = target.length
  }
  const mark = target.indexOf('?', start)
  const path = mark === -1 ? target.slice(start) : target.slice(start, mark)
  return { path: decodePath(path === '' ? '/' : path), query: mark === -1 ? '' : target.slice(mark) }
}

/** Whether a decoded path is `prefix`, in any case, or below it. */
export function isBelow(path: string, prefix: string): boolean {
  // Settles nearly every path without looking at its beginning.
  if (path.length > prefix.length && path[prefix.length] !== '/') return false
  return path.slice(0, prefix.length).toLowerCase() === prefix
}

/** Whether the path is the host's own, whatever routes an app has. */
export function isReservedPath(path: string): boolean {
  return isBelow(path, '/admin') || isBelow(path, '/runtime')
}

/** Values by name; the values of a repeated name are joined with `,`. @param query with its `?`, or '' */
export function parseQuery(query: string): Record<string, string> {
  const values: Record<string, string> = {}
  let start = 1
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end === -1) end = query.length
    if (end > start) {
      const equals = query.indexOf('=', start)
      const hasValue = equals !== -1 && equals < end
      const name = decodeQuery(query.slice(start, hasValue ? equals : end))
      const value = hasValue ? decodeQuery(query.slice(equals + 1, end)) : ''
      values[name] = Object.hasOwn(values, name) ? `${values[name]},${value}` : value
    }
    start = end + 1
  }
  return values
}

function decodeQuery(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeLoosely(spaced) : spaced
}

function decodePath(path: string): string {
  const decoded = path.includes('%') ? decodeLoosely(path.replace(/%(?=2f)/gi, '%25')) : path
  return decoded.includes('/.') ? removeDots(decoded) : decoded
}

/** RFC 3986, 5.2.4. */
function removeDots(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (isLast && (segment === '.' || segment === '..')) kept.push('')
  })
  return `/${kept.join('/')}`
}
