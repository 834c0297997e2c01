/** From what a function returns to the values of its outputs (host `WorkerFunctionInvoker`, `FunctionBinding`). */
import type { BindingDefinition, OutputValue } from '@aloft/kernel'
import type { ResultMessage, TypedData } from '@aloft/wire'
import { isObject } from './config-section.ts'
import { formatExact, parseExact } from './exact-json.ts'

/**
 * The values that one output gets: every item of a collection, of a JSON array, and of text that parses as a JSON
 * array; anything else is one value, and `null` is none. Objects become compact JSON with their numbers as written.
 */
export function toOutputValues(data: TypedData): readonly OutputValue[] {
  if (typeof data.string === 'string') return splitArray(data.string) ?? [{ kind: 'text', text: data.string }]
  if (typeof data.json === 'string') return splitJson(data.json)
  const bytes = data.bytes ?? data.stream
  if (bytes) return [{ kind: 'bytes', bytes }]
  if (data.collectionString) return data.collectionString.string.map((text) => ({ kind: 'text', text }))
  if (data.collectionBytes) return data.collectionBytes.bytes.map((item) => ({ kind: 'bytes', bytes: item }))
  const numbers = data.collectionDouble?.double ?? data.collectionSint64?.sint64 ?? [data.int ?? data.double]
  return numbers.flatMap((number) => toValue(number))
}

/** What an output gets that takes everything as one value: text and JSON as they are, collections as JSON. */
export function toWholeValue(data: TypedData): readonly OutputValue[] {
  if (typeof data.string === 'string') return [{ kind: 'text', text: data.string }]
  if (typeof data.json === 'string') return toValue(parseExact(data.json))
  const bytes = data.bytes ?? data.stream
  if (bytes) return [{ kind: 'bytes', bytes }]
  const items =
    data.collectionString?.string ?? data.collectionDouble?.double ?? data.collectionSint64?.sint64
  return toValue(items ?? data.int ?? data.double)
}

/**
 * Which data goes to which output. `$return` gets the return value; without one, the properties of a returned JSON
 * object go to the outputs of their names that were not set otherwise. Names ignore case.
 */
export function matchOutputs<Output extends Pick<BindingDefinition, 'name'>>(
  outputs: readonly Output[],
  { outputData, returnValue }: Pick<ResultMessage, 'outputData' | 'returnValue'>,
): readonly { readonly output: Output; readonly data: TypedData }[] {
  const named = new Map(outputData.map(({ name, data }) => [name.toLowerCase(), data]))
  const hasReturn = outputs.some(({ name }) => name === '$return')
  if (hasReturn && returnValue) named.set('$return', returnValue)
  if (!hasReturn && outputs.length > 0) {
    for (const [name, data] of propertiesOf(returnValue?.json)) {
      if (!named.has(name.toLowerCase())) named.set(name.toLowerCase(), data)
    }
  }
  return outputs.flatMap((output) => {
    const data = named.get(output.name.toLowerCase())
    return data ? [{ output, data }] : []
  })
}

function splitJson(json: string): readonly OutputValue[] {
  const value = parseExact(json)
  return Array.isArray(value) ? value.flatMap(toValue) : toValue(value)
}

/** The items of text that is a JSON array; undefined for any other text. */
function splitArray(text: string): readonly OutputValue[] | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('[') || !trimmed.endsWith(']')) return undefined
  try {
    const value = parseExact(trimmed)
    return Array.isArray(value) ? value.flatMap(toValue) : undefined
  } catch {
    return undefined // Text in brackets is text.
  }
}

function toValue(value: unknown): readonly OutputValue[] {
  if (value === null || value === undefined) return []
  return [
    typeof value === 'string' ? { kind: 'text', text: value } : { kind: 'json', text: formatExact(value) },
  ]
}

function propertiesOf(json: string | null | undefined): readonly (readonly [string, TypedData])[] {
  const value = json && /^\s*\{/.test(json) ? parseExact(json) : undefined
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === null) return []
    return [[name, typeof member === 'string' ? { string: member } : { json: formatExact(member) }] as const]
  })
}
