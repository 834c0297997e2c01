/** YAML 1.2, with anchors and aliases. Loaded only for files that are YAML. */
import { UserError } from '@aloft/kernel'
import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseDocument } from 'yaml'
import type { SourceMember, SourceNode, SourceText } from './source-node.ts'

/** Aliases that lead back to themselves would never end. */
const mostLevels = 20

/** @throws UserError with the place of the first mistake */
export function parseYaml(source: SourceText): SourceNode {
  const document = parseDocument(source.text, { prettyErrors: false })
  const [first] = document.errors
  if (first)
    throw new UserError(`This is not valid YAML: ${first.message}`, { location: source.locate(first.pos[0]) })
  if (document.contents) return new Reader(document, source).read(document.contents, 0)
  throw new UserError('This is not valid YAML: the file is empty', { location: source.locate(0) })
}

class Reader {
  readonly #document: Document.Parsed
  readonly #source: SourceText

  constructor(document: Document.Parsed, source: SourceText) {
    this.#document = document
    this.#source = source
  }

  read(node: ParsedNode | null, level: number): SourceNode {
    const location = this.#source.locate(node?.range[0] ?? 0)
    if (level > mostLevels)
      throw new UserError('This is nested too deep, or leads back to itself', { location })
    if (isAlias(node))
      return this.read((node.resolve(this.#document) ?? null) as ParsedNode | null, level + 1)
    if (isSeq(node))
      return {
        kind: 'array',
        location,
        items: node.items.map((item) => this.read(item as ParsedNode, level + 1)),
      }
    if (isMap(node))
      return {
        kind: 'object',
        location,
        members: node.items.map(({ key, value }) =>
          this.#member(key as ParsedNode, value as ParsedNode, level),
        ),
      }
    return { kind: 'scalar', location, value: isScalar(node) ? scalar(node.value) : null }
  }

  #member(key: ParsedNode, value: ParsedNode | null, level: number): SourceMember {
    const location = this.#source.locate(key.range[0])
    if (!isScalar(key)) throw new UserError('A name must be a single word', { location })
    const read = this.read(value, level + 1)
    // What is left out stands where its name does.
    return { name: String(key.value), location, value: value ? read : { ...read, location } }
  }
}

/** Other types (dates, big numbers, bytes) are what they look like in the file. */
function scalar(value: unknown): string | number | boolean | null {
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value) || value === null
  return isPlain ? (value as string | number | boolean | null) : String(value)
}
