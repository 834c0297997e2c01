/**
 * Typed reading of a configuration file. As in .NET's configuration, keys ignore case and a number or boolean
 * may be written as text; a value of the wrong kind is a UserError that names the key, the line and what belongs there.
 */
import { parseTimeSpan, UserError } from '@aloft/kernel'
import { formatLocation, type JsonDocument, locate } from './json-document.ts'

export interface Section {
  readonly document: JsonDocument
  /** Keys from the root, as written. */
  readonly path: readonly string[]
  /** `{}` when the section is absent. */
  readonly values: Readonly<Record<string, unknown>>
  /** App settings that replaced values of the file: lower-case dotted path to the setting's name. */
  readonly overrides: ReadonlyMap<string, string>
}

/** An entry of a section: its key as written, and its value. */
interface Entry {
  readonly key: string
  readonly value: unknown
}

/** The value of `name` in `values`, ignoring case; `null` counts as absent. */
export function findEntry(values: Readonly<Record<string, unknown>>, name: string): Entry | undefined {
  const wanted = name.toLowerCase()
  const key = Object.hasOwn(values, name)
    ? name
    : Object.keys(values).find((candidate) => candidate.toLowerCase() === wanted)
  if (key === undefined) return undefined
  const value = values[key]
  return value === null || value === undefined ? undefined : { key, value }
}

export function readSection(parent: Section, name: string): Section {
  const entry = findEntry(parent.values, name)
  const path = [...parent.path, entry?.key ?? name]
  if (!entry) return { ...parent, path, values: {} }
  if (!isObject(entry.value)) throw wrongValue(parent, entry, 'an object')
  return { ...parent, path, values: entry.value }
}

export function readString(section: Section, name: string): string | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  if (typeof entry.value === 'object') throw wrongValue(section, entry, 'a string')
  return String(entry.value)
}

export function readBoolean(section: Section, name: string): boolean | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  const text = String(entry.value).toLowerCase()
  if (typeof entry.value === 'object' || (text !== 'true' && text !== 'false')) {
    throw wrongValue(section, entry, 'true or false')
  }
  return text === 'true'
}

export interface Range {
  readonly minimum: number
  readonly maximum?: number
}

export function readInteger(section: Section, name: string, range: Range): number | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  const { minimum, maximum = 2 ** 31 - 1 } = range
  const isText = typeof entry.value === 'string' && /^\s*[+-]?\d+\s*$/.test(entry.value)
  const number = typeof entry.value === 'number' || isText ? Number(entry.value) : Number.NaN
  if (Number.isInteger(number) && number >= minimum && number <= maximum) return number
  const bound = range.maximum === undefined ? `of at least ${minimum}` : `between ${minimum} and ${maximum}`
  throw wrongValue(section, entry, `a whole number ${bound}`)
}

/** A number, with fractions. */
export function readNumber(section: Section, name: string, range: Range): number | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  const { minimum, maximum = Number.MAX_VALUE } = range
  const isNumber =
    typeof entry.value === 'number' || (typeof entry.value === 'string' && entry.value.trim() !== '')
  const number = isNumber ? Number(entry.value) : Number.NaN
  if (number >= minimum && number <= maximum) return number
  throw wrongValue(section, entry, `a number between ${minimum} and ${maximum}`)
}

/** A TimeSpan such as `00:05:00`, in milliseconds. */
export function readTimeSpanMs(
  section: Section,
  name: string,
  range: Range = { minimum: 0 },
): number | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  const ms = typeof entry.value === 'object' ? undefined : parseTimeSpan(String(entry.value))
  if (ms !== undefined && ms >= range.minimum && ms <= (range.maximum ?? Number.MAX_VALUE)) return ms
  const bound = range.minimum > 0 ? ` of at least ${range.minimum / 1000} s` : ''
  throw wrongValue(section, entry, `a duration in the form hh:mm:ss${bound}`)
}

/** One of `choices`, ignoring case; answers with the choice's own spelling. */
export function readChoice<Choice extends string>(
  section: Section,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  const found = choices.find((choice) => choice.toLowerCase() === String(entry.value).toLowerCase())
  if (!found) throw wrongValue(section, entry, `one of ${choices.join(', ')}`)
  return found
}

export function readStringList(section: Section, name: string): readonly string[] | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  if (!Array.isArray(entry.value)) throw wrongValue(section, entry, 'an array of strings')
  return entry.value.map((item, index) => {
    if (typeof item === 'string') return item
    const list = { ...section, path: [...section.path, entry.key] }
    throw wrongValue(list, { key: String(index), value: item }, 'a string')
  })
}

/** The section's own entries as text; nested values are errors. */
export function readStringMap(section: Section): Readonly<Record<string, string>> {
  const entries = Object.keys(section.values).map((key) => [key, readString(section, key) ?? ''])
  return Object.fromEntries(entries)
}

/** The error for an entry that is not what `expected` says. */
export function wrongValue(section: Section, entry: Entry, expected: string): UserError {
  const path = [...section.path, entry.key]
  const dotted = path.join('.')
  const setting = section.overrides.get(dotted.toLowerCase())
  if (setting) {
    return new UserError(`The app setting ${setting} must be ${expected}, but is ${describe(entry.value)}.`)
  }
  const location = locate(section.document, toJsonPath(section.document, path))
  return new UserError(
    `${formatLocation(location)}: '${dotted}' must be ${expected}, but is ${describe(entry.value)}.`,
    { location },
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Numeric keys below arrays become indexes, as the JSON tree wants them. */
function toJsonPath(document: JsonDocument, path: readonly string[]): (string | number)[] {
  let value: unknown = document.value
  return path.map((key) => {
    const step = Array.isArray(value) ? Number(key) : key
    value = (value as Record<string | number, unknown> | undefined)?.[step]
    return step
  })
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
