/** What `{…}` may name in proxies.json, and what it stands for in one exchange. Names ignore case. */
import { parseQuery, type RouteValues } from '@aloft/wire/http'
import type { ResponseHead } from '../http/index.ts'

/** A request as the client of the proxy sent it. */
export interface ProxyRequest {
  readonly method: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As sent, from `?` on. */
  readonly query: string
  readonly values: RouteValues
}

export type Variable =
  | { readonly kind: 'method' | 'status' | 'reason' | 'unknown' }
  /** `name` is the route's own spelling. */
  | { readonly kind: 'route'; readonly name: string }
  /** `name` is lower case. */
  | { readonly kind: 'header' | 'query' | 'responseHeader'; readonly name: string }

const plain: Readonly<Record<string, Variable>> = {
  'request.method': { kind: 'method' },
  'backend.response.statuscode': { kind: 'status' },
  'backend.response.statusreason': { kind: 'reason' },
}

const named: readonly (readonly [prefix: string, kind: 'header' | 'query' | 'responseHeader'])[] = [
  ['request.headers.', 'header'],
  ['request.querystring.', 'query'],
  ['backend.response.headers.', 'responseHeader'],
]

/** @param parameters names of the route's parameters */
export function parseVariable(text: string, parameters: readonly string[]): Variable {
  const lower = text.toLowerCase()
  const parameter = parameters.find((name) => name.toLowerCase() === lower)
  if (parameter !== undefined) return { kind: 'route', name: parameter }
  if (Object.hasOwn(plain, lower)) return plain[lower]!
  for (const [prefix, kind] of named) {
    if (lower.startsWith(prefix)) return { kind, name: lower.slice(prefix.length) }
  }
  return { kind: 'unknown' }
}

/** '' for what is not there. @param response what the back end answered; undefined before it has */
export function variableValue(
  variable: Variable,
  request: ProxyRequest,
  response: ResponseHead | undefined,
): string {
  switch (variable.kind) {
    case 'method':
      return request.method
    case 'route':
      return request.values[variable.name] ?? ''
    case 'header':
      return ownValue(request.headers, variable.name)
    case 'query':
      return queryValue(request.query, variable.name)
    case 'status':
      return response ? String(response.status) : ''
    case 'reason':
      return response?.reason ?? ''
    case 'responseHeader':
      return response ? flatValue(response.headers, variable.name) : ''
    case 'unknown':
      return ''
  }
}

function ownValue(values: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(values, name) ? values[name]! : ''
}

function queryValue(query: string, lowerName: string): string {
  const entries = Object.entries(parseQuery(query))
  return entries.find(([name]) => name.toLowerCase() === lowerName)?.[1] ?? ''
}

/** The values of a repeated header are joined with `,`. */
function flatValue(headers: readonly string[], lowerName: string): string {
  return headers
    .filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === lowerName)
    .join(',')
}
