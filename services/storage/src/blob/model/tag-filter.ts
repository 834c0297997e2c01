/**
 * Conditions on tags: `where` of Find Blobs by Tags and `x-ms-if-tags`.
 * https://learn.microsoft.com/rest/api/storageservices/find-blobs-by-tags#remarks
 */
import { maxTagKeyLength, maxTagValueLength } from '../limits.ts'
import type { Tags } from './item.ts'

export type Operator = '=' | '>' | '>=' | '<' | '<=' | '<>'

export interface Comparison {
  readonly kind: 'compare'
  readonly key: string
  readonly operator: Operator
  readonly value: string
}

export type TagFilter =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly left: TagFilter; readonly right: TagFilter }

/** Names the container in a `where`. */
export const containerKey = '@container'

/** The text is no condition. */
export class TagFilterError extends Error {
  override readonly name = 'TagFilterError'

  /** @param at the character, from 1 on */
  constructor(at: number, problem: string) {
    super(`Error parsing query at or near character position ${at}: ${problem}`)
  }
}

const token = /\s*(?:([\w@]+)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(<>|>=|<=|[=<>()]))/y

interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'sign'
  readonly text: string
  /** Where it begins, from 1 on. */
  readonly at: number
}

/** For `x-ms-if-tags`: AND, OR, parentheses, all operators; nothing about containers. @throws TagFilterError */
export function parseTagFilter(text: string): TagFilter {
  return new FilterParser(tokensOf(text), 'tags').parse()
}

/** For `where`: comparisons joined by AND, no `<>`. @throws TagFilterError */
export function parseTagQuery(text: string): readonly Comparison[] {
  const comparisons: Comparison[] = []
  flatten(new FilterParser(tokensOf(text), 'blobs').parse(), comparisons)
  const byKey = Map.groupBy(comparisons, ({ key }) => key)
  for (const [key, [first, second, third]] of byKey) {
    const isRange = first && second && !third && isLower(first) !== isLower(second)
    if (second && (!isRange || first.operator === '=' || second.operator === '='))
      throw new TagFilterError(1, `${key} has several conditions that are no range`)
  }
  if (byKey.get(containerKey)?.some(({ operator }) => operator !== '='))
    throw new TagFilterError(1, '@container can only be compared for equality')
  byKey.delete(containerKey)
  if (byKey.size > maxTagsInQuery) throw new TooManyTags()
  return comparisons
}

/** Azure counts tags here, not conditions. */
class TooManyTags extends Error {
  override readonly message = 'Error parsing query: there can be at most 10 unique tags in a query'
}

function isLower({ operator }: Comparison): boolean {
  return operator === '>' || operator === '>='
}

const maxTagsInQuery = 10

function flatten(filter: TagFilter, into: Comparison[]): void {
  if (filter.kind === 'compare') {
    if (filter.operator === '<>') throw new TagFilterError(1, 'unexpected <>')
    into.push(filter)
    return
  }
  if (filter.kind === 'or') throw new TagFilterError(1, 'unexpected or')
  flatten(filter.left, into)
  flatten(filter.right, into)
}

/** Values compare ordinally; a tag that is not there satisfies nothing. */
export function matchesTags(filter: TagFilter, tags: Tags): boolean {
  switch (filter.kind) {
    case 'and':
      return matchesTags(filter.left, tags) && matchesTags(filter.right, tags)
    case 'or':
      return matchesTags(filter.left, tags) || matchesTags(filter.right, tags)
    case 'compare':
      return (
        Object.hasOwn(tags, filter.key) && compares(tags[filter.key] ?? '', filter.operator, filter.value)
      )
  }
}

export function compares(value: string, operator: Operator, other: string): boolean {
  switch (operator) {
    case '=':
      return value === other
    case '<>':
      return value !== other
    case '>':
      return value > other
    case '>=':
      return value >= other
    case '<':
      return value < other
    case '<=':
      return value <= other
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  for (let from = 0; from < end; from = token.lastIndex) {
    token.lastIndex = from
    const match = token.exec(text)
    const at = from + 1
    if (!match) throw new TagFilterError(at, 'unexpected character')
    const [, word, name, value, sign] = match
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('""', '"'), at })
    else if (value !== undefined) tokens.push({ kind: 'value', text: value.replaceAll("''", "'"), at })
    else tokens.push({ kind: 'sign', text: sign ?? '', at })
  }
  return tokens
}

class FilterParser {
  readonly #tokens: readonly Token[]
  readonly #subject: 'tags' | 'blobs'
  #at = 0

  /** @param subject of `blobs` their container can be asked too */
  constructor(tokens: readonly Token[], subject: 'tags' | 'blobs') {
    this.#tokens = tokens
    this.#subject = subject
  }

  parse(): TagFilter {
    const filter = this.#either()
    if (this.#at < this.#tokens.length) throw this.#unexpected()
    return filter
  }

  #either(): TagFilter {
    let left = this.#both()
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#both() }
    return left
  }

  #both(): TagFilter {
    let left = this.#one()
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#one() }
    return left
  }

  #one(): TagFilter {
    if (this.#takeSign('(')) {
      const inner = this.#either()
      if (!this.#takeSign(')')) throw this.#unexpected()
      return inner
    }
    const key = this.#take((each) => each.kind === 'word' || each.kind === 'name')
    const operator = this.#take((each) => each.kind === 'sign' && !'()'.includes(each.text))
    const value = this.#take((each) => each.kind === 'value')
    const isContainer = key.kind === 'word' && key.text === containerKey && this.#subject === 'blobs'
    if (!isContainer) {
      if (key.kind === 'word' && key.text.startsWith('@'))
        throw new TagFilterError(key.at, `unsupported parameter '${key.text}'`)
      this.#check('tag', key, 1, maxTagKeyLength)
      this.#check('tag value', value, 0, maxTagValueLength)
    }
    return { kind: 'compare', key: key.text, operator: operator.text as Operator, value: value.text }
  }

  /** A condition of a header may name tags that no blob can have: it is not met then. */
  #check(what: string, { text, at }: Token, minLength: number, maxLength: number): void {
    const isLong = text.length < minLength || text.length > maxLength
    if (isLong && this.#subject === 'blobs')
      throw new TagFilterError(
        at,
        `${what} must be between ${minLength} and ${maxLength} characters in length`,
      )
    const wrong = /[^A-Za-z0-9 +\-./:=_]/.exec(text)
    if (wrong) throw new TagFilterError(at, `'${wrong[0]}' not permitted in tag name or value`)
  }

  #take(isWanted: (token: Token) => boolean): Token {
    const next = this.#tokens[this.#at]
    if (!next || !isWanted(next)) throw this.#unexpected()
    this.#at++
    return next
  }

  #takeWord(word: string): boolean {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'word' || next.text.toLowerCase() !== word) return false
    this.#at++
    return true
  }

  #takeSign(sign: string): boolean {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'sign' || next.text !== sign) return false
    this.#at++
    return true
  }

  #unexpected(): TagFilterError {
    const next = this.#tokens[this.#at]
    return next
      ? new TagFilterError(next.at, `unexpected '${next.text}'`)
      : new TagFilterError((this.#tokens.at(-1)?.at ?? 0) + 1, 'unexpected end')
  }
}
