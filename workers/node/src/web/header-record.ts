/** Headers as a plain object: what most requests and responses have, and all that most of them need. */

/** Lower-case names; values as the Fetch standard normalises them. */
export type HeaderRecord = Record<string, string>

const lowerCaseToken = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const token = /^[!#$%&'*+\-.^_`|~0-9a-zA-Z]+$/
/** A value that normalisation leaves as it is: Latin-1 without line ends, no blank at its ends. */
const plainValue = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/

/**
 * The headers of `init` when nothing about them is special: a plain object, no name twice, values plain strings.
 * Otherwise undefined: then the platform's own `Headers` is to convert them, or to throw its error.
 */
export function toHeaderRecord(init: unknown): HeaderRecord | undefined {
  if (init === undefined) return {}
  if (!isPlainObject(init)) return undefined
  let areLowerCase = true
  for (const name in init) {
    const value = init[name]
    if (typeof value !== 'string' || !plainValue.test(value)) return undefined
    if (!lowerCaseToken.test(name)) {
      if (!token.test(name)) return undefined
      areLowerCase = false
    }
  }
  return areLowerCase ? { ...(init as HeaderRecord) } : toLowerCaseNames(init as HeaderRecord)
}

export function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && token.test(name)
}

/** Whether normalisation leaves the value as it is and the name but for its case. */
export function isPlainHeader(name: unknown, value: unknown): boolean {
  return isHeaderName(name) && typeof value === 'string' && plainValue.test(value)
}

function toLowerCaseNames(init: HeaderRecord): HeaderRecord | undefined {
  const record: HeaderRecord = {}
  for (const name in init) {
    const lower = name.toLowerCase()
    // Two spellings of one name would have to be joined.
    if (Object.hasOwn(record, lower)) return undefined
    record[lower] = init[name] as string
  }
  return record
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Object.getPrototypeOf(value) === Object.prototype && Object.getOwnPropertySymbols(value).length === 0
}
