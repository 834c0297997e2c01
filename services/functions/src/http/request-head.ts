/** What a request says before its body, in the shapes that functions get. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** What is asked of a request before its body: node:http's, or a direct exchange's. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'socket'>

/** Whether `X-Forwarded-Proto` and `X-Forwarded-Host` are believed: only behind a proxy that sets them. */
export type ForwardedHeaders = 'trusted' | 'ignored'

/** Lower-case names; the values of a repeated header are joined with `,`. Do not change the result. */
export function requestHeaders(request: IncomingMessage): Record<string, string> {
  const { headers, rawHeaders } = request
  // Nearly always nothing is repeated, and Node's own object is what we want.
  if (Object.keys(headers).length * 2 === rawHeaders.length && headers['set-cookie'] === undefined)
    return headers as Record<string, string>
  return joinHeaders(rawHeaders)
}

/** The same of a flat list. */
export function joinHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    const value = rawHeaders[index + 1]!
    if (!Object.hasOwn(joined, name)) joined[name] = value
    else joined[name] += name === 'cookie' ? `; ${value}` : `,${value}`
  }
  return joined
}

/** `http` or `https`, as the client sees it. */
export function requestProtocol(request: RequestHead, forwarded: ForwardedHeaders): string {
  if (forwarded === 'trusted') {
    const protocol = firstOf(request.headers['x-forwarded-proto'])
    if (protocol === 'http' || protocol === 'https') return protocol
  }
  return (request.socket as TLSSocket).encrypted ? 'https' : 'http'
}

/** Host and port, as the client wrote them. */
export function requestHost(request: RequestHead, forwarded: ForwardedHeaders): string {
  const host = forwarded === 'trusted' ? firstOf(request.headers['x-forwarded-host']) : undefined
  return host ?? request.headers.host ?? 'localhost'
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header
  return text?.split(',')[0]?.trim() || undefined
}
