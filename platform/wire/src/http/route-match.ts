/** Matches a path against one template, as ASP.NET Core does: literals first, then values, then constraints. */
import {
  foldCase,
  type RouteParameter,
  type RoutePart,
  type RouteSegment,
  type RouteTemplate,
} from './route-template.ts'

/** A decoded request path, cut once and matched against many templates. */
export interface RequestPath {
  /** Decoded, with its leading `/`. */
  readonly text: string
  /** As sent; a trailing `/` adds no segment. */
  readonly segments: readonly string[]
  readonly folded: readonly string[]
}

/** Values by parameter name; absent = the request names none and there is no default. */
export type RouteValues = Record<string, string>

export function splitPath(text: string): RequestPath {
  const end = text.length > 1 && text.endsWith('/') ? text.length - 1 : text.length
  const segments = end <= 1 ? [] : text.slice(1, end).split('/')
  return { text, segments, folded: segments.map(foldCase) }
}

/** The values of the template's parameters, or undefined when `path` does not match. */
export function matchRoute(template: RouteTemplate, path: RequestPath): RouteValues | undefined {
  if (!hasShape(template.segments, path)) return undefined
  const values: RouteValues = {}
  for (let index = 0; index < template.segments.length; index++) {
    const segment = template.segments[index]!
    if (segment.kind === 'literal') continue
    const value = path.segments[index]
    if (segment.kind === 'mixed') {
      if (!matchMixed(segment.parts, value!, path.folded[index]!, values)) return undefined
    } else if (value === undefined) {
    } else {
      values[segment.parameter.name] = segment.kind === 'catchAll' ? restOf(path, index) : value
    }
  }
  return satisfies(template.parameters, values) ? values : undefined
}

/** Everything about the path that can be seen without looking at values. */
function hasShape(segments: readonly RouteSegment[], path: RequestPath): boolean {
  for (let index = 0; index < path.segments.length; index++) {
    const segment = segments[index]
    if (segment === undefined || path.segments[index] === '') return false
    if (segment.kind === 'catchAll') return true
    if (segment.kind === 'literal' && segment.folded !== path.folded[index]) return false
  }
  for (let index = path.segments.length; index < segments.length; index++) {
    const segment = segments[index]!
    if (segment.kind === 'catchAll') return true
    if (segment.kind !== 'parameter') return false
    if (!segment.parameter.isOptional && segment.parameter.defaultValue === undefined) return false
  }
  return true
}

/** Fills in defaults and asks the constraints. A parameter without a value passes only if it is optional. */
function satisfies(parameters: readonly RouteParameter[], values: RouteValues): boolean {
  for (const parameter of parameters) {
    let value = values[parameter.name]
    if (value === undefined && parameter.defaultValue !== undefined) {
      value = parameter.defaultValue
      values[parameter.name] = value
    }
    if (parameter.constraints.length === 0 || (value === undefined && parameter.isOptional)) continue
    if (value === undefined || !parameter.constraints.every((isAllowed) => isAllowed(value))) return false
  }
  return true
}

/** A catch-all takes everything to the end, a trailing `/` included. */
function restOf(path: RequestPath, index: number): string {
  let start = 1
  for (let segment = 0; segment < index; segment++) start += path.segments[segment]!.length + 1
  return path.text.slice(start)
}

/** Matches `file-{name}.{ext?}`: from the right, each parameter at least one character. */
function matchMixed(
  parts: readonly RoutePart[],
  value: string,
  folded: string,
  values: RouteValues,
): boolean {
  const last = parts.at(-1)!
  if (matchParts(parts, value, folded, values)) return true
  if (last.kind !== 'parameter' || !last.parameter.isOptional || value.endsWith('.')) return false
  return matchParts(parts.slice(0, -2), value, folded, values)
}

function matchParts(
  parts: readonly RoutePart[],
  value: string,
  folded: string,
  values: RouteValues,
): boolean {
  const found: RouteValues = {}
  let end = value.length
  let pending: RouteParameter | undefined
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index]!
    if (part.kind === 'parameter') {
      pending = part.parameter
      continue
    }
    const latest = end - part.folded.length - (pending ? 1 : 0)
    const start = latest < 0 ? -1 : folded.lastIndexOf(part.folded, latest)
    if (start === -1) return false
    const behind = start + part.folded.length
    if (pending) found[pending.name] = value.slice(behind, end)
    else if (behind !== end) return false
    pending = undefined
    end = start
  }
  if (pending) {
    if (end === 0) return false
    found[pending.name] = value.slice(0, end)
  } else if (end !== 0) {
    return false
  }
  Object.assign(values, found)
  return true
}
