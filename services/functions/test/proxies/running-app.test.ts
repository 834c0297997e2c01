import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { HostUnderTest } from '../contract/app-under-test.ts'
import { forward, mock } from './fixture.ts'

const host = await HostUnderTest.open()
after(() => host.close())

const functionsFile = `
const { app } = require('@azure/functions')
app.http('hello', {
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  route: 'hello/{name?}',
  handler: async (request) => ({
    jsonBody: { url: request.url, name: request.params.name, accept: request.headers.get('accept'), body: await request.text() },
  }),
})
app.timer('nightly', { schedule: '0 0 3 1 1 *', handler: () => {} })
`
const files = {
  'package.json': { main: 'functions.js' },
  'functions.js': functionsFile,
}
const proxies = {
  greet: forward('/greet/{who}', 'https://localhost/api/hello/{who}?from=proxy', {
    requestOverrides: { 'backend.request.headers.accept': 'text/plain' },
    responseOverrides: { 'response.headers.X-Facade': 'greet' },
  }),
  'health check': mock('/health', { 'response.body': { state: 'up' } }, { debug: true }),
  off: mock('/off', {}, { disabled: true, matchCondition: { route: '/off', methods: ['GET'] } }),
}

test('a proxy in front of a real function, with real workers', async () => {
  const app = await host.startApp({ files: { ...files, 'proxies.json': { proxies } } })
  const response = await fetch(`${app.url}/greet/Ada?b=1`, { method: 'POST', body: 'content' })
  assert.deepEqual([response.status, response.headers.get('x-facade')], [200, 'greet'])
  assert.deepEqual(await response.json(), {
    url: 'https://localhost/api/hello/Ada?from=proxy&b=1',
    name: 'Ada',
    accept: 'text/plain',
    body: 'content',
  })
  await app.close()
})

test('the same with enableHttpStream', async () => {
  const streaming = functionsFile.replace(
    "app.http('hello'",
    "app.setup({ enableHttpStream: true })\napp.http('hello'",
  )
  const app = await host.startApp({
    files: { ...files, 'functions.js': streaming, 'proxies.json': { proxies } },
  })
  const response = await fetch(`${app.url}/greet/Ada?b=1`, { method: 'POST', body: 'content' })
  assert.equal(response.headers.get('x-facade'), 'greet')
  assert.deepEqual(await response.json(), {
    url: 'https://localhost/api/hello/Ada?from=proxy&b=1',
    name: 'Ada',
    accept: 'text/plain',
    body: 'content',
  })
  await app.close()
})

test('proxies are listed for the command line, and as functions by the admin API when asked for', async () => {
  const app = await host.startApp({ files: { ...files, 'proxies.json': { proxies } } })
  assert.deepEqual(
    app.running.proxies.map(({ name, route, methods, isDisabled }) => ({ name, route, methods, isDisabled })),
    [
      { name: 'greet', route: 'greet/{who}', methods: undefined, isDisabled: false },
      { name: 'healthcheck', route: 'health', methods: undefined, isDisabled: false },
      { name: 'off', route: 'off', methods: ['GET'], isDisabled: true },
    ],
  )
  const list = async (query: string) =>
    (await (await fetch(`${app.url}/admin/functions${query}`)).json()) as { name: string; isProxy: boolean }[]
  const names = (await list('')).map(({ name }) => name)
  assert.deepEqual(names, ['hello', 'nightly'])
  const all = await list('?includeProxies=true')
  assert.deepEqual(
    all.map(({ name, isProxy }) => [name, isProxy]),
    [
      ['greet', true],
      ['healthcheck', true],
      ['hello', false],
      ['nightly', false],
      ['off', true],
    ],
  )
  const base = `https://localhost:${app.running.port}`
  assert.deepEqual(all.at(-1), {
    name: 'off',
    script_root_path_href: null,
    script_href: null,
    config_href: null,
    test_data_href: null,
    href: `${base}/admin/functions/off`,
    invoke_url_template: `${base}/off`,
    language: null,
    config: {
      name: 'off',
      bindings: [
        {
          authLevel: 'anonymous',
          name: 'req',
          type: 'httptrigger',
          direction: 'in',
          route: 'off',
          methods: ['GET'],
        },
      ],
    },
    files: null,
    test_data: '',
    isDisabled: true,
    isDirect: false,
    isProxy: true,
  })
  await app.close()
})

test('a trace is read at its location', async () => {
  const app = await host.startApp({ files: { ...files, 'proxies.json': { proxies } } })
  const { headers } = await fetch(`${app.url}/health`)
  const trace = (await (await fetch(headers.get('proxy-trace-location')!)).json()) as { proxy: string }
  assert.equal(trace.proxy, 'healthcheck')
  assert.equal((await fetch(`${app.url}/admin/proxies/traces/none`)).status, 404)
  await app.close()
})

test('an app of proxies alone runs', async () => {
  const app = await host.startApp({
    files: { 'proxies.json': { proxies: { health: proxies['health check'] } } },
  })
  assert.deepEqual(await (await fetch(`${app.url}/health`)).json(), { state: 'up' })
  assert.deepEqual(app.log.all('No job functions found'), [])
  await app.close()
})

test('a broken file is one error, and the functions work', async () => {
  const app = await host.startApp({ files: { ...files, 'proxies.json': '{\n "proxies": {,}\n}' } })
  assert.equal((await app.fetch('hello')).status, 200)
  assert.equal(app.log.all(({ level }) => level === 'error').length, 1)
  const [problem] = app.running.problems
  assert.match(problem?.message ?? '', /^proxies\.json \(line 2, column \d+\) is not valid JSON/)
  await app.close()
})

test('changed proxies come into force, broken ones leave the old ones, removed ones go', async () => {
  const app = await host.startApp({
    files: { ...files, 'proxies.json': { proxies } },
    start: { isWatching: true },
  })
  const reloaded = () => new Promise<void>((resolve) => app.running.onReload(resolve))
  const bodyOf = async (path: string) => (await fetch(app.url + path)).text()

  const changed = reloaded()
  await app.write('proxies.json', { proxies: { health: mock('/health', { 'response.body': 'changed' }) } })
  await changed
  assert.equal(await bodyOf('/health'), 'changed')

  await app.write('proxies.json', '{ "proxies": ')
  await app.log.find(/The app was not loaded again: proxies\.json \(line 1, column \d+\) is not valid JSON/)
  assert.equal(await bodyOf('/health'), 'changed')

  const removed = reloaded()
  await rm(join(app.rootDirectory, 'proxies.json'))
  await removed
  assert.equal((await fetch(`${app.url}/health`)).status, 404)
  assert.equal((await app.fetch('hello')).status, 200)
  await app.close()
})
