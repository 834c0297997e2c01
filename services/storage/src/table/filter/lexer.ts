/** Words of a `$filter` expression. */
import { generalErrors } from '../../protocol/general-errors.ts'

export type Token =
  | { readonly kind: '(' | ')' | 'end' }
  /** A name, keyword or number. */
  | { readonly kind: 'word'; readonly text: string }
  /** A quoted text, and the word right before it: `guid'…'`. */
  | { readonly kind: 'quoted'; readonly prefix: string; readonly text: string }

/** @throws StorageError InvalidInput for a quote that does not end */
export function tokenize(filter: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < filter.length) {
    const character = filter[at]!
    if (isSpace(character)) at++
    else if (character === '(' || character === ')') {
      tokens.push({ kind: character })
      at++
    } else {
      const end = wordEnd(filter, at)
      const word = filter.slice(at, end)
      const quote = filter[end]
      if (quote === "'" || quote === '"') {
        const close = closingQuote(filter, end)
        const text = filter.slice(end + 1, close).replaceAll(quote + quote, quote)
        tokens.push({ kind: 'quoted', prefix: word.toLowerCase(), text })
        at = close + 1
      } else {
        tokens.push({ kind: 'word', text: word })
        at = end
      }
    }
  }
  tokens.push({ kind: 'end' })
  return tokens
}

function wordEnd(filter: string, start: number): number {
  let end = start
  while (end < filter.length && !isSpace(filter[end]!) && !`()'"`.includes(filter[end]!)) end++
  return end
}

/** Where the text ends that begins with the quote at `start`; doubled quotes are part of it. */
function closingQuote(filter: string, start: number): number {
  const quote = filter[start]!
  let at = start + 1
  for (;;) {
    const found = filter.indexOf(quote, at)
    if (found < 0) throw generalErrors.InvalidInput()
    if (filter[found + 1] !== quote) return found
    at = found + 2
  }
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r'
}
