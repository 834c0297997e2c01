/** XML in and out. Answers are template strings with escaped values; request bodies are parsed strictly. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { generalErrors } from './general-errors.ts'

export { escapeXml, xmlElement } from './escape-xml.ts'

/** An element of a request body. */
export interface XmlElement {
  readonly name: string
  /** In the order of the document. */
  readonly children: readonly XmlElement[]
  /** Character data directly below it, with references resolved; nothing is trimmed. */
  readonly text: string
}

/** As `preserveOrder` gives it: one key, the element's name, and perhaps `:@`. */
type ParsedNode = Readonly<Record<string, unknown>>

const textKey = '#text'
const dataKey = '#cdata'

const parser = new XMLParser({
  preserveOrder: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // References are resolved here: the parser leaves numeric ones alone.
  processEntities: false,
  textNodeName: textKey,
  cdataPropName: dataKey,
})

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The root element of a request body. A document type is refused, so that there is nothing to expand.
 * @throws StorageError InvalidXmlDocument
 */
export function parseXml(body: Uint8Array | string): XmlElement {
  try {
    const text = typeof body === 'string' ? body : utf8.decode(body)
    if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw new Error('Not well-formed')
    const roots = (parser.parse(text) as ParsedNode[]).filter((node) => !isText(node))
    if (roots.length !== 1) throw new Error('Not one root element')
    return elementOf(roots[0]!)
  } catch {
    throw generalErrors.InvalidXmlDocument()
  }
}

/** The first child of that name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

/** The text of the first child of that name; undefined when there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text
}

function elementOf(node: ParsedNode): XmlElement {
  const name = Object.keys(node).find((key) => key !== ':@')!
  const children: XmlElement[] = []
  let text = ''
  for (const child of node[name] as ParsedNode[]) {
    if (textKey in child) text += resolveReferences(String(child[textKey]))
    else if (dataKey in child) text += String((child[dataKey] as ParsedNode[])[0]?.[textKey] ?? '')
    else children.push(elementOf(child))
  }
  return { name, children, text }
}

function isText(node: ParsedNode): boolean {
  return textKey in node || dataKey in node
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]*;?)/g, (_, reference: string) => resolveReference(reference))
}

function resolveReference(reference: string): string {
  const match = /^(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));$/i.exec(reference)
  if (!match) throw new Error(`Unknown reference ${reference}`)
  const [, hexadecimal, decimal, name] = match
  if (name !== undefined) return named[name.toLowerCase()]!
  return String.fromCodePoint(Number.parseInt(hexadecimal ?? decimal!, hexadecimal ? 16 : 10))
}
