/** What binding expressions may name: the trigger's own data, then the properties of its payload. */
import type { InvocationInput } from '@aloft/kernel'
import { isObject } from './config-section.ts'
import { parseExact } from './exact-json.ts'
import type { BindingData } from './expression-value.ts'

/**
 * The trigger's own data, and of a payload that is a JSON object those properties that it does not have yet
 * (numbers, text, booleans and objects; no arrays, no nulls).
 */
export function bindingDataOf(input: InvocationInput): BindingData {
  const { data } = input
  const own = input.bindingData?.() ?? {}
  const text = data.http ? undefined : (data.json ?? data.string)
  return {
    ...payloadData(text ?? undefined, new Set(Object.keys(own).map((key) => key.toLowerCase()))),
    ...own,
  }
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
  const data = new Map<string, readonly [string, unknown]>()
  const add = (values: BindingData) => {
    for (const [name, value] of Object.entries(values)) data.set(name.toLowerCase(), [name, value])
  }
  add(payloadData(body, new Set()))
  add(Object.fromEntries(Object.entries(query).filter(([name]) => name.toLowerCase() !== 'code')))
  add({ Query: query, Headers: headers })
  add(params)
  return Object.fromEntries(data.values())
}

function payloadData(text: string | undefined, taken: ReadonlySet<string>): BindingData {
  if (text === undefined || !/^\s*\{/.test(text)) return {}
  let payload: unknown
  try {
    payload = parseExact(text)
  } catch {
    return {} // Any payload may be sent; one that is not JSON just has no properties.
  }
  if (!isObject(payload)) return {}
  const entries = Object.entries(payload).filter(
    ([name, value]) => value !== null && !Array.isArray(value) && !taken.has(name.toLowerCase()),
  )
  return Object.fromEntries(entries)
}
