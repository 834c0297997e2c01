/** What is printed of an app once it runs. */
import type { RunningApp } from '@aloft/functions'
import { type ListedFunction, renderFunctionList } from '../console/function-list.ts'
import type { Colors } from '../terminal.ts'

/** The functions with their addresses; proxies are among them, as in the host. */
export function renderApp(
  app: Pick<RunningApp, 'functions' | 'proxies' | 'configuration' | 'problems' | 'errors'>,
  baseUrl: string,
  colors: Colors,
): string {
  const { functions, proxies, configuration, problems, errors } = app
  const { routePrefix } = configuration.host.http
  const listed = [...functions, ...proxies.map(asFunction)].sort((one, other) =>
    one.name.toUpperCase() < other.name.toUpperCase() ? -1 : 1,
  )
  if (listed.length === 0 && problems.length === 0 && errors.length === 0)
    return "\nThere are no functions yet; 'aloft new' adds one.\n"
  return renderFunctionList(listed, { baseUrl, routePrefix }, colors)
}

/** The prefix of host.json is not for proxies. */
function asFunction({ name, route, methods, isDisabled }: RunningApp['proxies'][number]): ListedFunction {
  return {
    name,
    isDisabled,
    routePrefix: '',
    trigger: { name: 'req', type: 'httpTrigger', direction: 'in', dataType: 'undefined', route, methods },
  }
}

const everyAddress = new Set(['*', '+', '0.0.0.0', '::', '[::]'])

/** Where a browser on this machine reaches an app that listens on `address`. */
export function appBaseUrl(scheme: 'http' | 'https', address: string | undefined, port: number): string {
  const host = address === undefined || everyAddress.has(address) ? 'localhost' : address
  return `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
}
