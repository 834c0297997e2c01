/**
 * Parses `$filter` by recursive descent:
 *
 * or := and ('or' and)* · and := unary ('and' unary)* · unary := 'not' unary | primary
 * primary := '(' or ')' | operand [operator operand]
 */
import { generalErrors } from '../../protocol/general-errors.ts'
import { type Token, tokenize } from './lexer.ts'
import { quotedLiteral, wordLiteral } from './literal.ts'
import type { Comparison, Filter, Operand } from './syntax.ts'

/** Deeper expressions are refused before they exhaust the stack. */
const maxDepth = 500

/** @throws StorageError InvalidInput; also for an expression that names no property, unless it is just `true` or `false` */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokenize(text))
  const filter = parser.parse()
  if (!parser.hasProperty && !isBoolean(filter)) throw generalErrors.InvalidInput()
  return filter
}

function isBoolean(filter: Filter): boolean {
  if (filter.kind !== 'truth') return false
  return filter.operand.kind === 'literal' && filter.operand.type === 'Boolean'
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  hasProperty = false

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Filter {
    const filter = this.#chain('or')
    if (this.#next().kind !== 'end') throw generalErrors.InvalidInput()
    return filter
  }

  #chain(kind: 'and' | 'or'): Filter {
    const terms: Filter[] = []
    do terms.push(kind === 'or' ? this.#chain('and') : this.#unary())
    while (this.#takes(kind))
    return terms.length === 1 ? terms[0]! : { kind, terms }
  }

  #unary(): Filter {
    if (++this.#depth > maxDepth) throw generalErrors.InvalidInput()
    const filter: Filter = this.#takes('not') ? { kind: 'not', term: this.#unary() } : this.#primary()
    this.#depth--
    return filter
  }

  #primary(): Filter {
    if (this.#tokens[this.#at]?.kind === '(') {
      this.#at++
      const filter = this.#chain('or')
      if (this.#next().kind !== ')') throw generalErrors.InvalidInput()
      return filter
    }
    const left = this.#operand()
    const operator = this.#takesComparison()
    return operator
      ? { kind: 'compare', operator, left, right: this.#operand() }
      : { kind: 'truth', operand: left }
  }

  #operand(): Operand {
    const token = this.#next()
    if (token.kind === 'quoted') return quotedLiteral(token.prefix, token.text)
    if (token.kind !== 'word' || isReserved(token.text)) throw generalErrors.InvalidInput()
    const literal = wordLiteral(token.text)
    if (literal) return literal
    if (!/^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u.test(token.text)) throw generalErrors.InvalidInput()
    this.hasProperty = true
    return { kind: 'property', name: token.text }
  }

  #takesComparison(): Comparison | undefined {
    const token = this.#tokens[this.#at]
    const operator = token?.kind === 'word' ? token.text.toLowerCase() : ''
    if (!isComparison(operator)) return undefined
    this.#at++
    return operator
  }

  /** Whether the next word is `keyword`, which is then taken. */
  #takes(keyword: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'word' || token.text.toLowerCase() !== keyword) return false
    this.#at++
    return true
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? { kind: 'end' }
  }
}

const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] satisfies Comparison[]

function isComparison(word: string): word is Comparison {
  return comparisons.includes(word)
}

function isReserved(word: string): boolean {
  const keyword = word.toLowerCase()
  return isComparison(keyword) || keyword === 'and' || keyword === 'or' || keyword === 'not'
}
