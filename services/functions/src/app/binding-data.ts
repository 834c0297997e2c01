/** What binding expressions may name: the properties of a trigger's payload, and the trigger's own data. */
import type { InvocationInput } from '@aloft/kernel'
import { isObject } from './config-section.ts'
import { parseExact } from './exact-json.ts'
import type { BindingData } from './expression-value.ts'

/**
 * The trigger's own data, and over it the properties of a payload that is a JSON object (numbers, text, booleans and
 * objects; no arrays, no nulls): host `Utility.ApplyBindingData`. `{id}` of a queue message is the one that it carries.
 */
export function bindingDataOf(input: InvocationInput): BindingData {
  const { data } = input
  const own = input.bindingData?.() ?? {}
  const text = data.http ? undefined : (data.json ?? data.string)
  return mergeWithoutCase([own, payloadData(text ?? undefined)])
}

/** An HTTP request as binding data sees it. */
export interface HttpRequestData {
  /** The body's text when its content type is JSON and it has a length. */
  readonly body: string | undefined
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Route parameters. */
  readonly params: Readonly<Record<string, string>>
}

/** Body properties, then the query (but for the key `code`), then route parameters, each over the ones before. */
export function httpBindingData({ body, query, headers, params }: HttpRequestData): BindingData {
  const named = Object.fromEntries(Object.entries(query).filter(([name]) => name.toLowerCase() !== 'code'))
  return mergeWithoutCase([payloadData(body), named, { Query: query, Headers: headers }, params])
}

/** Later values replace earlier ones whose names differ at most in case. */
function mergeWithoutCase(parts: readonly BindingData[]): BindingData {
  const data = new Map<string, readonly [string, unknown]>()
  for (const part of parts) {
    for (const entry of Object.entries(part)) data.set(entry[0].toLowerCase(), entry)
  }
  return Object.fromEntries(data.values())
}

function payloadData(text: string | undefined): BindingData {
  if (text === undefined || !/^\s*\{/.test(text)) return {}
  let payload: unknown
  try {
    payload = parseExact(text)
  } catch {
    return {} // Any payload may be sent; one that is not JSON just has no properties.
  }
  if (!isObject(payload)) return {}
  return Object.fromEntries(
    Object.entries(payload).filter(([, value]) => value !== null && !Array.isArray(value)),
  )
}
