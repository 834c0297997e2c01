/** Words of a query. */
import { QueryError } from './value.ts'

export type Token =
  /** Upper case for comparing, and as written. */
  | { readonly kind: 'word'; readonly upper: string; readonly text: string }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' }

const form =
  /\s*(?:([A-Za-z_][\w$]*)|"((?:[^"]|"")+)"|'((?:[^']|'')*)'|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(<>|!=|<=|>=|\|\||[-=<>()+*/%.,[\];]))/y

/** @throws QueryError */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  form.lastIndex = 0
  const end = query.trimEnd().length
  while (form.lastIndex < end) {
    const at = form.lastIndex
    const found = form.exec(query)
    if (!found)
      throw new QueryError(`What stands at position ${at} cannot be read: ${query.slice(at, at + 20)}`)
    tokens.push(tokenOf(found))
  }
  tokens.push({ kind: 'end' })
  return tokens
}

function tokenOf([, word, name, text, number, sign]: RegExpExecArray): Token {
  if (word !== undefined) return { kind: 'word', upper: word.toUpperCase(), text: word }
  if (name !== undefined) return { kind: 'name', text: name.replaceAll('""', '"') }
  if (text !== undefined) return { kind: 'text', text: text.replaceAll("''", "'") }
  if (number !== undefined) return { kind: 'number', value: Number(number) }
  return { kind: 'sign', text: sign ?? '' }
}
