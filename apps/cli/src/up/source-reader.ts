/** Reads values of the kinds that are expected; what is not of its kind is a user error with its place. */
import { type FileLocation, UserError } from '@aloft/kernel'
import { closest } from '../suggest.ts'
import type { SourceMember, SourceNode } from './source-node.ts'

export interface IntegerRange {
  readonly minimum: number
  readonly maximum: number
}

/** The members of an object by their names. */
export class ObjectReader {
  readonly #location: FileLocation
  readonly #subject: string
  readonly #members = new Map<string, SourceMember>()

  /**
   * @param subject what the object is, for messages
   * @param known the names that it may have
   */
  constructor(node: SourceNode, subject: string, known: readonly string[]) {
    if (node.kind !== 'object') throw wrong(node, subject, 'an object')
    this.#location = node.location
    this.#subject = subject
    for (const member of uniqueMembers(node.members)) {
      if (!known.includes(member.name)) throw unknownName(member, subject, known)
      // Nothing behind the colon is nothing stated.
      if (member.value.kind !== 'scalar' || member.value.value !== null)
        this.#members.set(member.name, member)
    }
  }

  /** Where the member stands, or else the object. */
  locationOf(name: string): FileLocation {
    return this.#members.get(name)?.location ?? this.#location
  }

  required(name: string): SourceNode {
    const member = this.#members.get(name)
    if (member) return member.value
    throw new UserError(`'${name}' is missing in ${this.#subject}`, { location: this.#location })
  }

  text(name: string): string | undefined {
    const member = this.#members.get(name)
    return member && readText(member.value, `'${name}'`)
  }

  integer(name: string, { minimum, maximum }: IntegerRange): number | undefined {
    const member = this.#members.get(name)
    if (!member) return undefined
    const { value } = member
    const number = value.kind === 'scalar' ? value.value : undefined
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
      return number
    throw wrong(value, `'${name}'`, `a whole number from ${minimum} to ${maximum}`)
  }

  textList(name: string): readonly string[] | undefined {
    const member = this.#members.get(name)
    return member && readItems(member.value, `'${name}'`).map((item) => readText(item, `'${name}'`))
  }

  /** An object whose values are all text. */
  texts(name: string): Readonly<Record<string, string>> {
    const value = this.#members.get(name)?.value
    if (!value) return {}
    if (value.kind !== 'object') throw wrong(value, `'${name}'`, 'an object')
    return Object.fromEntries(
      uniqueMembers(value.members).map(({ name, value }) => [name, readTextOrNothing(value, `'${name}'`)]),
    )
  }
}

export function readItems(node: SourceNode, subject: string): readonly SourceNode[] {
  if (node.kind === 'array') return node.items
  throw wrong(node, subject, 'a list')
}

/** Text that is not empty. */
export function readText(node: SourceNode, subject: string, expected = 'text'): string {
  if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') return node.value
  throw wrong(node, subject, expected)
}

function readTextOrNothing(node: SourceNode, subject: string): string {
  return node.kind === 'scalar' && node.value === '' ? '' : readText(node, subject)
}

function wrong(node: SourceNode, subject: string, expected: string): UserError {
  const { kind, location } = node
  const found = kind === 'scalar' ? JSON.stringify(node.value) : kind === 'array' ? 'a list' : 'an object'
  const isUnquoted = expected === 'text' && kind === 'scalar' && node.value !== null && node.value !== ''
  return new UserError(`Expected ${expected} for ${subject}, but found ${found}`, {
    location,
    ...(isUnquoted && { hint: `Write it in quotes: "${String(node.value)}".` }),
  })
}

function unknownName({ name, location }: SourceMember, subject: string, known: readonly string[]): UserError {
  const near = closest(name, known)
  return new UserError(`'${name}' is unknown in ${subject}`, {
    location,
    hint: near ? `Did you mean '${near}'?` : `It may have: ${known.join(', ')}.`,
  })
}

function uniqueMembers(members: readonly SourceMember[]): readonly SourceMember[] {
  const seen = new Set<string>()
  for (const { name, location } of members) {
    if (seen.has(name)) throw new UserError(`'${name}' is there twice`, { location })
    seen.add(name)
  }
  return members
}
