/**
 * XML in and out. Answers are template strings with escaped values; request bodies are parsed strictly: elements,
 * character data, CDATA, the references that XML itself has. Document types are refused, so that there is nothing to
 * expand; attributes and name spaces mean nothing to these services.
 */
import { generalErrors } from './general-errors.ts'

export { escapeXml, xmlElement } from './escape-xml.ts'

/** An element of a request body. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  /** In the order of the document. */
  readonly children: readonly XmlElement[]
  /** Character data directly below it, with references resolved; nothing is trimmed. */
  readonly text: string
}

/** No document of these services is deeper than six. */
const maxDepth = 32

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The root element of a request body. @throws StorageError InvalidXmlDocument */
export function parseXml(body: Uint8Array | string): XmlElement {
  try {
    const text = typeof body === 'string' ? body : utf8.decode(body)
    return new XmlReader(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text).document()
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

/** `<name a="b" …` up to its `>` or `/>`; both ends of an attribute's value are the same quote. */
const startTag =
  /<([A-Za-z_\u00b7-\uffff][\w:.\-\u00b7-\uffff]*)(?:\s+[A-Za-z_\u00b7-\uffff][\w:.\-\u00b7-\uffff]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/y
const endTag = /<\/([A-Za-z_\u00b7-\uffff][\w:.\-\u00b7-\uffff]*)\s*>/y
const space = /\s*/y

/** Reads a text from its start to its end; throws plain errors, which say nothing to clients. */
class XmlReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    this.#skipAround()
    const root = this.#element(1)
    this.#skipAround()
    if (this.#at !== this.#text.length) throw this.#unexpected()
    return root
  }

  #element(depth: number): XmlElement {
    const [, name, slash] = this.#match(startTag)
    const children: XmlElement[] = []
    let text = ''
    if (slash === '/') return { name: localName(name!), children, text }
    if (depth === maxDepth) throw new Error('Nested too deeply')
    for (;;) {
      text += this.#characters()
      if (this.#startsWith('</')) break
      if (this.#startsWith('<![CDATA[')) text += this.#between('<![CDATA[', ']]>')
      else if (!this.#skipComment()) children.push(this.#element(depth + 1))
    }
    if (this.#match(endTag)[1] !== name) throw this.#unexpected()
    return { name: localName(name!), children, text }
  }

  /** What stands before the next tag. */
  #characters(): string {
    const end = this.#text.indexOf('<', this.#at)
    if (end === -1) throw this.#unexpected()
    const raw = this.#text.slice(this.#at, end)
    this.#at = end
    return resolveReferences(raw)
  }

  /** Space, the declaration, comments and instructions beside the root. */
  #skipAround(): void {
    do this.#match(space)
    while (this.#skipComment())
  }

  /** Whether there was a comment or an instruction. */
  #skipComment(): boolean {
    if (this.#startsWith('<!--')) this.#between('<!--', '-->')
    else if (this.#startsWith('<?')) this.#between('<?', '?>')
    else return false
    return true
  }

  #between(start: string, end: string): string {
    const from = this.#at + start.length
    const to = this.#text.indexOf(end, from)
    if (to === -1) throw this.#unexpected()
    this.#at = to + end.length
    return this.#text.slice(from, to)
  }

  #startsWith(token: string): boolean {
    return this.#text.startsWith(token, this.#at)
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) throw this.#unexpected()
    this.#at = pattern.lastIndex
    return match
  }

  #unexpected(): Error {
    return new Error(`Not well-formed at ${this.#at}`)
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const reference = /^(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));$/

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]*;?)/g, (_, inner: string) => {
    const match = reference.exec(inner)
    if (!match) throw new Error(`Unknown reference ${inner}`)
    const [, hexadecimal, decimal, name] = match
    if (name !== undefined) return named[name]!
    return String.fromCodePoint(Number.parseInt(hexadecimal ?? decimal!, hexadecimal ? 16 : 10))
  })
}
