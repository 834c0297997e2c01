/** Patterns of routes: `/topics/{name}/subscriptions/{subscription?}`, `/files/{*path}`, `/topics/{name}:publish`. */

/** One piece of a path between slashes. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** Literal text may stand before and after the parameter. */
  | { readonly kind: 'parameter'; readonly name: string; readonly prefix: string; readonly suffix: string }
  /** All that is left, slashes included; may be empty. */
  | { readonly kind: 'rest'; readonly name: string }

const parameterPattern = /^([^{}]*)\{(\*?)([A-Za-z_][A-Za-z0-9_]*)(\??)\}([^{}]*)$/

/**
 * The segments of a pattern; with optional parameters at its end there is a variant for each length.
 * @throws Error for a malformed pattern, which is a fault of the program
 */
export function parsePattern(pattern: string): readonly (readonly Segment[])[] {
  const pieces = pattern.split('/').filter((piece) => piece !== '')
  const segments = pieces.map((piece) => parseSegment(piece, pattern))
  const names = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]))
  if (new Set(names).size < names.length) throw invalid(pattern, 'a parameter is named twice')
  if (segments.slice(0, -1).some((segment) => segment.kind === 'rest'))
    throw invalid(pattern, 'it goes on after the rest')
  const firstOptional = pieces.findIndex((piece) => piece.endsWith('?}'))
  if (firstOptional === -1) return [segments]
  if (!pieces.slice(firstOptional).every((piece) => piece.endsWith('?}')))
    throw invalid(pattern, 'it goes on after an optional parameter')
  return Array.from({ length: pieces.length - firstOptional + 1 }, (_, extra) =>
    segments.slice(0, firstOptional + extra),
  )
}

function parseSegment(piece: string, pattern: string): Segment {
  if (!/[{}]/.test(piece)) return { kind: 'literal', text: piece }
  const [, prefix = '', star, name, question, suffix = ''] = parameterPattern.exec(piece) ?? []
  if (!name) throw invalid(pattern, `'${piece}' is no parameter`)
  const stands = prefix === '' && suffix === ''
  if ((star || question) && (!stands || (star && question)))
    throw invalid(pattern, `'${piece}' must be a segment of its own`)
  return star ? { kind: 'rest', name } : { kind: 'parameter', name, prefix, suffix }
}

function invalid(pattern: string, reason: string): Error {
  return new Error(`Invalid route pattern '${pattern}': ${reason}`)
}
