/** Apps whose server is `fixtures/handler.mjs`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostUnderTest, TestApp } from '../contract/app-under-test.ts'

export const handlerFile = join(import.meta.dirname, 'fixtures/handler.mjs')

/** Bindings of an HTTP function; `methods` absent = all. */
export const http = (trigger: object = {}): object[] => [
  { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous', ...trigger },
  { type: 'http', direction: 'out', name: 'res' },
]

export interface HandlerApp extends Omit<TestApp, 'host' | 'fixture'> {
  /** Bindings by function. */
  readonly functions: Readonly<Record<string, readonly object[]>>
  /** Arguments of the handler. */
  readonly arguments?: readonly string[]
  /** More of host.json `customHandler`. */
  readonly handler?: object
  /** More of host.json. */
  readonly host?: object
}

/** Starts an app with `handler.mjs` in its folder, run by this Node.js. */
export function startHandlerApp(host: HostUnderTest, app: HandlerApp) {
  return handlerApp(app).then((testApp) => host.startApp(testApp))
}

async function handlerApp(app: HandlerApp): Promise<TestApp> {
  const { functions, handler = {}, host = {}, files = {}, settings = {} } = app
  const description = {
    defaultExecutablePath: process.execPath,
    arguments: ['handler.mjs', ...(app.arguments ?? [])],
  }
  const folders = Object.entries(functions).map(([name, bindings]) => [`${name}/function.json`, { bindings }])
  return {
    ...app,
    host: { customHandler: { description, ...handler }, ...host },
    settings: { FUNCTIONS_WORKER_RUNTIME: 'custom', ...settings },
    files: { 'handler.mjs': await readFile(handlerFile, 'utf8'), ...Object.fromEntries(folders), ...files },
  }
}
