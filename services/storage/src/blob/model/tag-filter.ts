/**
 * Conditions on tags: `where` of Find Blobs by Tags and `x-ms-if-tags`.
 * https://learn.microsoft.com/rest/api/storageservices/find-blobs-by-tags#remarks
 */
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

/** Words of the language that the text breaks with. */
export class TagFilterError extends Error {
  override readonly name = 'TagFilterError'
}

const token = /\s*(?:([A-Za-z_@][\w@]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(<>|>=|<=|[=<>()]))/y

interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'sign'
  readonly text: string
}

/** For `x-ms-if-tags`: AND, OR, parentheses, all operators. @throws TagFilterError */
export function parseTagFilter(text: string): TagFilter {
  return new FilterParser(tokensOf(text)).parse()
}

/** For `where`: comparisons joined by AND, no `<>`. @throws TagFilterError */
export function parseTagQuery(text: string): readonly Comparison[] {
  const comparisons: Comparison[] = []
  flatten(parseTagFilter(text), comparisons)
  if (comparisons.length > maxConditions) throw new TagFilterError(`At most ${maxConditions} conditions`)
  const containers = comparisons.filter(({ key }) => key === containerKey)
  if (containers.length > 1 || containers.some(({ operator }) => operator !== '='))
    throw new TagFilterError('@container can be compared once, for equality')
  return comparisons
}

const maxConditions = 10

function flatten(filter: TagFilter, into: Comparison[]): void {
  if (filter.kind === 'compare') {
    if (filter.operator === '<>') throw new TagFilterError('<> is not supported here')
    into.push(filter)
    return
  }
  if (filter.kind === 'or') throw new TagFilterError('OR is not supported here')
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
  for (let at = 0; at < end; at = token.lastIndex) {
    token.lastIndex = at
    const match = token.exec(text)
    if (!match) throw new TagFilterError(`Unexpected character at ${at + 1}`)
    const [, word, name, value, sign] = match
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('""', '"') })
    else if (value !== undefined) tokens.push({ kind: 'value', text: value.replaceAll("''", "'") })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}

class FilterParser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
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
    return { kind: 'compare', key: key.text, operator: operator.text as Operator, value: value.text }
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
    return new TagFilterError(next ? `Unexpected '${next.text}'` : 'Unexpected end')
  }
}
