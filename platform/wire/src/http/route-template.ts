/**
 * Route templates in ASP.NET Core's syntax, as `httpTrigger.route` uses them:
 * `items/{id:int}/{*rest}`, `file-{name}.{ext?}`, `{page=1}`, `{code:regex(^[a-z]{{2}}$)}`.
 * Source: ASP.NET Core "Routing: route template reference".
 */
import { compileConstraint, type RouteConstraint } from './route-constraints.ts'

export interface RouteParameter {
  readonly name: string
  readonly isOptional: boolean
  readonly defaultValue: string | undefined
  /** All must hold. */
  readonly constraints: readonly RouteConstraint[]
}

/** A piece of a path segment that mixes text and parameters. */
export type RoutePart =
  | { readonly kind: 'text'; readonly text: string; readonly folded: string }
  | { readonly kind: 'parameter'; readonly parameter: RouteParameter }

export type RouteSegment =
  | { readonly kind: 'literal'; readonly text: string; readonly folded: string }
  | { readonly kind: 'parameter' | 'catchAll'; readonly parameter: RouteParameter }
  | { readonly kind: 'mixed'; readonly parts: readonly RoutePart[] }

export interface RouteTemplate {
  /** As written, without a leading `/`. */
  readonly text: string
  readonly segments: readonly RouteSegment[]
  readonly parameters: readonly RouteParameter[]
}

/** A route template that cannot be understood; the message says what is wrong with it. */
export class RouteSyntaxError extends Error {
  override readonly name = 'RouteSyntaxError'

  constructor(template: string, reason: string) {
    super(`The route template '${template}' is invalid: ${reason}`)
  }
}

/** Compiles a template. A leading `/` (or `~/`) is ignored. @throws RouteSyntaxError */
export function parseRoute(template: string): RouteTemplate {
  const text = template.replace(/^(~\/|\/)/, '')
  const fail = (reason: string) => new RouteSyntaxError(template, reason)
  if (text.startsWith('~')) throw fail("a '~' may only stand before the first '/'.")
  const segments: RouteSegment[] = []
  const parameters: RouteParameter[] = []
  for (let position = 0; position < text.length; ) {
    if (text[position] === '/') throw fail("two '/' may not follow each other.")
    const { pieces, end } = splitSegment(text, position, fail)
    const segment = compileSegment(pieces, fail)
    if (segments.at(-1)?.kind === 'catchAll') throw fail('a catch-all parameter must be the last segment.')
    segments.push(segment)
    for (const parameter of parametersOf(segment)) {
      const lowerName = parameter.name.toLowerCase()
      if (parameters.some((other) => other.name.toLowerCase() === lowerName))
        throw fail(`the parameter '${parameter.name}' appears more than once.`)
      parameters.push(parameter)
    }
    position = end + 1
  }
  return { text, segments, parameters }
}

/** Text in the form in which it is compared: case does not count. Never changes the length. */
export function foldCase(text: string): string {
  const folded = text.toLowerCase()
  return folded.length === text.length ? folded : text
}

interface Piece {
  readonly isParameter: boolean
  /** Braces unescaped; for a parameter, what stands between its braces. */
  readonly text: string
}

type Fail = (reason: string) => RouteSyntaxError

/** Cuts one segment, from `start` to the next `/` outside of parameters, into text and parameters. */
function splitSegment(text: string, start: number, fail: Fail): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = []
  let literal = ''
  let position = start
  while (position < text.length && text[position] !== '/') {
    const character = text[position]
    const isEscaped = (character === '{' || character === '}') && text[position + 1] === character
    if (character === '{' && !isEscaped) {
      if (literal) pieces.push({ isParameter: false, text: literal })
      literal = ''
      const end = endOfParameter(text, position, fail)
      pieces.push({ isParameter: true, text: unescapeBraces(text.slice(position + 1, end)) })
      position = end + 1
    } else if (character === '}' && !isEscaped) {
      throw fail("there is a '}' without its '{'; write '}}' for a literal brace.")
    } else if (character === '?') {
      throw fail("a '?' may only stand at the end of a parameter.")
    } else {
      literal += character
      position += isEscaped ? 2 : 1
    }
  }
  if (literal) pieces.push({ isParameter: false, text: literal })
  return { pieces, end: position }
}

/** Index of the brace that closes the parameter opened at `start`; doubled braces inside are escapes. */
function endOfParameter(text: string, start: number, fail: Fail): number {
  for (let position = start + 1; position < text.length; position++) {
    const character = text[position]
    if (character !== '{' && character !== '}') continue
    if (text[position + 1] === character) position++
    else if (character === '}') return position
    else throw fail("a brace inside a parameter must be doubled: '{{' or '}}'.")
  }
  throw fail("there is a '{' without its '}'.")
}

function unescapeBraces(text: string): string {
  return text.replaceAll('}}', '}').replaceAll('{{', '{')
}

function compileSegment(pieces: readonly Piece[], fail: Fail): RouteSegment {
  const [first] = pieces
  if (pieces.length === 1 && first) {
    if (!first.isParameter) return { kind: 'literal', text: first.text, folded: foldCase(first.text) }
    const parameter = parseParameter(first.text, fail)
    return { kind: first.text.startsWith('*') ? 'catchAll' : 'parameter', parameter }
  }
  const parts = pieces.map((piece, index): RoutePart => {
    if (!piece.isParameter) return { kind: 'text', text: piece.text, folded: foldCase(piece.text) }
    if (piece.text.startsWith('*')) throw fail('a catch-all parameter must be a whole segment.')
    if (pieces[index - 1]?.isParameter)
      throw fail('two parameters may not follow each other without text between them.')
    const parameter = parseParameter(piece.text, fail)
    if (parameter.isOptional && (index !== pieces.length - 1 || pieces[index - 1]?.text !== '.'))
      throw fail(`the optional parameter '${parameter.name}' must end its segment, behind a '.' or alone.`)
    return { kind: 'parameter', parameter }
  })
  return { kind: 'mixed', parts }
}

function parametersOf(segment: RouteSegment): RouteParameter[] {
  if (segment.kind === 'literal') return []
  if (segment.kind !== 'mixed') return [segment.parameter]
  return segment.parts.flatMap((part) => (part.kind === 'parameter' ? [part.parameter] : []))
}

/** `*rest`, `id`, `id?`, `id:int:min(1)`, `id=7`, `id:int=7`. */
function parseParameter(inside: string, fail: Fail): RouteParameter {
  const isCatchAll = inside.startsWith('*')
  const isOptional = inside.endsWith('?')
  if (isCatchAll && isOptional)
    throw fail('a catch-all parameter cannot be optional; it matches nothing too.')
  const body = inside.slice(inside.startsWith('**') ? 2 : isCatchAll ? 1 : 0, isOptional ? -1 : undefined)
  // The first character is part of the name even when it is a ':' or '='.
  const nameLength = body.slice(1).search(/[:=]/) + 1 || body.length
  const name = body.slice(0, nameLength)
  if (name === '' || /[/{}?*]/.test(name)) throw fail(`'${name}' is not a valid parameter name.`)
  const { constraints, rest } = splitConstraints(body.slice(nameLength))
  const defaultValue = rest.startsWith('=') ? rest.slice(1) : undefined
  if (isOptional && defaultValue !== undefined)
    throw fail(`the parameter '${name}' cannot be optional and have a default.`)
  return {
    name,
    isOptional,
    defaultValue,
    constraints: constraints.map((text) => compileConstraint(text, fail)),
  }
}

/** Cuts `:int:range(1,2)=7` into constraints and what follows them. */
function splitConstraints(text: string): { constraints: string[]; rest: string } {
  const constraints: string[] = []
  let position = 0
  while (text[position] === ':') {
    const start = position + 1
    position = start
    while (position < text.length && !':=('.includes(text[position]!)) position++
    if (text[position] === '(') position = endOfArguments(text, position)
    if (position > start) constraints.push(text.slice(start, position))
  }
  return { constraints, rest: text.slice(position) }
}

/**
 * Index behind the argument list opened at `open`. Arguments may hold parentheses, `:` and `=` (regular
 * expressions do): the list ends at a `)` that ends the text or stands before a `:` or `=`.
 */
function endOfArguments(text: string, open: number): number {
  for (let position = open + 1; position < text.length; position++) {
    const character = text[position]
    if (character === ')' && (position + 1 === text.length || ':='.includes(text[position + 1]!)))
      return position + 1
    if (character === ':' || character === '=') {
      const close = text.indexOf(')', position)
      if (close === -1) return position
      if (close === text.length - 1) return text.length
      position = close
    }
  }
  return text.length
}
