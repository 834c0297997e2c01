/** Stored access policies: the `<SignedIdentifiers>` document of containers, queues and tables. */
import type { AccessPolicy } from '../contracts.ts'
import { generalErrors } from './general-errors.ts'
import { parseIsoTime } from './http-date.ts'
import { childOf, childText, escapeXml, parseXml, type XmlElement, xmlElement } from './xml.ts'

/** REST reference, "Define a stored access policy". */
const maxPolicies = 5
const maxIdLength = 64

/**
 * Reads the body of Set ACL; an empty one means none.
 * @param letters the permissions that the service knows, e.g. `raud`
 * @throws StorageError InvalidXmlDocument, InvalidXmlNodeValue
 */
export function parsePolicies(body: Uint8Array | string, letters: string): AccessPolicy[] {
  if (body.length === 0) return []
  const root = parseXml(body)
  if (root.name !== 'SignedIdentifiers' || root.children.length > maxPolicies)
    throw generalErrors.InvalidXmlDocument()
  const policies = root.children.map((element) => parsePolicy(element, letters))
  if (new Set(policies.map(({ id }) => id)).size < policies.length) throw generalErrors.InvalidXmlDocument()
  return policies
}

function parsePolicy(element: XmlElement, letters: string): AccessPolicy {
  const id = childText(element, 'Id')
  if (element.name !== 'SignedIdentifier' || !id || id.length > maxIdLength)
    throw generalErrors.InvalidXmlDocument()
  const policy = childOf(element, 'AccessPolicy')
  const permissions = (policy && childText(policy, 'Permission')) || undefined
  if (permissions && [...permissions].some((letter) => !letters.includes(letter)))
    throw generalErrors.InvalidXmlDocument()
  return { id, start: timeOf(policy, 'Start'), expiry: timeOf(policy, 'Expiry'), permissions }
}

function timeOf(policy: XmlElement | undefined, name: string): string | undefined {
  const text = (policy && childText(policy, name))?.trim()
  if (!text) return undefined
  if (parseIsoTime(text) === undefined)
    throw generalErrors.InvalidXmlNodeValue({ elements: { XmlNodeName: name, XmlNodeValue: text } })
  return text
}

/** The body of Get ACL. */
export function renderPolicies(policies: readonly AccessPolicy[]): string {
  return `<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers>${policies.map(renderPolicy).join('')}</SignedIdentifiers>`
}

function renderPolicy({ id, start, expiry, permissions }: AccessPolicy): string {
  const parts =
    xmlElement('Start', start) + xmlElement('Expiry', expiry) + xmlElement('Permission', permissions)
  return `<SignedIdentifier><Id>${escapeXml(id)}</Id>${parts ? `<AccessPolicy>${parts}</AccessPolicy>` : ''}</SignedIdentifier>`
}
