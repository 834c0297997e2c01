/** What the log says of an app that has been loaded, in the words of the official host (`WebScriptHostHttpRoutesManager`, `ScriptHostLoggerExtension`). */
import type { FunctionDefinition, Logger } from '@aloft/kernel'
import type { AppInstance } from './app-instance.ts'
import { isHttpFunction, routeText } from './http/index.ts'

type Loaded = Pick<AppInstance, 'configuration' | 'index' | 'proxies'>

/** @param elapsedMs since the app began to be loaded */
export function tellInitialized(log: Logger, loaded: Loaded, elapsedMs: number): void {
  log.info(routesText(loaded))
  log.info(`Host initialized (${Math.round(elapsedMs)}ms)`)
}

/** @param elapsedMs since the app began to be loaded */
export function tellStarted(log: Logger, elapsedMs: number): void {
  log.info(`Host started (${Math.round(elapsedMs)}ms)`)
  log.info('Job host started')
}

/** A line for each route. */
function routesText({ configuration, index, proxies }: Loaded): string {
  const { routePrefix } = configuration.host.http
  const lines = [
    ...proxies.definitions.map(
      ({ name, route, methods }) => `Mapped proxy route '${route}' [${listed(methods)}] to '${name}'`,
    ),
    ...index.functions.filter(isHttpFunction).map((definition) => {
      const route = routeText(definition, routePrefix)
      return `Mapped function route '${route}' [${listed(methodsOf(definition))}] to '${definition.name}'`
    }),
  ]
  return [
    'Initializing function HTTP routes',
    ...(lines.length > 0 ? lines : ['No HTTP routes mapped']),
  ].join('\n')
}

function methodsOf({ trigger }: FunctionDefinition): readonly string[] | undefined {
  return Array.isArray(trigger.methods) ? trigger.methods.map(String) : undefined
}

function listed(methods: readonly string[] | undefined): string {
  return methods?.length ? methods.join(',').toLowerCase() : 'all'
}
