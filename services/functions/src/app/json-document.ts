/** JSON files that people write: comments, trailing commas and byte order marks are welcome; errors say where. */
import { readFile } from 'node:fs/promises'
import { type FileLocation, UserError } from '@aloft/kernel'
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser'

/** A parsed file that remembers where each value stands. */
export interface JsonDocument {
  /** Path for messages, as the user would type it. */
  readonly file: string
  readonly text: string
  readonly root: Node
  readonly value: Readonly<Record<string, unknown>>
}

export type JsonPath = readonly (string | number)[]

/** Reads a file whose root is a JSON object; undefined when there is no such file. Throws a UserError for bad JSON. */
export async function readJsonDocument(path: string, file: string): Promise<JsonDocument | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new UserError(`${file} cannot be read: ${error.message}`, { location: { file }, cause: error })
  })
  return bytes === undefined ? undefined : parseJsonDocument(decodeText(bytes), file)
}

/** Parses the text of `file`. Throws a UserError with line, column and what was expected there. */
export function parseJsonDocument(text: string, file: string): JsonDocument {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first || !root) {
    const offset = first?.offset ?? 0
    const expected = first ? expectations[printParseErrorCode(first.error)] : 'expected an object ({ … })'
    throw notJson(
      file,
      text,
      offset,
      `${expected ?? 'expected JSON'}, but found ${describeFound(text, offset)}`,
    )
  }
  if (root.type !== 'object') {
    throw notJson(file, text, root.offset, `expected an object ({ … }), but found ${article(root.type)}`)
  }
  return { file, text, root, value: structuredClone(getNodeValue(root)) }
}

/** Where the value at `path` stands; the nearest enclosing value when it is absent. */
export function locate(document: JsonDocument, path: JsonPath): FileLocation {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(document.root, path.slice(0, length))
    if (node) return positionOf(document.file, document.text, node.offset)
  }
  return positionOf(document.file, document.text, document.root.offset)
}

/** `file (line 3, column 7)`, for messages that are shown without their location. */
export function formatLocation(location: FileLocation): string {
  return location.line === undefined
    ? location.file
    : `${location.file} (line ${location.line}, column ${location.column ?? 1})`
}

/** UTF-8 or, with its byte order mark, UTF-16 (PowerShell's `>` writes that). */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

const expectations: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected a JSON value',
  InvalidNumberFormat: 'expected a number',
  PropertyNameExpected: 'expected a property name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected ":"',
  CommaExpected: 'expected ","',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: 'expected the end of the file',
  UnexpectedEndOfComment: 'expected the end of the comment (*/)',
  UnexpectedEndOfString: 'expected the closing quote of the string',
  UnexpectedEndOfNumber: 'expected a digit',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'expected a JSON escape such as \\n, \\" or \\\\',
  InvalidCharacter: 'expected \\n, \\t or \\u escapes instead of control characters',
}

function notJson(file: string, text: string, offset: number, reason: string): UserError {
  const location = positionOf(file, text, offset)
  return new UserError(`${formatLocation(location)} is not valid JSON: ${reason}.`, { location })
}

function positionOf(file: string, text: string, offset: number): FileLocation {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

function describeFound(text: string, offset: number): string {
  const rest = text.slice(offset).trimStart()
  if (rest === '') return 'the end of the file'
  const token = /^(?:"[^"\n]{0,30}"?|[\w.+-]{1,30}|.)/.exec(rest)?.[0] ?? rest[0]
  return `\`${token}\``
}

function article(type: string): string {
  return type === 'array' ? 'an array' : type === 'null' ? 'null' : `a ${type}`
}
