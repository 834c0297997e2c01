/** By what address a client has come; what it gets told leads back to the same one. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const localHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|[a-z0-9.-]+\.localhost)$/i

/**
 * `https://host:port`; undefined for what no client of this machine sends. Over plain HTTP the host must be this
 * machine: a web page whose name was made to lead here must not get tokens.
 */
export function originOf({ headers, socket }: IncomingMessage): string | undefined {
  const { host = '' } = headers
  if (!hostPattern.test(host)) return undefined
  const isEncrypted = (socket as TLSSocket).encrypted === true
  const name = host.replace(/:\d+$/, '')
  return isEncrypted || localHost.test(name) ? `https://${host.toLowerCase()}` : undefined
}

/** Whether an address leads to this machine: a page or a program of its user. */
export function isLocalAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return (protocol === 'http:' || protocol === 'https:') && localHost.test(hostname)
}
