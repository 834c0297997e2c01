/**
 * The strings that SharedKey and SharedKeyLite sign (REST reference, "Authorize with
 * Shared Key"). Clients disagree in details that the service lets pass: what nearly all of them sign comes first,
 * and the rest is tried before a request is refused.
 */
import type { ServiceName } from '../../contracts.ts'
import { QueryString } from '../query-string.ts'
import { compareAsDotnet, compareCodeUnits } from './header-order.ts'

/** What a signature is about. */
export interface SignedRequest {
  readonly service: ServiceName
  readonly method: string
  readonly account: { readonly name: string }
  readonly isSecondary: boolean
  readonly version: string
  /** As sent, with the account in path style. */
  readonly urlPath: string
  /** As sent, with the `?`. */
  readonly search: string
  readonly parameters: QueryString
  /** Names and values as sent, by turns. */
  readonly rawHeaders: readonly string[]
  header(name: string): string | undefined
}

export type SharedKeyScheme = 'SharedKey' | 'SharedKeyLite'

/** What clients may vary. */
interface Variant {
  readonly order: (a: string, b: string) => number
  readonly path: string
  readonly query: QueryString
  readonly isLanguageFirst: boolean
  readonly foldsSpace: boolean
}

/** What nearly every client signs. */
export function stringToSign(request: SignedRequest, scheme: SharedKeyScheme): string {
  return render(request, scheme, {
    order: compareCodeUnits,
    path: request.urlPath,
    query: request.parameters,
    isLanguageFirst: false,
    foldsSpace: false,
  })
}

/** All further strings that a good client may have signed. */
export function otherStringsToSign(request: SignedRequest, scheme: SharedKeyScheme): Set<string> {
  const strings = new Set<string>()
  for (const path of pathsOf(request))
    for (const order of [compareAsDotnet, compareCodeUnits, compareByLocale])
      for (const query of queriesOf(request))
        for (const isLanguageFirst of [true, false])
          for (const foldsSpace of [true, false])
            strings.add(render(request, scheme, { order, path, query, isLanguageFirst, foldsSpace }))
  return strings
}

function compareByLocale(a: string, b: string): number {
  return a.localeCompare(b)
}

/**
 * Some clients sign the account's own name in the path to its secondary, or a table's path without the slash at its
 * end.
 */
function pathsOf({ urlPath, account, isSecondary, service }: SignedRequest): string[] {
  const secondary = `/${account.name}-secondary`
  if (service === 'table' && urlPath.endsWith('/')) return [urlPath, urlPath.slice(0, -1)]
  return isSecondary && urlPath.startsWith(secondary)
    ? [urlPath, `/${account.name}${urlPath.slice(secondary.length)}`]
    : [urlPath]
}

/** A plus is a space to most clients, and a plus to the JavaScript SDK. */
function queriesOf({ search, parameters }: SignedRequest): QueryString[] {
  return search.includes('+') ? [parameters, new QueryString(search.replaceAll('+', '%2B'))] : [parameters]
}

function render(request: SignedRequest, scheme: SharedKeyScheme, variant: Variant): string {
  if (request.service === 'table') return renderTable(request, scheme, variant)
  const { method } = request
  const head =
    scheme === 'SharedKeyLite'
      ? `${method}\n${value(request, 'content-md5')}\n${value(request, 'content-type')}\n${dateOf(request)}\n`
      : `${method}\n${contentCoding(request, variant)}\n${contentLength(request)}\n${value(request, 'content-md5')}\n${value(request, 'content-type')}\n${dateOf(request)}\n${value(request, 'if-modified-since')}\n${value(request, 'if-match')}\n${value(request, 'if-none-match')}\n${value(request, 'if-unmodified-since')}\n${value(request, 'range')}\n`
  const resource =
    scheme === 'SharedKeyLite' ? compResource(request, variant) : queryResource(request, variant)
  return head + canonicalHeaders(request.rawHeaders, variant) + resource
}

function renderTable(request: SignedRequest, scheme: SharedKeyScheme, variant: Variant): string {
  const date = value(request, 'x-ms-date') || value(request, 'date')
  const resource = compResource(request, variant)
  return scheme === 'SharedKeyLite'
    ? `${date}\n${resource}`
    : `${request.method}\n${value(request, 'content-md5')}\n${value(request, 'content-type')}\n${date}\n${resource}`
}

function value(request: SignedRequest, name: string): string {
  return request.header(name) ?? ''
}

function dateOf(request: SignedRequest): string {
  return request.header('x-ms-date') === undefined ? value(request, 'date') : ''
}

/** The JavaScript SDK has the two the wrong way round. */
function contentCoding(request: SignedRequest, { isLanguageFirst }: Variant): string {
  const encoding = value(request, 'content-encoding')
  const language = value(request, 'content-language')
  return isLanguageFirst ? `${language}\n${encoding}` : `${encoding}\n${language}`
}

function contentLength(request: SignedRequest): string {
  const length = value(request, 'content-length')
  return length === '0' && request.version >= '2015-02-21' ? '' : length
}

/** `x-ms-` headers, a line each. */
function canonicalHeaders(rawHeaders: readonly string[], variant: Variant): string {
  const names: string[] = []
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index]!
    if (raw.charCodeAt(1) !== hyphen || raw.charCodeAt(4) !== hyphen) continue
    const name = raw.toLowerCase()
    if (name.startsWith('x-ms-')) insert(names, values, name, rawHeaders[index + 1]!, variant)
  }
  let lines = ''
  for (let index = 0; index < names.length; index++) lines += `${names[index]}:${values[index]}\n`
  return lines
}

const hyphen = 0x2d

/** Into its place: there are few of them, and most come in order. */
function insert(names: string[], values: string[], name: string, raw: string, variant: Variant): void {
  const text = variant.foldsSpace ? raw.replace(/\s+/g, ' ') : raw
  let at = names.length
  while (at > 0 && variant.order(names[at - 1]!, name) > 0) at--
  if (at > 0 && names[at - 1] === name) {
    values[at - 1] += `,${text}`
    return
  }
  names.splice(at, 0, name)
  values.splice(at, 0, text)
}

function queryResource({ account }: SignedRequest, { path, query }: Variant): string {
  let resource = `/${account.name}${path}`
  if (query.size === 0) return resource
  const values = new Map<string, string[]>()
  for (const [name, text] of query.entries()) {
    const same = values.get(name)
    if (same) same.push(text)
    else values.set(name, [text])
  }
  for (const name of [...values.keys()].sort()) resource += `\n${name}:${values.get(name)!.sort().join(',')}`
  return resource
}

function compResource({ account }: SignedRequest, { path, query }: Variant): string {
  const comp = query.get('comp')
  return comp === undefined ? `/${account.name}${path}` : `/${account.name}${path}?comp=${comp}`
}
