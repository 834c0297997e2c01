/** HTTP functions that no request can reach, because functions before them answer their route and methods. */
import type { FunctionDefinition } from '@aloft/kernel'
import type { AppConfiguration, FunctionProblem } from '../contracts.ts'

interface Claim {
  readonly name: string
  /** Empty = every method. */
  readonly methods: readonly string[]
}

/** A claim on what is below `prefix`, which is '' or ends with `/`. */
interface WideClaim extends Claim {
  readonly prefix: string
  /** `all`: everything; `one`: fixed routes one segment longer; `one or none`: and the prefix itself. */
  readonly reach: 'all' | 'one' | 'one or none'
}

/** `{*rest}` or `files/{*rest}`: without a constraint and with nothing else in braces, it takes all. */
const catchAllRoute = /^((?:[^{}]*\/)?)\{\*\*?\w+\}$/

/** `{file?}` or `files/{file}`: the same for a single segment. */
const oneSegmentRoute = /^((?:[^{}]*\/)?)\{\w+(\??)\}$/

/**
 * The first function by name answers, so one whose route text and methods all belong to earlier functions, or lie
 * below a route of theirs that takes everything there, is a mistake. Azure keeps silent about it; here it is a problem
 * that names both.
 *
 * @param functions in the order in which routes match
 */
export function findShadowedRoutes(
  app: AppConfiguration,
  functions: readonly FunctionDefinition[],
): readonly FunctionProblem[] {
  const claims = new Map<string, Claim[]>()
  const wideClaims: WideClaim[] = []
  const problems: FunctionProblem[] = []
  for (const definition of functions) {
    if (definition.isDisabled || definition.trigger.type.toLowerCase() !== 'httptrigger') continue
    const route = routeOf(definition)
    const methods = methodsOf(definition)
    const key = route.toLowerCase()
    const earlier = claims.get(key) ?? []
    const wider = wideClaims.filter((claim) => covers(claim, key))
    const takers = findTakers([...wider, ...earlier], methods)
    if (takers.length > 0) {
      problems.push(describe(app, definition, route, methods, takers))
      continue
    }
    const claim = { name: definition.name, methods }
    claims.set(key, [...earlier, claim])
    const reach = reachOf(key)
    if (reach) wideClaims.push({ ...claim, ...reach })
  }
  return problems
}

function reachOf(key: string): Pick<WideClaim, 'prefix' | 'reach'> | undefined {
  const [, everything] = catchAllRoute.exec(key) ?? []
  if (everything !== undefined) return { prefix: everything, reach: 'all' }
  const [, prefix, optional] = oneSegmentRoute.exec(key) ?? []
  return prefix === undefined ? undefined : { prefix, reach: optional ? 'one or none' : 'one' }
}

function covers({ prefix, reach }: WideClaim, key: string): boolean {
  if (!`${key}/`.startsWith(prefix)) return false
  if (reach === 'all') return true
  if (key.includes('{')) return false
  const rest = key.slice(prefix.length)
  return rest === '' ? reach === 'one or none' : !rest.includes('/')
}

/** The functions that together take all of `methods`; none when one of the methods is still free. */
function findTakers(earlier: readonly Claim[], methods: readonly string[]): readonly string[] {
  const all = earlier.find((claim) => claim.methods.length === 0)
  if (all) return [all.name]
  if (methods.length === 0) return []
  const takers = methods.map((method) => earlier.find((claim) => claim.methods.includes(method))?.name)
  return takers.includes(undefined) ? [] : [...new Set(takers as string[])]
}

function routeOf({ name, trigger }: FunctionDefinition): string {
  return (typeof trigger.route === 'string' && trigger.route !== '' ? trigger.route : name).replace(
    /^\/+|\/+$/g,
    '',
  )
}

function methodsOf({ trigger }: FunctionDefinition): readonly string[] {
  return Array.isArray(trigger.methods) ? trigger.methods.map((method) => String(method).toLowerCase()) : []
}

function describe(
  app: AppConfiguration,
  { name }: FunctionDefinition,
  route: string,
  methods: readonly string[],
  takers: readonly string[],
): FunctionProblem {
  const path = [app.host.http.routePrefix, route].filter(Boolean).join('/')
  const verbs = methods.length > 0 ? ` [${methods.join(',')}]` : ''
  const others = takers.map((taker) => `'${taker}'`).join(' and ')
  return {
    name,
    message: `The route '${path}'${verbs} of function '${name}' already belongs to function ${others}.`,
  }
}
