/** What is printed of an app once it runs. */
import type { RunningApp } from '@aloft/functions'
import { renderFunctionList } from '../console/function-list.ts'
import type { Colors } from '../terminal.ts'

/** The functions with their addresses. */
export function renderApp(
  { functions, configuration }: Pick<RunningApp, 'functions' | 'configuration'>,
  baseUrl: string,
  colors: Colors,
): string {
  return renderFunctionList(functions, { baseUrl, routePrefix: configuration.host.http.routePrefix }, colors)
}

const everyAddress = new Set(['*', '+', '0.0.0.0', '::', '[::]'])

/** Where a browser on this machine reaches an app that listens on `address`. */
export function appBaseUrl(scheme: 'http' | 'https', address: string | undefined, port: number): string {
  const host = address === undefined || everyAddress.has(address) ? 'localhost' : address
  return `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
}
