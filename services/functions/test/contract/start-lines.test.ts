import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
after(() => host.close())

const lines = (app: Awaited<ReturnType<typeof host.startApp>>) =>
  app.log
    .all(/^Initializing function HTTP routes|^Host initialized|^Host started|^Job host started/)
    .map(({ message }) => message.replace(/\d+ms/, 'Nms'))

const started = ['Host initialized (Nms)', 'Host started (Nms)', 'Job host started']

test('the log says how the app was loaded, and where its functions are, at the start and after a reload', async () => {
  const app = await host.startApp({
    files: {
      'package.json': { main: 'app.js' },
      'app.js': `
        const { app } = require('@azure/functions')
        app.http('one', { methods: ['GET', 'POST'], route: 'items/{id}', handler: () => ({}) })
        app.timer('tick', { schedule: '0 0 0 1 1 *', handler() {} })`,
      'proxies.json': { proxies: { front: { matchCondition: { route: '/pets' } } } },
    },
    host: { extensions: { http: { routePrefix: 'v1' } } },
  })
  const routes = [
    'Initializing function HTTP routes',
    "Mapped proxy route 'pets' [all] to 'front'",
    "Mapped function route 'v1/items/{id}' [get,post] to 'one'",
  ].join('\n')
  assert.deepEqual(lines(app), [routes, ...started])
  await app.running.restart()
  assert.deepEqual(lines(app), [routes, ...started, routes, ...started])
})

test('an app without HTTP functions has no routes', async () => {
  const app = await host.startApp({
    files: {
      'package.json': { main: 'app.js' },
      'app.js': `require('@azure/functions').app.timer('tick', { schedule: '0 0 0 1 1 *', handler() {} })`,
    },
  })
  assert.deepEqual(lines(app), ['Initializing function HTTP routes\nNo HTTP routes mapped', ...started])
})
