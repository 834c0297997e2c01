/** The body of Query Blob Contents. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { childOf, childText, parseXml, type XmlElement } from '../../protocol/xml.ts'
import type { TextFormat } from './text-format.ts'

export interface QueryRequest {
  readonly expression: string
  readonly input: TextFormat
  readonly output: TextFormat
}

const plainCsv: TextFormat = {
  kind: 'csv',
  column: ',',
  record: '\n',
  quote: '"',
  escape: '',
  hasHeaders: false,
}

/** @throws StorageError InvalidXmlDocument, InvalidXmlNodeValue */
export function parseQueryRequest(body: Uint8Array): QueryRequest {
  const root = parseXml(body)
  if (root.name !== 'QueryRequest') throw generalErrors.InvalidXmlDocument()
  const type = childText(root, 'QueryType') ?? ''
  if (type.toUpperCase() !== 'SQL') throw wrongNode('QueryType', type)
  const expression = childText(root, 'Expression') ?? ''
  const input = formatIn(childOf(root, 'InputSerialization')) ?? plainCsv
  return { expression, input, output: formatIn(childOf(root, 'OutputSerialization')) ?? input }
}

function formatIn(serialization: XmlElement | undefined): TextFormat | undefined {
  const format = serialization && childOf(serialization, 'Format')
  if (!format) return undefined
  const type = childText(format, 'Type') ?? ''
  if (type === 'json') {
    const settings = childOf(format, 'JsonTextConfiguration')
    return { kind: 'json', record: (settings && childText(settings, 'RecordSeparator')) || '\n' }
  }
  if (type !== 'delimited') throw wrongNode('Type', type)
  const settings = childOf(format, 'DelimitedTextConfiguration')
  if (!settings) return plainCsv
  return {
    kind: 'csv',
    column: signIn(settings, 'ColumnSeparator') || ',',
    record: childText(settings, 'RecordSeparator') || '\n',
    quote: signIn(settings, 'FieldQuote') || '"',
    escape: signIn(settings, 'EscapeChar'),
    hasHeaders: childText(settings, 'HasHeaders')?.toLowerCase() === 'true',
  }
}

function signIn(settings: XmlElement, name: string): string {
  const sign = childText(settings, name) ?? ''
  if (Array.from(sign).length > 1) throw wrongNode(name, sign)
  return sign
}

function wrongNode(name: string, value: string): Error {
  return generalErrors.InvalidXmlNodeValue({ elements: { XmlNodeName: name, XmlNodeValue: value } })
}
