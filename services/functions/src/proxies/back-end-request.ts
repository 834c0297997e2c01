/** The request that a proxy makes of its client's. */
import { parseQuery, type RouteValues } from '@aloft/wire/http'
import { type FrontExchange, joinHeaders, requestHeaders } from '../http/index.ts'
import { backEndUrl, UnusableUri, type UriOptions } from './back-end-uri.ts'
import type { ProxyDefinition } from './definition.ts'
import type { RequestOverrides } from './overrides.ts'
import { renderTemplate } from './template.ts'
import type { ProxyRequest } from './variables.ts'

export interface BackEndRequest {
  /** Protocol, host and port. */
  readonly origin: URL
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat; the client's with the overrides and the back end's `Host`. */
  readonly headers: readonly string[]
}

/** What templates may name of the request. */
export function proxyRequest({ request, query }: FrontExchange, values: RouteValues): ProxyRequest {
  return { method: request.method ?? 'GET', headers: requestHeaders(request), query, values }
}

/**
 * Undefined for a proxy without a back end.
 * @param traceParent of the proxy's own span
 * @throws UnusableUri
 */
export function backEndRequest(
  { backEnd, request: overrides }: ProxyDefinition,
  { request: { rawHeaders } }: FrontExchange,
  request: ProxyRequest,
  options: UriOptions & { readonly traceParent: string },
): BackEndRequest | undefined {
  if (!backEnd) return undefined
  const url = backEndUrl(backEnd, request, options)
  const own: NamedValue[] = [
    ['Host', url.host],
    ['traceparent', options.traceParent],
  ]
  return {
    origin: url,
    method: overrideMethod(overrides, request),
    target: url.pathname + mergeQueries(url.search, request.query, renderAll(overrides.query, request)),
    headers: overrideHeaders(rawHeaders, [...own, ...renderAll(overrides.headers, request)]),
  }
}

/**
 * Makes the client's request the one that the app itself is to answer. It is the same request, so that its body
 * flows on as it comes; the host does so too.
 */
export function redirectRequest({ request }: FrontExchange, backEnd: BackEndRequest): void {
  request.method = backEnd.method
  request.url = backEnd.target
  request.rawHeaders = [...backEnd.headers]
  request.headers = joinHeaders(backEnd.headers)
}

export type NamedValue = readonly [name: string, value: string]

function renderAll(templates: RequestOverrides['headers'], request: ProxyRequest): NamedValue[] {
  return templates.map(([name, template]) => [name, renderTemplate(template, request, undefined)])
}

function overrideMethod({ method }: RequestOverrides, request: ProxyRequest): string {
  const text = method && renderTemplate(method, request, undefined).trim().toUpperCase()
  if (!text) return request.method
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(text)) return text
  throw new UnusableUri(`'${text}' is not an HTTP method.`)
}

/**
 * The back end's own parameters, then the client's. What the proxy's author has fixed cannot be set again by the
 * client, who could otherwise add a second key or filter. An empty override is sent as an empty value.
 * @param own of `backendUri`; @param sent the client's; both with their `?`, or ''
 */
export function mergeQueries(own: string, sent: string, overrides: readonly NamedValue[]): string {
  const overridden = new Set(overrides.map(([name]) => name.toLowerCase()))
  const ownPairs = pairsOf(own).filter(({ name }) => !overridden.has(name))
  const fixed = new Set([...overridden, ...ownPairs.map(({ name }) => name)])
  const texts = [
    ...ownPairs.map(({ text }) => text),
    ...pairsOf(sent).flatMap(({ name, text }) => (fixed.has(name) ? [] : [text])),
    ...overrides.map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`,
    ),
  ]
  return texts.length > 0 ? `?${texts.join('&')}` : ''
}

/** The texts as they are, with their names decoded and in lower case. */
function pairsOf(query: string): readonly { readonly name: string; readonly text: string }[] {
  return query
    .slice(1)
    .split('&')
    .filter((text) => text !== '')
    .map((text) => ({
      name: (Object.keys(parseQuery(`?${text}`))[0] ?? '').toLowerCase(),
      // Bytes that clients should have encoded, which Node's parser lets in but not out.
      text: text.replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`),
    }))
}

/** These say how the body comes, and the body is the client's. */
const framing = new Set(['content-length', 'transfer-encoding'])

/** A copy of a flat list with other values; the last of each name holds. */
export function overrideHeaders(rawHeaders: readonly string[], overrides: readonly NamedValue[]): string[] {
  const byName = new Map(overrides.map((pair) => [pair[0].toLowerCase(), pair]))
  for (const name of framing) byName.delete(name)
  const headers: string[] = []
  for (const [name, value] of byName.values()) headers.push(name, headerValue(value))
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (!byName.has(name.toLowerCase())) headers.push(name, rawHeaders[index + 1]!)
  }
  return headers
}

/** Values come from requests: whatever would end the header or is no Latin-1 text must not get out as it is. */
export function headerValue(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
  const safe = text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '')
  return /[^\x20-\xff\t]/.test(safe) ? Buffer.from(safe.toWellFormed()).toString('latin1') : safe
}
