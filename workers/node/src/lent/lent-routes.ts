/** Which requests of a lent connection the worker answers by itself. */
import type { LentTable } from '@aloft/wire'
import {
  type DirectExchange,
  isReservedPath,
  parseQuery,
  parseRoute,
  parseTarget,
  type Route,
  RouteTable,
  type RouteValues,
} from '@aloft/wire/http'

/** A function that the worker answers for, and what it gets of the request beside its content. */
export interface LentMatch {
  /** Index into the table's routes. */
  readonly route: number
  readonly functionId: string
  readonly triggerName: string
  readonly params: RouteValues
  readonly query: Record<string, string>
}

interface Target {
  readonly index: number
  readonly functionId: string | undefined
  readonly triggerName: string
}

const noQuery: Record<string, string> = Object.freeze({})

export class LentRoutes {
  /** Flat; for every answer that does not have them. */
  readonly headers: readonly string[]
  readonly #maxBodyBytes: number
  readonly #table: RouteTable<Target>

  constructor({ routes, routePrefix, headers, maxBodyBytes }: LentTable) {
    this.headers = headers
    this.#maxBodyBytes = maxBodyBytes
    this.#table = new RouteTable(
      routes.map(
        ({ route, methods, functionId, triggerName }, index): Route<Target> => ({
          template: parseRoute(route),
          methods: methods && new Set(methods),
          target: { index, functionId, triggerName },
        }),
      ),
      parseRoute(routePrefix).segments.length,
    )
  }

  /** Undefined when the host must answer. */
  find({ method, url, body }: DirectExchange): LentMatch | undefined {
    const { path, query } = parseTarget(url)
    if (isReservedPath(path) || (body && body.length > this.#maxBodyBytes)) return undefined
    const match = this.#table.find(method, path)
    if (match?.target.functionId === undefined) return undefined
    const { index, functionId, triggerName } = match.target
    return {
      route: index,
      functionId,
      triggerName,
      params: match.values,
      query: query === '' ? noQuery : parseQuery(query),
    }
  }
}
