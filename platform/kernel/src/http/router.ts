/** Finds the route of a request. Routes are data; the most literal match wins, whatever their order. */
import { parsePattern, type Segment } from './route-pattern.ts'

export interface RoutePattern {
  /** E.g. `GET`; `*` = every method. */
  readonly method: string | readonly string[]
  /** Segments: literal, `{name}`, `{name}:suffix`, `{name?}` at the end, `{*rest}` at the end. */
  readonly pattern: string
  /** Name for metrics, docs and logs; unique in its service. */
  readonly operation: string
}

export type Match<Route> =
  /** `params`: values by name, URL-decoded; an absent optional parameter has no entry. */
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path exists for other methods only. */
  | { readonly kind: 'method not allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'not found' }
  /** The path's percent encoding is broken. */
  | { readonly kind: 'malformed' }

export interface RouterOptions {
  /** How literals compare; parameters keep their case. @default 'ignore', as Azure's control planes */
  readonly case?: 'ignore' | 'exact'
}

interface Leaf<Route> {
  readonly route: Route
  readonly methods: readonly string[]
  /** Of the parameters on the way, in order. */
  readonly names: readonly string[]
}

interface Node<Route> {
  readonly literals: Map<string, Node<Route>>
  /** Those with more literal text first. */
  readonly parameters: { readonly prefix: string; readonly suffix: string; readonly node: Node<Route> }[]
  readonly ends: Leaf<Route>[]
  readonly rests: Leaf<Route>[]
}

/** A path being matched. */
interface Search {
  readonly method: string
  /** As sent, decoded. */
  readonly values: readonly string[]
  /** As compared with literals. */
  readonly keys: readonly string[]
  readonly tail: '' | '/'
  /** Values of the parameters on the current way. */
  readonly captured: string[]
  readonly allowed: Set<string>
}

const notFound = { kind: 'not found' } as const
const malformed = { kind: 'malformed' } as const
const noParams = {}

export class Router<Route extends RoutePattern> {
  readonly #root: Node<Route> = newNode()
  /** Routes without parameters, by method and path. */
  readonly #fixed = new Map<string, Match<Route>>()
  readonly #fold: (text: string) => string

  /** @throws Error for a malformed pattern or two routes that match the same requests: faults of the program */
  constructor(routes: readonly Route[], options: RouterOptions = {}) {
    this.#fold = options.case === 'exact' ? (text) => text : (text) => text.toLowerCase()
    for (const route of routes) for (const segments of parsePattern(route.pattern)) this.#add(route, segments)
  }

  /** @param path as sent, without the query */
  match(method: string, path: string): Match<Route> {
    const fixed = this.#fixed.get(`${method} ${this.#fold(path)}`)
    if (fixed) return fixed
    const values = decodeSegments(path)
    if (!values) return malformed
    const search: Search = {
      method,
      values,
      keys: values.map(this.#fold),
      tail: path.length > 1 && path.endsWith('/') ? '/' : '',
      captured: [],
      allowed: new Set(),
    }
    const leaf = find(this.#root, search, 0)
    if (leaf) return { kind: 'found', route: leaf.route, params: paramsOf(leaf, search.captured) }
    return search.allowed.size > 0 ? { kind: 'method not allowed', allowed: [...search.allowed] } : notFound
  }

  #add(route: Route, segments: readonly Segment[]): void {
    const methods = typeof route.method === 'string' ? [route.method] : route.method
    const names = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]))
    const leaf: Leaf<Route> = { route, methods, names }
    let node = this.#root
    for (const segment of segments) node = segment.kind === 'rest' ? node : this.#step(node, segment)
    const leaves = segments.at(-1)?.kind === 'rest' ? node.rests : node.ends
    const twin = leaves.find((other) => other.methods.some((method) => methods.includes(method)))
    if (twin) throw new Error(`Routes ${twin.route.operation} and ${route.operation} match the same requests`)
    leaves.push(leaf)
    // A method of its own goes before `*`.
    leaves.sort((a, b) => Number(a.methods.includes('*')) - Number(b.methods.includes('*')))
    if (names.length > 0) return
    const path = `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : '')).join('/')}`
    for (const method of methods)
      this.#fixed.set(`${method} ${this.#fold(path)}`, { kind: 'found', route, params: noParams })
  }

  #step(node: Node<Route>, segment: Exclude<Segment, { kind: 'rest' }>): Node<Route> {
    if (segment.kind === 'literal') {
      const key = this.#fold(segment.text)
      const next = node.literals.get(key) ?? newNode<Route>()
      node.literals.set(key, next)
      return next
    }
    const prefix = this.#fold(segment.prefix)
    const suffix = this.#fold(segment.suffix)
    const known = node.parameters.find((each) => each.prefix === prefix && each.suffix === suffix)
    if (known) return known.node
    const next = newNode<Route>()
    node.parameters.push({ prefix, suffix, node: next })
    node.parameters.sort((a, b) => b.prefix.length + b.suffix.length - a.prefix.length - a.suffix.length)
    return next
  }
}

function newNode<Route>(): Node<Route> {
  return { literals: new Map(), parameters: [], ends: [], rests: [] }
}

/** Undefined when an escape is broken. A slash at the end makes no segment. */
function decodeSegments(path: string): string[] | undefined {
  const segments = path.split('/')
  segments.shift()
  if (segments.at(-1) === '') segments.pop()
  if (!path.includes('%')) return segments
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** Most literal first; goes back when a way ends without a route for the method. */
function find<Route>(node: Node<Route>, search: Search, index: number): Leaf<Route> | undefined {
  if (index === search.values.length) {
    return choose(node.ends, search) ?? captured(search, '', () => choose(node.rests, search))
  }
  const key = search.keys[index]!
  const literal = node.literals.get(key)
  const found = literal && find(literal, search, index + 1)
  if (found) return found
  for (const { prefix, suffix, node: next } of node.parameters) {
    const isMatch =
      key.length > prefix.length + suffix.length && key.startsWith(prefix) && key.endsWith(suffix)
    if (!isMatch) continue
    const value = search.values[index]!
    const inner = value.slice(prefix.length, value.length - suffix.length)
    const leaf = captured(search, inner, () => find(next, search, index + 1))
    if (leaf) return leaf
  }
  if (node.rests.length === 0) return undefined
  const rest = search.values.slice(index).join('/') + search.tail
  return captured(search, rest, () => choose(node.rests, search))
}

/** Tries a way with one more value; takes the value back when it leads nowhere. */
function captured<Route>(
  search: Search,
  value: string,
  way: () => Leaf<Route> | undefined,
): Leaf<Route> | undefined {
  search.captured.push(value)
  const leaf = way()
  if (!leaf) search.captured.pop()
  return leaf
}

function choose<Route>(leaves: readonly Leaf<Route>[], search: Search): Leaf<Route> | undefined {
  for (const leaf of leaves) {
    if (leaf.methods.includes(search.method) || leaf.methods.includes('*')) return leaf
    for (const method of leaf.methods) search.allowed.add(method)
  }
  return undefined
}

function paramsOf<Route>(leaf: Leaf<Route>, values: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {}
  leaf.names.forEach((name, index) => {
    params[name] = values[index]!
  })
  return params
}
