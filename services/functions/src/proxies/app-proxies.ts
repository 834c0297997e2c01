/** The proxies of one loaded app. */

import { RouteTable } from '@aloft/wire/http'
import type { AppConfiguration, FunctionProblem } from '../contracts.ts'
import type { ProxyTarget } from '../http/index.ts'
import type { ProxyDefinition } from './definition.ts'
import { loadProxies } from './load-proxies.ts'
import { answerByProxy } from './proxy-call.ts'
import { type ProxyServices, type ProxyServicesOptions, proxyServices } from './proxy-services.ts'
import type { ProxyTrace } from './traces.ts'

export interface AppProxies {
  /** In the order in which they match; disabled ones too. */
  readonly definitions: readonly ProxyDefinition[]
  /** Proxies that do not work, and why. */
  readonly problems: readonly FunctionProblem[]
  /** Why proxies.json as a whole cannot be used. */
  readonly fileProblem: FunctionProblem | undefined
  /** What the front looks into first; undefined without proxies. */
  readonly routes: RouteTable<ProxyTarget> | undefined
  /** A trace whose id was in a `Proxy-Trace-Location`; undefined when it is too old. */
  findTrace(id: string): ProxyTrace | undefined
}

/** Reads proxies.json and logs what is wrong with it. The functions go on working, whatever that is. */
export async function openProxies(app: AppConfiguration, options: ProxyServicesOptions): Promise<AppProxies> {
  const { log } = options
  const { proxies, problems, fileError, warnings } = await loadProxies(app)
  if (fileError !== undefined) log.error(`The proxies of the app are not available: ${fileError}`)
  for (const { name, message } of problems) log.error(`The '${name}' proxy is in error: ${message}`)
  for (const warning of warnings) log.warn(warning)
  if (proxies.length > 0) log.info(`${proxies.length} proxies loaded`)
  const services = proxyServices(app, options)
  return {
    definitions: proxies,
    problems,
    fileProblem: fileError === undefined ? undefined : { name: '', message: fileError },
    routes: proxyRoutes(proxies, services),
    findTrace: (id) => services.traces.find(id),
  }
}

function proxyRoutes(
  proxies: readonly ProxyDefinition[],
  services: ProxyServices,
): RouteTable<ProxyTarget> | undefined {
  if (proxies.length === 0) return undefined
  const routes = proxies.map((definition) => {
    const target: ProxyTarget = {
      name: definition.name,
      answer: (exchange, values, app) => answerByProxy(definition, services, exchange, values, app),
    }
    const { template, methods } = definition
    return { template, methods: methods && new Set(methods), target }
  })
  return new RouteTable(routes, 0)
}
