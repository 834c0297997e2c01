/** Which connections may be lent to workers, and what these may answer on them. */
import type { FunctionDefinition } from '@aloft/kernel'
import type { LentTable } from '@aloft/wire'
import type { HttpConfiguration, HttpInvoker } from '../contracts.ts'
import { type AuthLevel, functionRouteList, routeText } from './function-routes.ts'

/** Lending costs a few requests' time: only a connection that goes on and on is worth it. */
export const lendAfterRequests = 32

export interface LentTableOptions {
  readonly http: HttpConfiguration
  readonly functions: readonly FunctionDefinition[]
  readonly invoker: HttpInvoker
  readonly maxBodyBytes: number
  /** Levels at which a caller needs no key. */
  readonly openLevels: readonly AuthLevel[]
}

/** Undefined when no function of the app can be left to a worker. */
export function lentTable(options: LentTableOptions): LentTable | undefined {
  const { http, functions, invoker, maxBodyBytes, openLevels } = options
  const routes = functionRouteList(functions, http.routePrefix).map(({ methods, target }) => {
    const { definition, authLevel } = target
    const isAlone =
      !definition.isDisabled &&
      openLevels.includes(authLevel) &&
      invoker.runsAlone?.(definition.name) === true
    return {
      route: routeText(definition, http.routePrefix),
      methods: methods && [...methods],
      functionId: isAlone ? definition.id : undefined,
      triggerName: definition.trigger.name,
    }
  })
  if (!routes.some(({ functionId }) => functionId !== undefined)) return undefined
  return {
    routes,
    routePrefix: http.routePrefix,
    headers: Object.entries(http.customHeaders).flat(),
    maxBodyBytes,
  }
}
