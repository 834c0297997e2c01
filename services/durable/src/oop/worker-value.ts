/** JSON on its way to and from functions (azure-functions-durable-extension, `TaskActivityShim`). */
import type { TypedData } from '@aloft/wire'

/**
 * An activity's input as its trigger gets it.
 * @param stored a JSON array of one element, as the orchestrator's side writes it; other JSON is taken as it is
 */
export function toActivityDatum(stored: string | null): TypedData {
  if (stored === null) return {}
  const parsed: unknown = JSON.parse(stored)
  const value: unknown = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed
  if (value === null || value === undefined) return {}
  return { string: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** As a whole or at its beginning: what is not, is surely no JSON. */
const maybeJson = /^\s*(?:[{["]|(?:true|false|null|-?\d[\d.eE+-]*)\s*$)/

/**
 * For a Node worker, whose library parses every text and takes it as it is when that fails: an exception costs more
 * than all else about a small activity, so that a text that is no JSON goes as JSON.
 */
export function toNodeDatum(data: TypedData): TypedData {
  return data.string == null || maybeJson.test(data.string) ? data : { json: JSON.stringify(data.string) }
}

/** What a function returned, as JSON text; null for nothing. */
export function toJsonText(data: TypedData | undefined): string | null {
  if (!data) return null
  if (data.string != null) return JSON.stringify(data.string)
  if (data.json != null) return data.json === '' ? null : data.json
  if (data.int != null) return String(data.int)
  if (data.double != null) return JSON.stringify(data.double)
  const bytes = data.bytes ?? data.stream
  if (bytes) return JSON.stringify(Buffer.from(bytes).toString('base64'))
  if (data.collectionString) return JSON.stringify(data.collectionString.string)
  if (data.collectionDouble) return JSON.stringify(data.collectionDouble.double)
  if (data.collectionSint64) return JSON.stringify(data.collectionSint64.sint64)
  return null
}

/** What a function returned, parsed; a text that is not JSON is itself. */
export function toJsonValue(data: TypedData | undefined): unknown {
  if (data?.json != null) return data.json === '' ? undefined : JSON.parse(data.json)
  return data?.string ?? undefined
}
