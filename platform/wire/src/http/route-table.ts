/**
 * Finds the route of a request: the first that matches, in the order given. ASP.NET Core would choose the most
 * specific one; the Functions host does not (`WebScriptHostHttpRoutesManager` adds functions in name order).
 */
import { matchRoute, type RequestPath, type RouteValues, splitPath } from './route-match.ts'
import { foldCase, type RouteTemplate } from './route-template.ts'

export interface Route<Target> {
  readonly template: RouteTemplate
  /** Upper case; undefined = every method. */
  readonly methods: ReadonlySet<string> | undefined
  readonly target: Target
}

export interface RouteMatch<Target> {
  readonly target: Target
  readonly values: RouteValues
}

/** What is known of a route before it is matched. */
interface Candidate<Target> extends Route<Target> {
  /** Its place in the order of precedence. */
  readonly order: number
  readonly fewestSegments: number
  readonly mostSegments: number
  /** What a match without values is, made once. */
  readonly match: RouteMatch<Target>
}

/** The routes that one method may reach. */
interface MethodTable<Target> {
  /** Routes without parameters, by folded path. */
  readonly fixed: ReadonlyMap<string, Candidate<Target>>
  /** Routes with parameters, by the folded literal at `depth`; each list is in order of precedence. */
  readonly byLiteral: ReadonlyMap<string, readonly Candidate<Target>[]>
  /** Routes whose segment at `depth` can be anything. */
  readonly open: readonly Candidate<Target>[]
}

const noValues: RouteValues = Object.freeze({})

/** Routes in order of precedence, prepared for look-up by method and path. */
export class RouteTable<Target> {
  readonly #byMethod = new Map<string, MethodTable<Target>>()
  readonly #anyMethod: MethodTable<Target>
  readonly #depth: number

  /** @param depth index of the segment that tells routes apart best: the number of segments that all share */
  constructor(routes: readonly Route<Target>[], depth: number) {
    this.#depth = depth
    const candidates = routes.map(describe)
    for (const method of new Set(routes.flatMap((route) => [...(route.methods ?? [])]))) {
      const reachable = candidates.filter((route) => !route.methods || route.methods.has(method))
      this.#byMethod.set(method, prepare(reachable, depth))
    }
    this.#anyMethod = prepare(
      candidates.filter((route) => !route.methods),
      depth,
    )
  }

  /** @param path decoded, with its leading `/`; a trailing `/` does not count */
  find(method: string, path: string): RouteMatch<Target> | undefined {
    const table = this.#byMethod.get(method) ?? this.#anyMethod
    const isTrailing = path.length > 1 && path.charCodeAt(path.length - 1) === 47
    const fixed = table.fixed.get(foldCase(isTrailing ? path.slice(0, -1) : path))
    if (table.open.length === 0 && table.byLiteral.size === 0) return fixed?.match
    return findBefore(table, this.#depth, splitPath(path), fixed)
  }
}

/** The first route with parameters that precedes `fixed`, else `fixed`. */
function findBefore<Target>(
  table: MethodTable<Target>,
  depth: number,
  path: RequestPath,
  fixed: Candidate<Target> | undefined,
): RouteMatch<Target> | undefined {
  const limit = fixed ? fixed.order : Number.POSITIVE_INFINITY
  const count = path.segments.length
  for (const candidate of table.byLiteral.get(path.folded[depth] ?? '') ?? table.open) {
    if (candidate.order > limit) break
    if (count < candidate.fewestSegments || count > candidate.mostSegments) continue
    const values = matchRoute(candidate.template, path)
    if (values) return { target: candidate.target, values }
  }
  return fixed?.match
}

function describe<Target>(route: Route<Target>, order: number): Candidate<Target> {
  const { segments } = route.template
  let fewestSegments = segments.length
  while (fewestSegments > 0 && isOmissible(segments[fewestSegments - 1]!)) fewestSegments--
  const mostSegments = segments.at(-1)?.kind === 'catchAll' ? Number.POSITIVE_INFINITY : segments.length
  const match = { target: route.target, values: noValues }
  return { ...route, order, fewestSegments, mostSegments, match }
}

function isOmissible(segment: RouteTemplate['segments'][number]): boolean {
  if (segment.kind === 'catchAll') return true
  if (segment.kind !== 'parameter') return false
  return segment.parameter.isOptional || segment.parameter.defaultValue !== undefined
}

function prepare<Target>(routes: readonly Candidate<Target>[], depth: number): MethodTable<Target> {
  const fixed = new Map<string, Candidate<Target>>()
  const dynamic: Candidate<Target>[] = []
  for (const route of routes) {
    if (route.template.parameters.length > 0) {
      dynamic.push(route)
      continue
    }
    const path = `/${route.template.segments.map(foldedText).join('/')}`
    if (!fixed.has(path)) fixed.set(path, route)
  }
  const literals = new Set(dynamic.flatMap((route) => literalAt(route, depth) ?? []))
  const byLiteral = new Map(
    [...literals].map((literal) => [
      literal,
      dynamic.filter((route) => (literalAt(route, depth) ?? literal) === literal),
    ]),
  )
  return { fixed, byLiteral, open: dynamic.filter((route) => literalAt(route, depth) === undefined) }
}

function literalAt<Target>(route: Route<Target>, depth: number): string | undefined {
  const segment = route.template.segments[depth]
  return segment?.kind === 'literal' ? segment.folded : undefined
}

function foldedText(segment: RouteTemplate['segments'][number]): string {
  return segment.kind === 'literal' ? segment.folded : ''
}
