/** The HTTP routes of an app's functions. */
import { type FunctionDefinition, UserError } from '@aloft/kernel'
import { parseRoute, type Route, RouteTable, type RouteTemplate } from '@aloft/wire/http'
import type { FunctionProblem } from '../contracts.ts'

/** Who may call a function. */
export type AuthLevel = 'anonymous' | 'function' | 'system' | 'admin'

/** A function as the HTTP front needs it. */
export interface HttpTarget {
  readonly definition: FunctionDefinition
  readonly authLevel: AuthLevel
}

export type FunctionRoute = Route<HttpTarget>

const reserved = ['admin', 'runtime']
export const authLevels: readonly AuthLevel[] = ['anonymous', 'function', 'system', 'admin']

/** Whether requests reach the function through a route. */
export function isHttpFunction(definition: FunctionDefinition): boolean {
  return definition.trigger.type.toLowerCase() === 'httptrigger'
}

/**
 * The route of an HTTP function, from its trigger's `route`, `methods` and `authLevel`.
 * @param routePrefix host.json `extensions.http.routePrefix`
 * @throws RouteSyntaxError for a malformed template; UserError for a reserved route or an unknown level
 */
export function functionRoute(definition: FunctionDefinition, routePrefix: string): FunctionRoute {
  const { trigger, name } = definition
  const template = parseRoute(routeText(definition, routePrefix))
  checkNotReserved(template, name)
  const given = String(trigger.authLevel ?? 'function').toLowerCase()
  const authLevel = authLevels.find((level) => level === given)
  if (!authLevel)
    throw new UserError(`The authorization level '${trigger.authLevel}' of '${name}' is not valid.`, {
      hint: `Use one of: ${authLevels.join(', ')}.`,
    })
  return {
    template,
    methods: methodsOf(trigger.methods),
    target: { definition, authLevel },
  }
}

/** @throws UserError for routes that belong to the host. @param name whose route it is */
export function checkNotReserved(template: RouteTemplate, name: string): void {
  const [first] = template.segments
  if (first?.kind === 'literal' && reserved.includes(first.folded))
    throw new UserError('The specified route conflicts with one or more built in routes.', {
      hint: `Routes below /admin and /runtime belong to the host; give '${name}' another route.`,
    })
}

/** `<prefix>/<route or function name>`, as it is shown to users. */
export function routeText(definition: FunctionDefinition, routePrefix: string): string {
  const { route } = definition.trigger
  const own = typeof route === 'string' && route.trim() !== '' ? route.trim() : definition.name
  return [routePrefix, own]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/')
}

/** The HTTP functions whose route, method list or level cannot be understood. The others keep working. */
export function checkRoutes(
  functions: readonly FunctionDefinition[],
  routePrefix: string,
): readonly FunctionProblem[] {
  const problems: FunctionProblem[] = []
  for (const definition of functions.filter(isHttpFunction)) {
    try {
      functionRoute(definition, routePrefix)
    } catch (error) {
      problems.push({ name: definition.name, message: (error as Error).message })
    }
  }
  return problems
}

/** The table of all functions whose routes are sound; ask `checkRoutes` about the others. */
export function functionRoutes(
  functions: readonly FunctionDefinition[],
  routePrefix: string,
): RouteTable<HttpTarget> {
  return new RouteTable(functionRouteList(functions, routePrefix), parseRoute(routePrefix).segments.length)
}

/** The same in order of precedence. */
export function functionRouteList(
  functions: readonly FunctionDefinition[],
  routePrefix: string,
): readonly FunctionRoute[] {
  const unsound = new Set(checkRoutes(functions, routePrefix).map((problem) => problem.name))
  return functions
    .filter((definition) => isHttpFunction(definition) && !unsound.has(definition.name))
    .sort((one, other) => compareIgnoringCase(one.name, other.name))
    .map((definition) => functionRoute(definition, routePrefix))
}

/** .NET's `OrdinalIgnoreCase`: by code unit, in upper case. */
export function compareIgnoringCase(one: string, other: string): number {
  const [left, right] = [one.toUpperCase(), other.toUpperCase()]
  return left < right ? -1 : left > right ? 1 : 0
}

/** `methods: ["get"]`, `"get,post"`, or nothing for all. */
export function methodsOf(methods: unknown): ReadonlySet<string> | undefined {
  const listed = typeof methods === 'string' ? methods.split(',') : Array.isArray(methods) ? methods : []
  const names = listed.map((method) => String(method).trim().toUpperCase()).filter((method) => method !== '')
  return names.length > 0 ? new Set(names) : undefined
}
