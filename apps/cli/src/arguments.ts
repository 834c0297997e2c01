/**
 * Command-line arguments. Options are data, so that the parser and `--help` read the same table. Long names are
 * compared without case and dashes (`--useHttps` = `--use-https`), since `func` users type both.
 */
import { UserError } from '@aloft/kernel'
import { closest } from './suggest.ts'

export interface OptionSpec {
  /**
   * `list` takes every following argument up to the next option; `--x a --x b` and `--x a,b` do the same.
   * `attached` has its value behind `=` or none, which is ''.
   */
  readonly kind: 'flag' | 'text' | 'integer' | 'list' | 'attached'
  readonly summary: string
  /** One letter. */
  readonly short?: string
  /** Further long names. */
  readonly aliases?: readonly string[]
  /** What stands for the value in the help, e.g. `PORT`. */
  readonly value?: string
  /** The only values allowed, compared without case; the parsed value is spelt as here. */
  readonly choices?: readonly string[]
  /** The value may begin with a dash, with or without `--` before it: `--language-worker -- "--inspect"`. */
  readonly takesDashes?: true
  /** Accepted so that scripts written for `func` run, but without effect; not in the help. */
  readonly isIgnored?: true
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

interface ValueByKind {
  readonly flag: boolean
  readonly text: string
  readonly integer: number
  readonly list: readonly string[]
  readonly attached: string
}

export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]?: ValueByKind[Specs[Name]['kind']]
}

export interface ParsedArguments<Specs extends OptionSpecs> {
  readonly options: OptionValues<Specs>
  /** What is not an option, in order. */
  readonly operands: readonly string[]
  /** Options that nobody knows, as they were written; there are some only where they are to be skipped. */
  readonly skipped: readonly string[]
}

type Value = ValueByKind[keyof ValueByKind]

/** By which `func` is told the language, whatever the command; `init` heeds them. */
export const languageFlags = [
  ...['javascript', 'typescript', 'node', 'python', 'powershell', 'java', 'custom'],
  ...['dotnet', 'dotnet-isolated', 'csharp', 'go', 'golang'],
] as const

/** What `func` takes with every command. */
const everywhere: OptionSpecs = {
  ...Object.fromEntries(
    languageFlags.map((name) => [name, { kind: 'flag', summary: '', isIgnored: true } as const]),
  ),
  verbose: { kind: 'flag', summary: '', isIgnored: true },
  offline: { kind: 'flag', summary: '', isIgnored: true },
}

/**
 * Parses `input` by `specs`; throws a UserError that names the argument and what was expected.
 *
 * @param unknown `skip` leaves out options that nobody knows, with their values, as `func` does
 */
export function parseArguments<const Specs extends OptionSpecs>(
  specs: Specs,
  input: readonly string[],
  unknown: 'refuse' | 'skip' = 'refuse',
): ParsedArguments<Specs> {
  const known: OptionSpecs = { ...everywhere, ...specs }
  const options: Record<string, Value> = {}
  const operands: string[] = []
  const skipped: string[] = []
  for (let at = 0; at < input.length; at++) {
    const argument = input[at]!
    if (argument === '--') {
      operands.push(...input.slice(at + 1))
      break
    }
    if (!isOption(argument)) {
      operands.push(argument)
      continue
    }
    const [written, attached] = splitAttached(argument)
    const name = findOption(known, written)
    if (name === undefined) {
      if (unknown === 'refuse') throw unknownOption(known, written)
      skipped.push(written)
      while (attached === undefined && at + 1 < input.length && !isOption(input[at + 1]!)) at++
      continue
    }
    const { value, used } = readValue(known[name]!, written, attached, input.slice(at + 1))
    options[name] = Array.isArray(value) ? [...((options[name] as string[]) ?? []), ...value] : value
    at += used
  }
  return { options: options as OptionValues<Specs>, operands, skipped }
}

/** `-` alone and negative numbers are values. */
function isOption(argument: string): boolean {
  return /^-[^\d]/.test(argument)
}

/** `--name=value` as its two halves. */
function splitAttached(argument: string): [written: string, attached: string | undefined] {
  const equals = argument.indexOf('=')
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)]
}

function findOption(specs: OptionSpecs, written: string): string | undefined {
  const isLong = written.startsWith('--')
  const key = plain(written)
  const found = Object.entries(specs).find(([name, spec]) =>
    isLong
      ? [name, ...(spec.aliases ?? [])].some((each) => plain(each) === key)
      : spec.short === written.slice(1),
  )
  return found?.[0]
}

function unknownOption(specs: OptionSpecs, written: string): UserError {
  const visible = Object.entries(specs).filter(([, spec]) => !spec.isIgnored)
  const near = closest(
    written,
    visible.flatMap(([name, spec]) => [name, ...(spec.aliases ?? [])].map(longForm)),
  )
  return new UserError(`Unknown option '${written}'`, {
    hint: near ? `Did you mean '${near}'? '--help' lists all options.` : `'--help' lists all options.`,
  })
}

/** How an option of the table is typed. */
export function longForm(name: string): string {
  return `--${name}`
}

function plain(name: string): string {
  return name.replaceAll('-', '').toLowerCase()
}

function readValue(
  spec: OptionSpec,
  written: string,
  attached: string | undefined,
  rest: readonly string[],
): { value: Value; used: number } {
  if (spec.kind === 'flag') return readFlag(written, attached, rest[0])
  if (spec.kind === 'attached') return { value: attached ?? '', used: 0 }
  if (spec.kind === 'list') return readList(spec, written, attached, rest)
  const skipped = spec.takesDashes && attached === undefined && rest[0] === '--' ? 1 : 0
  const text = attached ?? rest[skipped]
  if (text === undefined || (attached === undefined && isOption(text) && !spec.takesDashes))
    throw new UserError(`Option '${written}' needs a value`, {
      hint: `Write ${written} ${spec.value ?? 'VALUE'}.`,
    })
  const used = attached === undefined ? 1 + skipped : 0
  return { value: spec.kind === 'integer' ? readInteger(written, text) : readText(spec, written, text), used }
}

/** `func` takes `--flag true` as well as `--flag`. */
function readFlag(
  written: string,
  attached: string | undefined,
  next: string | undefined,
): { value: boolean; used: number } {
  const text = (attached ?? next)?.toLowerCase()
  if (text === 'true' || text === 'false')
    return { value: text === 'true', used: attached === undefined ? 1 : 0 }
  if (attached === undefined) return { value: true, used: 0 }
  throw new UserError(`Option '${written}' is on or off, not '${attached}'`, {
    hint: `Write ${written} or ${written}=false.`,
  })
}

function readList(
  spec: OptionSpec,
  written: string,
  attached: string | undefined,
  rest: readonly string[],
): { value: readonly string[]; used: number } {
  const end = rest.findIndex(isOption)
  const taken = attached === undefined ? rest.slice(0, end < 0 ? rest.length : end) : [attached]
  const value = taken.flatMap((each) => each.split(/[,\s]+/)).filter((each) => each !== '')
  if (value.length === 0)
    throw new UserError(`Option '${written}' needs at least one value`, {
      hint: `Write ${written} ${spec.value ?? 'VALUE'}.`,
    })
  return { value, used: attached === undefined ? taken.length : 0 }
}

function readInteger(written: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UserError(`Option '${written}' must be a whole number, not '${text}'`)
}

function readText(spec: OptionSpec, written: string, text: string): string {
  if (!spec.choices) return text
  const choice = spec.choices.find((each) => plain(each) === plain(text))
  if (choice !== undefined) return choice
  const near = closest(text, spec.choices)
  throw new UserError(`Option '${written}' must be one of ${spec.choices.join(', ')}; not '${text}'`, {
    hint: near && `Did you mean '${near}'?`,
  })
}
