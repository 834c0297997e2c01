/** What a custom handler answers to an invocation in its JSON form (host `HttpScriptInvocationResultExtensions`). */
import type { ResultMessage, RpcHttp, TypedData } from '@aloft/wire'
import { formatExact, isObject, parseExact } from '../app/index.ts'
import type { HandlerFunction, HandlerOutput } from './custom-function.ts'
import type { HandlerAnswer } from './custom-http.ts'

export interface HandlerResult {
  readonly result: ResultMessage
  /** Lines of the function's log. */
  readonly logs: readonly string[]
}

type Values = ReadonlyMap<string, unknown>

const expectation = 'a JSON object such as {"Outputs": {}, "Logs": [], "ReturnValue": null}'
const shownCharacters = 300

/** Throws an Error that says what was wrong with the answer: an invocation that failed. */
export function readAnswer(
  definition: HandlerFunction,
  invocationId: string,
  answer: HandlerAnswer,
): HandlerResult {
  const fields = readFields(definition, answer)
  const logs = fields.get('logs') ?? []
  if (!Array.isArray(logs)) throw wrongAnswer(definition, `'Logs' that is no array; expected ${expectation}`)
  return {
    logs: logs.map((line: unknown) => (typeof line === 'string' ? line : formatExact(line))),
    result: {
      invocationId,
      outputData: outputData(definition, fields.get('outputs')),
      returnValue: toTypedData(fields.get('returnvalue'), definition.returned),
    },
  }
}

function outputData(definition: HandlerFunction, value: unknown): ResultMessage['outputData'] {
  if (!isPresent(value)) return []
  const outputs = membersOf(value)
  if (!outputs) throw wrongAnswer(definition, `'Outputs' that is no object; expected ${expectation}`)
  return definition.outputs.flatMap((output) => {
    const given = outputs.get(output.name.toLowerCase())
    const data = output.isHttp
      ? { http: responseOf(definition, output.name, given) }
      : toTypedData(given, output)
    return data ? [{ name: output.name, data }] : []
  })
}

/** Only success counts, and only JSON is read; names ignore case. */
function readFields(definition: HandlerFunction, { status, reason, headers, body }: HandlerAnswer): Values {
  const text = body.toString()
  if (status < 200 || status > 299)
    throw wrongAnswer(definition, `${[status, reason].join(' ').trim()}${excerpt(text)}`)
  const type = headers['content-type']
  if (!/^\s*(?:application|text)\/json\s*(?:;|$)/i.test(type ?? ''))
    throw wrongAnswer(
      definition,
      `${type ? `content of type '${type}'` : 'no content type'}; expected application/json`,
    )
  let value: unknown
  try {
    value = parseExact(text)
  } catch (error) {
    throw wrongAnswer(definition, `no JSON (${(error as Error).message})${excerpt(text)}`)
  }
  const fields = membersOf(value)
  if (!fields) throw wrongAnswer(definition, `${excerpt(text, '')}; expected ${expectation}`)
  return fields
}

/** A response object; an absent one is an empty object, which the official host sends as such. */
function responseOf(definition: HandlerFunction, name: string, value: unknown): RpcHttp {
  if (!isPresent(value)) return { statusCode: '200', body: { json: '{}' } }
  const fields = membersOf(typeof value === 'string' ? parseText(value) : value)
  if (!fields)
    throw wrongAnswer(
      definition,
      `an output '${name}' that is no response; expected an object with statusCode, body and headers`,
    )
  const status = fields.get('statuscode') ?? fields.get('status')
  return {
    statusCode: isPresent(status) ? String(status) : '200',
    headers: headersOf(definition, name, fields.get('headers')),
    body: bodyOf(fields.get('body')),
  }
}

function headersOf(definition: HandlerFunction, name: string, value: unknown): Record<string, string> {
  if (!isPresent(value)) return {}
  if (!isObject(value)) throw wrongAnswer(definition, `headers of the output '${name}' that are no object`)
  return Object.fromEntries(Object.entries(value).map(([header, text]) => [header, String(text ?? '')]))
}

function bodyOf(value: unknown): TypedData | null {
  if (!isPresent(value)) return null
  return typeof value === 'object' ? { json: formatExact(value) } : { string: String(value) }
}

/** Text that is valid base64 means bytes, unless the binding is binary: so it is in the official host. */
function toTypedData(value: unknown, output: HandlerOutput | undefined): TypedData | undefined {
  if (!isPresent(value)) return undefined
  if (typeof value !== 'string') return { json: formatExact(value) }
  const bytes = output && !output.isBinary ? decodeBase64(value) : undefined
  return bytes ? { bytes } : { string: value }
}

/** .NET's `Convert.FromBase64String`: blanks are skipped, all else must be in order. */
function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/[ \t\r\n]/g, '')
  const isValid = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
  return isValid ? Buffer.from(compact, 'base64') : undefined
}

function parseText(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined // The caller says what was expected.
  }
}

/** Members by lower-case name; undefined for what is no object. */
function membersOf(value: unknown): Values | undefined {
  if (!isObject(value)) return undefined
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

function excerpt(text: string, separator = ': '): string {
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
  return shown.trim() === '' ? `${separator && ' '}with an empty body` : `${separator}${shown}`
}

function wrongAnswer({ name }: HandlerFunction, what: string): Error {
  return new Error(`The custom handler answered POST /${name} with ${what}.`)
}
