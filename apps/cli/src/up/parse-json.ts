/** JSON with comments and trailing commas. */
import { UserError } from '@aloft/kernel'
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { SourceMember, SourceNode, SourceText } from './source-node.ts'

/** @throws UserError with the place of the first mistake */
export function parseJson(source: SourceText): SourceNode {
  const errors: ParseError[] = []
  const root = parseTree(source.text, errors, { allowTrailingComma: true })
  const [first] = errors
  if (!first) return toSourceNode(root!, source)
  const problem = words(printParseErrorCode(first.error))
  throw new UserError(`This is not valid JSON: ${problem}`, { location: source.locate(first.offset) })
}

function toSourceNode(node: Node, source: SourceText): SourceNode {
  const location = source.locate(node.offset)
  const children = node.children ?? []
  if (node.type === 'array')
    return { kind: 'array', location, items: children.map((child) => toSourceNode(child, source)) }
  if (node.type === 'object')
    return { kind: 'object', location, members: children.map((child) => toMember(child, source)) }
  return { kind: 'scalar', location, value: node.value }
}

function toMember({ children = [] }: Node, source: SourceText): SourceMember {
  const [name, value] = children as [Node, Node]
  return {
    name: String(name.value),
    location: source.locate(name.offset),
    value: toSourceNode(value, source),
  }
}

/** `CloseBraceExpected` as `close brace expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}
