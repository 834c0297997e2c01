/** `backendUri`: a template that becomes a URL. What a value may do depends on where in the URL it stands. */
import type { Template } from './template.ts'
import { type ProxyRequest, type Variable, variableValue } from './variables.ts'

/**
 * `anywhere`: the URL begins with the variable. `host`, `hostEnd`: in the authority; the latter is followed by
 * the path or by nothing.
 */
type Place = 'anywhere' | 'host' | 'hostEnd' | 'path' | 'query'

interface PlacedVariable {
  readonly variable: Variable
  readonly place: Place
}

export interface BackEndUri {
  readonly parts: readonly (string | PlacedVariable)[]
}

export interface UriOptions {
  /** Whether `%2F` in values of the route becomes `/` (`AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES`). */
  readonly decodesSlashes: boolean
}

/** The request's values make no URL, or one that the proxy's author cannot have meant. */
export class UnusableUri extends Error {
  override readonly name = 'UnusableUri'
}

/** @throws UnusableUri when no request could make it an http or https URL */
export function compileBackEndUri({ parts }: Template): BackEndUri {
  let before = ''
  const placed = parts.map((part, index): string | PlacedVariable => {
    if (typeof part === 'string') {
      before += part
      return part
    }
    const place = placeAfter(before, parts[index + 1])
    // Stands for the value in what follows; never ends the part of the URL that it is in.
    before += 'x'
    return { variable: part, place }
  })
  const startsOpen = placed[0] !== undefined && typeof placed[0] !== 'string'
  if (!startsOpen) parseUrl(before)
  return { parts: placed }
}

/** @throws UnusableUri */
export function backEndUrl(uri: BackEndUri, request: ProxyRequest, options: UriOptions): URL {
  let text = ''
  for (const part of uri.parts) text += typeof part === 'string' ? part : encode(part, request, options)
  return parseUrl(text)
}

function placeAfter(before: string, next: string | Variable | undefined): Place {
  if (before === '') return 'anywhere'
  const afterScheme = before.replace(/^[^/?#]*:\/\//, '')
  if (afterScheme.includes('?')) return 'query'
  if (afterScheme.includes('/')) return 'path'
  return next === undefined || (typeof next === 'string' && /^[/?]/.test(next)) ? 'hostEnd' : 'host'
}

function encode({ variable, place }: PlacedVariable, request: ProxyRequest, options: UriOptions): string {
  const value = variableValue(variable, request, undefined)
  if (place === 'anywhere') return value
  if (place === 'host') return checkHost(value)
  const slash = place === 'hostEnd' ? value.indexOf('/') : 0
  if (slash === -1) return checkHost(value)
  // Nobody has decoded the slashes of a route's values so far.
  const pieces = variable.kind === 'route' ? value.slice(slash).split(/%2f/i) : [value.slice(slash)]
  const encodePiece = place === 'query' ? encodeQuery : encodePath
  return checkHost(value.slice(0, slash)) + pieces.map(encodePiece).join(options.decodesSlashes ? '/' : '%2F')
}

function checkHost(value: string): string {
  if (/^[\w.~:[\]-]*$/.test(value)) return value
  throw new UnusableUri(`'${value}' cannot be part of a host name.`)
}

/** Slashes stay: a value that has them stands for several segments. None of them may lead upwards. */
function encodePath(value: string): string {
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(value)) throw new UnusableUri(`'${value}' cannot be part of a path.`)
  return value.toWellFormed().replace(/[^\w.~!$&'()*+,;=:@/-]/gu, encodeURIComponent)
}

function encodeQuery(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}

function parseUrl(text: string): URL {
  // The parser would look for a missing host in the path.
  const url = /^https?:\/\/[^/\\?#]/i.test(text) ? URL.parse(text) : null
  if (url) return url
  throw new UnusableUri(`'${text}' is not an http or https URL.`)
}
