/** Settings: names without case, `__` and `:` the same separator, values checked where they are read. */
import { UserError } from './errors.ts'
import { parseTimeSpan } from './time-span.ts'

/** Names with values; undefined = not set. The environment of a process is one. */
export type SettingValues = Readonly<Record<string, string | undefined>>

/** A duration without end: what `-1` means in host.json, where .NET alone would read minus one day. */
export const infiniteMs = -1

export interface IntegerRange {
  /** Inclusive. @default Number.MIN_SAFE_INTEGER */
  readonly min?: number
  /** Inclusive. @default Number.MAX_SAFE_INTEGER */
  readonly max?: number
}

/** Settings from several sources, looked up as .NET's configuration does. Immutable. */
export class Settings {
  /** By normal name; the original spelling is kept for what lists them. */
  readonly #entries: ReadonlyMap<string, { readonly name: string; readonly value: string }>

  /** @param sources highest precedence first */
  constructor(...sources: readonly SettingValues[]) {
    const entries = new Map<string, { name: string; value: string }>()
    for (const source of sources) {
      for (const [name, value] of Object.entries(source)) {
        const key = normalName(name)
        if (value !== undefined && !entries.has(key)) entries.set(key, { name, value })
      }
    }
    this.#entries = entries
  }

  get(name: string): string | undefined {
    return this.#entries.get(normalName(name))?.value
  }

  /** `1` and `true` are true, `0` and `false` false, in any case. @throws UserError for anything else */
  boolean(name: string, defaultValue: boolean): boolean {
    const text = this.#text(name)
    return text === undefined ? defaultValue : parseBoolean(text, `Setting '${name}'`)
  }

  /** @throws UserError when it is not a whole number in the range */
  integer(name: string, defaultValue: number, range: IntegerRange = {}): number {
    const text = this.#text(name)
    return text === undefined ? defaultValue : parseInteger(text, `Setting '${name}'`, range)
  }

  /** A TimeSpan in milliseconds, see `parseTimeSpanMs`. @throws UserError when it is none */
  timeSpanMs(name: string, defaultMs: number): number {
    const text = this.#text(name)
    return text === undefined ? defaultMs : parseTimeSpanMs(text, `Setting '${name}'`)
  }

  /**
   * The settings below `prefix`, by the rest of their names: `section('Blob')` of `Blob__serviceUri` has
   * `serviceUri`. Deeper levels keep their separators.
   */
  section(prefix: string): Record<string, string> {
    const start = `${normalName(prefix)}:`
    const found: Record<string, string> = {}
    for (const [key, { name, value }] of this.#entries) {
      if (key.startsWith(start)) found[colons(name).slice(start.length)] = value
    }
    return found
  }

  /** Every setting once, in its original spelling: the environment of a worker. */
  toRecord(): Record<string, string> {
    return Object.fromEntries([...this.#entries.values()].map(({ name, value }) => [name, value]))
  }

  /**
   * Replaces every `%NAME%` in `text` with the setting's value; values are not looked into again.
   * @throws Error `'%NAME%' does not resolve to a value.`, as the WebJobs SDK words it
   */
  substitute(text: string): string {
    return substitute(text, (name) => this.get(name))
  }

  /** An empty value counts as not set where a value of a type is wanted. */
  #text(name: string): string | undefined {
    return this.get(name)?.trim() || undefined
  }
}

/** `Settings.substitute` with any source of values. */
export function substitute(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('%')) return text
  let result = ''
  let position = 0
  for (let start = text.indexOf('%'); start !== -1; start = text.indexOf('%', position)) {
    const end = text.indexOf('%', start + 1)
    if (end === -1) throw new Error(`The '%' at position ${start} does not have a closing '%'`)
    const name = text.slice(start + 1, end)
    const value = lookup(name)
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value.`)
    result += text.slice(position, start) + value
    position = end + 1
  }
  return result + text.slice(position)
}

/** `subject` names the value in the error, e.g. `host.json functionTimeout`. @throws UserError */
export function parseBoolean(value: unknown, subject: string): boolean {
  switch (String(value).trim().toLowerCase()) {
    case '1':
    case 'true':
      return true
    case '0':
    case 'false':
      return false
    default:
      throw wrong(subject, value, 'true or false')
  }
}

/** Accepts a number or its text. @throws UserError */
export function parseInteger(value: unknown, subject: string, range: IntegerRange = {}): number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range
  const isText = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)
  const number = isText ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max)
    return number
  throw wrong(subject, value, `a whole number${describeRange(range)}`)
}

/** @returns milliseconds of a TimeSpan (see `parseTimeSpan`); `infiniteMs` for `-1`. @throws UserError */
export function parseTimeSpanMs(value: unknown, subject: string): number {
  if (value === -1 || (typeof value === 'string' && value.trim() === '-1')) return infiniteMs
  const milliseconds = typeof value === 'string' ? parseTimeSpan(value) : undefined
  if (milliseconds === undefined) throw wrong(subject, value, 'a duration such as 00:05:00 (hh:mm:ss)')
  return milliseconds
}

function describeRange({ min, max }: IntegerRange): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

function wrong(subject: string, value: unknown, expected: string): UserError {
  const shown = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
  return new UserError(`${subject} is ${shown}; it must be ${expected}.`)
}

function normalName(name: string): string {
  return colons(name).toLowerCase()
}

function colons(name: string): string {
  return name.includes('__') ? name.replaceAll('__', ':') : name
}
