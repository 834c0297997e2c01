/** The `<StorageServiceProperties>` document (REST reference, "Set Blob Service Properties"). */
import type {
  LoggingProperties,
  MetricsProperties,
  RetentionPolicy,
  ServiceName,
  ServiceProperties,
  StaticWebsite,
} from '../contracts.ts'
import { parseCors, renderCors } from './cors-rules.ts'
import { generalErrors } from './general-errors.ts'
import { childOf, childText, parseXml, type XmlElement, xmlElement } from './xml.ts'

const noRetention: RetentionPolicy = { isEnabled: false, days: undefined }
const noMetrics: MetricsProperties = {
  version: '1.0',
  isEnabled: false,
  includesApis: undefined,
  retention: noRetention,
}

/** What holds until something is set. */
export const defaultServiceProperties: ServiceProperties = {
  logging: { version: '1.0', logsDelete: false, logsRead: false, logsWrite: false, retention: noRetention },
  hourMetrics: noMetrics,
  minuteMetrics: noMetrics,
  cors: [],
  defaultServiceVersion: undefined,
  deleteRetention: noRetention,
  staticWebsite: {
    isEnabled: false,
    indexDocument: undefined,
    defaultIndexDocumentPath: undefined,
    errorDocument404Path: undefined,
  },
}

/** Longest retention, in days. REST reference, "Set Blob Service Properties". */
const maxDays = 365

/**
 * The body of Set Service Properties over what is set: elements that are absent keep their value.
 * @throws StorageError InvalidXmlDocument, InvalidXmlNodeValue, MissingRequiredXmlNode
 */
export function mergeServiceProperties(
  current: ServiceProperties,
  body: Uint8Array | string,
): ServiceProperties {
  const root = parseXml(body)
  if (root.name !== 'StorageServiceProperties') throw generalErrors.InvalidXmlDocument()
  const changed: { -readonly [Name in keyof ServiceProperties]?: ServiceProperties[Name] } = {}
  for (const element of root.children) {
    switch (element.name) {
      case 'Logging':
        changed.logging = parseLogging(element)
        break
      case 'HourMetrics':
        changed.hourMetrics = parseMetrics(element)
        break
      case 'MinuteMetrics':
        changed.minuteMetrics = parseMetrics(element)
        break
      case 'Cors':
        changed.cors = parseCors(element)
        break
      case 'DefaultServiceVersion':
        changed.defaultServiceVersion = parseVersion(element)
        break
      case 'DeleteRetentionPolicy':
        changed.deleteRetention = parseRetention(element)
        break
      case 'StaticWebsite':
        changed.staticWebsite = parseWebsite(element)
    }
  }
  return { ...current, ...changed }
}

/** The body of Get Service Properties. */
export function renderServiceProperties(properties: ServiceProperties, service: ServiceName): string {
  const { logging, hourMetrics, minuteMetrics, cors } = properties
  return [
    '<?xml version="1.0" encoding="utf-8"?><StorageServiceProperties>',
    `<Logging><Version>${logging.version}</Version><Delete>${logging.logsDelete}</Delete><Read>${logging.logsRead}</Read>`,
    `<Write>${logging.logsWrite}</Write>${renderRetention('RetentionPolicy', logging.retention)}</Logging>`,
    renderMetrics('HourMetrics', hourMetrics),
    renderMetrics('MinuteMetrics', minuteMetrics),
    renderCors(cors),
    service === 'blob' ? renderBlobPart(properties) : '',
    '</StorageServiceProperties>',
  ].join('')
}

function renderBlobPart({
  defaultServiceVersion,
  deleteRetention,
  staticWebsite,
}: ServiceProperties): string {
  const documents =
    xmlElement('IndexDocument', staticWebsite.indexDocument) +
    xmlElement('DefaultIndexDocumentPath', staticWebsite.defaultIndexDocumentPath) +
    xmlElement('ErrorDocument404Path', staticWebsite.errorDocument404Path)
  return [
    xmlElement('DefaultServiceVersion', defaultServiceVersion),
    renderRetention('DeleteRetentionPolicy', deleteRetention),
    `<StaticWebsite><Enabled>${staticWebsite.isEnabled}</Enabled>${documents}</StaticWebsite>`,
  ].join('')
}

function renderMetrics(
  name: string,
  { version, isEnabled, includesApis, retention }: MetricsProperties,
): string {
  const apis = xmlElement('IncludeAPIs', isEnabled ? includesApis : undefined)
  return `<${name}><Version>${version}</Version><Enabled>${isEnabled}</Enabled>${apis}${renderRetention('RetentionPolicy', retention)}</${name}>`
}

function renderRetention(name: string, { isEnabled, days }: RetentionPolicy): string {
  return `<${name}><Enabled>${isEnabled}</Enabled>${xmlElement('Days', isEnabled ? days : undefined)}</${name}>`
}

function parseLogging(element: XmlElement): LoggingProperties {
  return {
    version: parseAnalyticsVersion(element),
    logsDelete: parseFlag(element, 'Delete'),
    logsRead: parseFlag(element, 'Read'),
    logsWrite: parseFlag(element, 'Write'),
    retention: parseRetentionOf(element),
  }
}

function parseMetrics(element: XmlElement): MetricsProperties {
  const isEnabled = parseFlag(element, 'Enabled')
  return {
    version: parseAnalyticsVersion(element),
    isEnabled,
    includesApis: childOf(element, 'IncludeAPIs') ? parseFlag(element, 'IncludeAPIs') : undefined,
    retention: parseRetentionOf(element),
  }
}

/** Of the analytics, which have had one since 2010. */
function parseAnalyticsVersion(element: XmlElement): string {
  const version = childText(element, 'Version')?.trim() || '1.0'
  if (!/^\d\.\d$/.test(version)) throw invalidNode('Version', version)
  return version
}

function parseRetentionOf(element: XmlElement): RetentionPolicy {
  const policy = childOf(element, 'RetentionPolicy')
  return policy ? parseRetention(policy) : noRetention
}

function parseRetention(element: XmlElement): RetentionPolicy {
  if (!parseFlag(element, 'Enabled')) return noRetention
  const text = childText(element, 'Days')?.trim()
  if (!text) throw missingNode('Days')
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (days < 1 || days > maxDays) throw invalidNode('Days', text)
  return { isEnabled: true, days }
}

function parseWebsite(element: XmlElement): StaticWebsite {
  return {
    isEnabled: parseFlag(element, 'Enabled'),
    indexDocument: childText(element, 'IndexDocument') || undefined,
    defaultIndexDocumentPath: childText(element, 'DefaultIndexDocumentPath') || undefined,
    errorDocument404Path: childText(element, 'ErrorDocument404Path') || undefined,
  }
}

function parseVersion(element: XmlElement): string | undefined {
  const version = element.text.trim()
  if (version === '') return undefined
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version)) throw invalidNode('DefaultServiceVersion', version)
  return version
}

function parseFlag(element: XmlElement, name: string): boolean {
  const text = childText(element, name)?.trim().toLowerCase()
  if (text === undefined) throw missingNode(name)
  if (text !== 'true' && text !== 'false') throw invalidNode(name, text)
  return text === 'true'
}

function missingNode(name: string) {
  return generalErrors.MissingRequiredXmlNode({ elements: { XmlNodeName: name } })
}

function invalidNode(name: string, value: string) {
  return generalErrors.InvalidXmlNodeValue({ elements: { XmlNodeName: name, XmlNodeValue: value } })
}
