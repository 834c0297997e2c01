/** The JSON of requests. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { type EntityBody, readEntityBody } from './properties.ts'

/** A whole number that is written as a Double: `1.0`, `1e3`. Finds more than those, inside of texts. */
const wholeDouble = /\d\.0|\d[eE]/

/**
 * An entity from the body of a request; nothing at all is an entity without properties.
 * @throws StorageError InvalidInput, and those of `readEntityBody`
 */
export function parseEntity(text: string): EntityBody {
  if (text === '') return readEntityBody({})
  if (!wholeDouble.test(text)) return readEntityBody(parseObject(text))
  const sources = new Map<string, string>()
  const json = parseObject(text, (name, source) => sources.set(name, source))
  return readEntityBody(json, sources)
}

/** A JSON object. @throws StorageError InvalidInput */
export function parseObject(
  text: string,
  onNumber?: (name: string, source: string) => void,
): Readonly<Record<string, unknown>> {
  const value = parse(text, onNumber)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw generalErrors.InvalidInput()
  return value as Readonly<Record<string, unknown>>
}

function parse(text: string, onNumber: ((name: string, source: string) => void) | undefined): unknown {
  try {
    if (!onNumber) return JSON.parse(text)
    // The third argument is newer than TypeScript's declarations.
    const revive = (name: string, value: unknown, context?: { readonly source?: string }) => {
      if (typeof value === 'number' && context?.source !== undefined) onNumber(name, context.source)
      return value
    }
    return JSON.parse(text, revive)
  } catch {
    throw generalErrors.InvalidInput()
  }
}
