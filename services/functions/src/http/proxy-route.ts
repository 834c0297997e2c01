/** How what stands before the app's functions (proxies.json) and the front know each other. */

import type { RouteValues } from '@aloft/wire/http'
import type { FrontExchange } from './exchange.ts'

/** A route that is looked at before those of the functions, and answers by itself. */
export interface ProxyTarget {
  readonly name: string
  /** Answers the request; a rejection becomes a 500. */
  answer(exchange: FrontExchange, values: RouteValues, app: LocalApp): Promise<void>
}

/** The app behind a proxy, for calls that do not leave the process. */
export interface LocalApp {
  /**
   * What answers such a call: functions come first here, then proxies (`WebJobsRouter` of the HTTP extension).
   * Never the admin API, webhooks or the homepage.
   * @param path decoded
   */
  find(method: string, path: string): LocalRoute | undefined
}

export interface LocalRoute {
  readonly kind: 'function' | 'proxy'
  /** `exchange` is the proxy's, with the path, the query and the address of its call. */
  answer(exchange: FrontExchange): Promise<void>
}
