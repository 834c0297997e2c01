import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { loadFolder } from './app-folder.ts'

type Test = Parameters<typeof loadFolder>[0]

const description = { defaultExecutablePath: 'handler' }
const custom = { FUNCTIONS_WORKER_RUNTIME: 'custom' }

const load = (t: Test, host: object | string, environment: Record<string, string> = {}) => {
  const file = typeof host === 'string' ? host : { version: '2.0', ...host }
  return loadFolder(t, { 'host.json': file }, { environment: { ...custom, ...environment } })
}
const handlerOf = async (t: Test, host: object | string, environment?: Record<string, string>) =>
  (await load(t, host, environment)).host.customHandler
const problemOf = async (t: Test, host: object | string, environment?: Record<string, string>) => {
  const thrown = await load(t, host, environment).catch((error: unknown) => error)
  assert.ok(thrown instanceof UserError, `expected a UserError, not ${String(thrown)}`)
  return thrown
}

test('a handler that is only named has the documented defaults', async (t) => {
  const { location, ...handler } = (await handlerOf(t, { customHandler: { description } })) ?? {}
  assert.equal(location?.file, 'host.json')
  assert.deepEqual(handler, {
    executable: 'handler',
    place: `host.json (line 1, column ${location?.column})`,
    arguments: [],
    workerPath: undefined,
    workerArguments: [],
    workerDirectory: '',
    workingDirectory: '',
    startTimeoutMs: 30_000,
    port: undefined,
    forwarding: 'none',
    routes: [],
  })
})

test('everything that the section can say is read, in any case', async (t) => {
  const handler = await handlerOf(t, {
    CustomHandler: {
      Description: {
        DefaultExecutablePath: 'node',
        DefaultWorkerPath: 'server.js',
        WorkingDirectory: 'app',
        workerDirectory: 'bin',
        arguments: ['--inspect', 9229],
        workerArguments: ['-v'],
      },
      initializationTimeout: '00:01:00',
      port: '8000',
      enableForwardingHttpRequest: true,
    },
  })
  assert.equal(handler?.workerPath, 'server.js')
  assert.deepEqual(handler.arguments, ['--inspect', '9229'])
  assert.deepEqual(handler.workerArguments, ['-v'])
  assert.deepEqual([handler.workingDirectory, handler.workerDirectory], ['app', 'bin'])
  assert.deepEqual([handler.startTimeoutMs, handler.port], [60_000, 8000])
  assert.equal(handler.forwarding, 'asSent')
})

test('proxying requests is forwarding them as they were sent, too', async (t) => {
  const handler = await handlerOf(t, { customHandler: { description, enableProxyingHttpRequest: 'true' } })
  assert.equal(handler?.forwarding, 'asSent')
})

test('the older section httpWorker forwards by name, and is warned of', async (t) => {
  const app = await load(t, { httpWorker: { description } })
  assert.equal(app.host.customHandler?.forwarding, 'byName')
  assert.match(app.warnings.join(), /'httpWorker' of host\.json is deprecated; use 'customHandler'/)
})

test('of both sections customHandler counts', async (t) => {
  const old = { description: { defaultExecutablePath: 'old' } }
  const app = await load(t, { httpWorker: old, customHandler: { description } })
  assert.equal(app.host.customHandler?.executable, 'handler')
  assert.equal(app.host.customHandler.forwarding, 'none')
  assert.match(app.warnings.join(), /'customHandler' takes precedence/)
})

test('app settings override the section, arguments as the text of an array', async (t) => {
  const handler = await handlerOf(
    t,
    { customHandler: { description: { ...description, arguments: ['a'] } } },
    {
      AzureFunctionsJobHost__customHandler__description__defaultExecutablePath: 'other',
      AzureFunctionsJobHost__customHandler__description__arguments: '["b", "c"]',
    },
  )
  assert.equal(handler?.executable, 'other')
  assert.deepEqual(handler.arguments, ['b', 'c'])
})

test('routes have the level of their own, or the default one', async (t) => {
  const routes = [{ route: '{*path}' }, { route: 'admin-area/{id}', authorizationLevel: 'Admin' }]
  const of = async (http: object) => (await handlerOf(t, { customHandler: { description, http } }))?.routes
  assert.deepEqual(await of({ routes }), [
    { route: '{*path}', authLevel: 'function' },
    { route: 'admin-area/{id}', authLevel: 'admin' },
  ])
  const open = await of({ DefaultAuthorizationLevel: 'anonymous', routes })
  assert.deepEqual(open?.[0], { route: '{*path}', authLevel: 'anonymous' })
})

test('an app of the runtime custom without a handler is told where to name it', async (t) => {
  for (const host of [{}, { customHandler: {} }]) {
    const { message, hint } = await problemOf(t, host)
    assert.match(
      message,
      /^host\.json \(line 1, column 1\): 'customHandler\.description\.defaultExecutablePath' is missing/,
    )
    assert.match(hint ?? '', /"customHandler": \{ "description"/)
  }
})

for (const [what, section, expected] of [
  [
    'no description',
    { port: 1 },
    /^host\.json \(line 3, column 20\): 'customHandler\.description\.defaultExec/,
  ],
  [
    'no executable',
    { description: { arguments: [] } },
    /'customHandler\.description\.defaultExecutablePath' is/,
  ],
  ['a section that is text', 'handler', /'customHandler' must be an object, but is "handler"/],
  [
    'arguments that are text',
    { description: { ...description, arguments: '-x' } },
    /arguments' must be an array/,
  ],
  [
    'nested arguments',
    { description: { ...description, arguments: [[]] } },
    /arguments' must be an array of str/,
  ],
  ['an odd switch', { description, enableForwardingHttpRequest: 'yes' }, /Request' must be true or false/],
  [
    'a port out of range',
    { description, port: 70_000 },
    /'customHandler\.port' must be a whole number between/,
  ],
  [
    'an odd level',
    { description, http: { defaultAuthorizationLevel: 'all' } },
    /must be one of anonymous, fun/,
  ],
  [
    'a route without one',
    { description, http: { routes: [{}] } },
    /routes\.0' must be an object with a route/,
  ],
] as const) {
  test(`${what}: said with the key and its line`, async (t) => {
    const host = `{\n  "version": "2.0",\n  "customHandler": ${JSON.stringify(section)}\n}`
    const { message } = await problemOf(t, host)
    assert.match(message, expected)
    assert.match(message, /^host\.json \(line 3, column \d+\): /)
  })
}

test('routes beside folders are refused: only one of both can say what the functions are', async (t) => {
  const http = { routes: [{ route: '{*path}' }] }
  const files = {
    'host.json': { version: '2.0', customHandler: { description, http } },
    'A/function.json': { bindings: [] },
  }
  await assert.rejects(
    loadFolder(t, files, { environment: custom }),
    /customHandler\.http\.routes.*function\.json: A\./,
  )
})

test('the profile mcp-custom-handler sends every request to the handler', async (t) => {
  const { host } = await load(t, {
    configurationProfile: 'MCP-Custom-Handler',
    customHandler: { description },
  })
  assert.equal(host.customHandler?.forwarding, 'asSent')
  assert.deepEqual(host.customHandler.routes, [{ route: '{*route}', authLevel: 'function' }])
  assert.equal(host.http.routePrefix, '')
})

test('what the file says goes before its profile', async (t) => {
  const { host } = await load(t, {
    configurationProfile: 'mcp-custom-handler',
    customHandler: { description, enableProxyingHttpRequest: false, http: { routes: [{ route: 'mcp' }] } },
    extensions: { http: { routePrefix: 'v1' } },
  })
  assert.equal(host.customHandler?.forwarding, 'none')
  assert.deepEqual(host.customHandler.routes, [{ route: 'mcp', authLevel: 'function' }])
  assert.equal(host.http.routePrefix, 'v1')
})

test('a profile that does not exist is refused; the default one changes nothing', async (t) => {
  const { message } = await problemOf(t, { configurationProfile: 'fast', customHandler: { description } })
  assert.match(message, /'configurationProfile' must be one of default, mcp-custom-handler, but is "fast"\.$/)
  const { host } = await load(t, { configurationProfile: 'default', customHandler: { description } })
  assert.deepEqual(host.customHandler?.routes, [])
})
