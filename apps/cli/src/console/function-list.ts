/**
 * The `Functions:` block of `func start`. Editors and test suites read addresses out of it, so its form is an
 * interface: one tab, `name: [METHODS] URL` or `name: type`, an empty line after each.
 * Source: azure-functions-core-tools `DisplayFunctionsInfoUtilities`.
 */
import type { FunctionDefinition } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'

/** What the block shows of a function. */
export interface ListedFunction extends Pick<FunctionDefinition, 'name' | 'trigger' | 'isDisabled'> {
  /** Of this function alone. @default that of the app */
  readonly routePrefix?: string
}

export interface FunctionListOptions {
  /** Where the app answers, e.g. `http://localhost:7071`. */
  readonly baseUrl: string
  /** host.json `extensions.http.routePrefix`. */
  readonly routePrefix: string
}

/** The block as text that ends in a line break; empty when there are no functions. */
export function renderFunctionList(
  functions: readonly ListedFunction[],
  options: FunctionListOptions,
  colors: Colors,
): string {
  const enabled = functions.filter(({ isDisabled }) => !isDisabled)
  const lines: string[] = enabled.length > 0 ? ['', colors.yellow('Functions:'), ''] : []
  for (const each of enabled.filter(isHttp)) lines.push(`\t${httpLine(each, options, colors)}`, '')
  for (const each of enabled.filter((each) => !isHttp(each)))
    lines.push(`\t${colors.yellow(`${each.name}:`)} ${each.trigger.type}`, '')
  if (enabled.some(isMcp))
    lines.push(`MCP server endpoint: ${trimSlash(options.baseUrl)}/runtime/webhooks/mcp`, '')
  for (const each of functions.filter(({ isDisabled }) => isDisabled))
    lines.push(colors.yellow(`Function ${each.name} is disabled.`))
  return lines.map((line) => `${line}\n`).join('')
}

function httpLine(
  { name, trigger, routePrefix }: ListedFunction,
  options: FunctionListOptions,
  colors: Colors,
): string {
  const address = routePrefix === undefined ? options : { ...options, routePrefix }
  const methods = methodsOf(trigger.methods)
  const shown = methods.length > 0 ? `${colors.green(`[${methods.join(',')}]`)} ` : ''
  return `${colors.yellow(`${name}:`)} ${shown}${colors.green(functionUrl(name, trigger.route, address))}`
}

/** Where an HTTP function answers; route parameters stay as they are written. */
export function functionUrl(
  name: string,
  route: unknown,
  { baseUrl, routePrefix }: FunctionListOptions,
): string {
  const path = typeof route === 'string' ? route : name
  const prefix = routePrefix.replace(/^\/+|\/+$/g, '')
  return [trimSlash(baseUrl).replace('//0.0.0.0', '//localhost'), prefix, path.replace(/^\/+/, '')]
    .filter((part, index) => index === 2 || part !== '')
    .join('/')
}

function methodsOf(methods: unknown): string[] {
  const list = Array.isArray(methods) ? methods : typeof methods === 'string' ? methods.split(',') : []
  return list.map((method) => String(method).trim().toUpperCase()).filter((method) => method !== '')
}

function isHttp({ trigger }: ListedFunction): boolean {
  return trigger.type.toLowerCase() === 'httptrigger'
}

function isMcp({ trigger }: ListedFunction): boolean {
  return trigger.type.toLowerCase().startsWith('mcp')
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
