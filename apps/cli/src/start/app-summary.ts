/** What is printed of an app once it runs. */
import type { RunningApp } from '@aloft/functions'
import { renderFunctionList } from '../console/function-list.ts'
import type { Colors } from '../terminal.ts'

/** What the summary needs of a running app. */
export type SummarizedApp = Pick<RunningApp, 'functions' | 'problems' | 'port'> & {
  readonly configuration: {
    readonly host: { readonly http: { readonly routePrefix: string } }
    readonly context: { readonly rootDirectory: string }
  }
}

/** The functions with their addresses, then what did not load. */
export function renderApp(app: SummarizedApp, baseUrl: string, colors: Colors): string {
  const { routePrefix } = app.configuration.host.http
  const list = renderFunctionList(app.functions, { baseUrl, routePrefix }, colors)
  if (app.functions.length > 0 || app.problems.length > 0) return list
  const { rootDirectory } = app.configuration.context
  return `${list}${colors.yellow(`No functions were found in ${rootDirectory}.`)} 'aloft doctor' looks for the reason.\n`
}

const everyAddress = new Set(['*', '+', '0.0.0.0', '::', '[::]'])

/** Where a browser on this machine reaches an app that listens on `address`. */
export function appBaseUrl(scheme: 'http' | 'https', address: string | undefined, port: number): string {
  const host = address === undefined || everyAddress.has(address) ? 'localhost' : address
  return `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
}
