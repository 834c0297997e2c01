/** Host names and addresses as certificates write them. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { UserError } from '../errors.ts'

const hostPattern =
  /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** A host name in lower-case ASCII, or an address. @throws UserError when it is neither */
export function normalName(name: string): string {
  if (isIP(name)) {
    if (name.includes('%')) throw notAName(name)
    return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name
  }
  const ascii = name.startsWith('*.') ? `*.${domainToASCII(name.slice(2))}` : domainToASCII(name)
  if (ascii.length > 253 || !hostPattern.test(ascii)) throw notAName(name)
  return ascii
}

/** Whether `name` can be nobody else's (RFC 6761, 6.3), so that a certificate for it may be had for the asking. */
export function isLocalName(name: string): boolean {
  const lower = name.toLowerCase()
  return lower.endsWith('.localhost') && lower.length <= 253 && hostPattern.test(lower)
}

/** The host names and addresses of a certificate. */
export function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) => normalName(entry.slice(entry.indexOf(':') + 1)))
}

function notAName(name: string): UserError {
  return new UserError(`'${name}' is neither a host name nor an IP address.`)
}
