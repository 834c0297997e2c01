/** Cross-origin requests, as ASP.NET Core's CORS middleware answers them: any header, any method. */
import type { IncomingMessage } from 'node:http'

export interface CorsOptions {
  /** Origins such as `https://portal.example.com`; `*` = every one. Empty = CORS is off. */
  readonly origins: readonly string[]
  /** Whether cookies and authorization may come along; never with `*`. */
  readonly allowCredentials: boolean
}

/** What decides, prepared once. */
export interface CorsPolicy {
  readonly isAny: boolean
  readonly origins: ReadonlySet<string>
  readonly allowCredentials: boolean
}

/** Undefined when CORS is off. */
export function corsPolicy(options: CorsOptions): CorsPolicy | undefined {
  const origins = options.origins.map(normalize).filter((origin) => origin !== '')
  if (origins.length === 0) return undefined
  const isAny = origins.includes('*')
  return { isAny, origins: new Set(origins), allowCredentials: options.allowCredentials && !isAny }
}

/** Whether the browser asks for permission before the request itself. */
export function isPreflight(request: IncomingMessage): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.origin !== undefined &&
    request.headers['access-control-request-method'] !== undefined
  )
}

/** The headers that let the origin read the reply, flat; none when the origin is not allowed or not named. */
export function corsHeaders(policy: CorsPolicy, request: IncomingMessage): string[] {
  const { origin } = request.headers
  if (origin === undefined) return []
  if (!policy.isAny && !policy.origins.has(normalize(origin))) return []
  const headers = ['Access-Control-Allow-Origin', policy.isAny ? '*' : origin]
  if (!policy.isAny) headers.push('Vary', 'Origin')
  if (policy.allowCredentials) headers.push('Access-Control-Allow-Credentials', 'true')
  return headers
}

/** What a preflight is told on top: everything that it asks for. */
export function preflightHeaders(policy: CorsPolicy, request: IncomingMessage): string[] {
  const headers = corsHeaders(policy, request)
  if (headers.length === 0) return headers
  const { 'access-control-request-method': method, 'access-control-request-headers': names } = request.headers
  if (method) headers.push('Access-Control-Allow-Methods', method)
  if (names) headers.push('Access-Control-Allow-Headers', names)
  return headers
}

function normalize(origin: string): string {
  return origin.trim().toLowerCase().replace(/\/$/, '')
}
