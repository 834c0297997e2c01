/**
 * CORS rules of a service: the `<Cors>` element, and which rule fits a request (REST reference, "Cross-Origin
 * Resource Sharing support for Azure Storage").
 */
import type { CorsRule } from '../contracts.ts'
import { generalErrors } from './general-errors.ts'
import { childText, escapeXml, type XmlElement } from './xml.ts'

/** REST reference, "Cross-Origin Resource Sharing (CORS) support for Azure Storage", "Understanding...rules". */
const maxRules = 5
const maxOrigins = 64
const maxLiteralHeaders = 64
const maxPrefixedHeaders = 2
const maxTextLength = 256
const methods = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'MERGE',
  'POST',
  'OPTIONS',
  'PUT',
  'PATCH',
  'TRACE',
  'CONNECT',
])

/** @throws StorageError InvalidXmlDocument, InvalidXmlNodeValue, MissingRequiredXmlNode */
export function parseCors(element: XmlElement): CorsRule[] {
  if (element.children.length > maxRules || element.children.some(({ name }) => name !== 'CorsRule'))
    throw generalErrors.InvalidXmlDocument()
  return element.children.map(parseRule)
}

function parseRule(element: XmlElement): CorsRule {
  const rule: CorsRule = {
    allowedOrigins: parseList(element, 'AllowedOrigins'),
    allowedMethods: parseList(element, 'AllowedMethods').map((method) => method.toUpperCase()),
    allowedHeaders: parseHeaders(element, 'AllowedHeaders'),
    exposedHeaders: parseHeaders(element, 'ExposedHeaders'),
    maxAgeSeconds: parseMaxAge(element),
  }
  const isOver =
    rule.allowedOrigins.length > maxOrigins ||
    rule.allowedOrigins.some((origin) => origin.length > maxTextLength) ||
    rule.allowedMethods.some((method) => !methods.has(method))
  if (rule.allowedOrigins.length === 0 || rule.allowedMethods.length === 0 || isOver)
    throw generalErrors.InvalidXmlNodeValue()
  return rule
}

function parseHeaders(element: XmlElement, name: string): string[] {
  const headers = parseList(element, name)
  const prefixed = headers.filter((header) => header.endsWith('*') && header !== '*').length
  const isOver =
    prefixed > maxPrefixedHeaders ||
    headers.length - prefixed > maxLiteralHeaders ||
    headers.some((header) => header.length > maxTextLength)
  if (isOver) throw generalErrors.InvalidXmlNodeValue({ elements: { XmlNodeName: name } })
  return headers
}

function parseList(element: XmlElement, name: string): string[] {
  return (childText(element, name) ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function parseMaxAge(element: XmlElement): number {
  const text = childText(element, 'MaxAgeInSeconds')?.trim()
  if (text === undefined)
    throw generalErrors.MissingRequiredXmlNode({ elements: { XmlNodeName: 'MaxAgeInSeconds' } })
  if (!/^\d{1,10}$/.test(text))
    throw generalErrors.InvalidXmlNodeValue({
      elements: { XmlNodeName: 'MaxAgeInSeconds', XmlNodeValue: text },
    })
  return Number(text)
}

export function renderCors(rules: readonly CorsRule[]): string {
  return rules.length === 0 ? '<Cors/>' : `<Cors>${rules.map(renderRule).join('')}</Cors>`
}

function renderRule(rule: CorsRule): string {
  return [
    `<CorsRule><AllowedOrigins>${list(rule.allowedOrigins)}</AllowedOrigins>`,
    `<AllowedMethods>${list(rule.allowedMethods)}</AllowedMethods>`,
    `<MaxAgeInSeconds>${rule.maxAgeSeconds}</MaxAgeInSeconds>`,
    `<ExposedHeaders>${list(rule.exposedHeaders)}</ExposedHeaders>`,
    `<AllowedHeaders>${list(rule.allowedHeaders)}</AllowedHeaders></CorsRule>`,
  ].join('')
}

function list(values: readonly string[]): string {
  return escapeXml(values.join(','))
}

/** The first rule for that origin and method. */
export function findCorsRule(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
): CorsRule | undefined {
  return rules.find((rule) => allowsOrigin(rule, origin) && rule.allowedMethods.includes(method))
}

/** The first rule that allows what a preflight asks for. */
export function findPreflightRule(
  rules: readonly CorsRule[],
  asked: { readonly origin: string; readonly method: string; readonly headers: string | undefined },
): CorsRule | undefined {
  const headers = (asked.headers ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '')
  return rules.find(
    (rule) =>
      allowsOrigin(rule, asked.origin) &&
      rule.allowedMethods.includes(asked.method) &&
      headers.every((header) => rule.allowedHeaders.some((pattern) => matchesHeader(pattern, header))),
  )
}

export function allowsAnyOrigin(rule: CorsRule): boolean {
  return rule.allowedOrigins.includes('*')
}

/** What `Access-Control-Expose-Headers` says: the rule's names, and for a prefix what the answer has. */
export function exposedHeaders(rule: CorsRule, names: readonly string[]): string {
  const literal = rule.exposedHeaders.filter((pattern) => !pattern.endsWith('*'))
  const prefixed = rule.exposedHeaders.filter((pattern) => pattern.endsWith('*'))
  const known = new Set(literal.map((name) => name.toLowerCase()))
  const added = names.filter(
    (name) =>
      !known.has(name.toLowerCase()) &&
      prefixed.some((pattern) => matchesHeader(pattern, name.toLowerCase())),
  )
  return [...literal, ...added].join(',')
}

function matchesHeader(pattern: string, lowerCaseName: string): boolean {
  const lower = pattern.toLowerCase()
  return lower.endsWith('*') ? lowerCaseName.startsWith(lower.slice(0, -1)) : lower === lowerCaseName
}

function allowsOrigin(rule: CorsRule, origin: string): boolean {
  const asked = origin.toLowerCase()
  return rule.allowedOrigins.some((allowed) => {
    const star = allowed.indexOf('*')
    if (star === -1) return allowed.toLowerCase() === asked
    const before = allowed.slice(0, star).toLowerCase()
    const after = allowed.slice(star + 1).toLowerCase()
    return asked.length >= before.length + after.length && asked.startsWith(before) && asked.endsWith(after)
  })
}
