import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { HttpListener, type Route, type RouteHooks, routeHandler, sendJson, sendText } from '@aloft/kernel'
import { connectRaw } from './raw-client.ts'

const routes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/items/{id}',
    operation: 'GetItem',
    handler: ({ response, params, query }) => sendJson(response, 200, { ...params, view: query.get('view') }),
  },
  {
    method: ['PUT', 'PATCH'],
    pattern: '/items/{id}',
    operation: 'PutItem',
    handler: async () => {
      throw new Error('full')
    },
  },
]

test('a request reaches its route with parameters and query', async (t) => {
  const base = await serve(t)
  const response = await fetch(`${base}/Items/a%20b?view=all&view=none`)
  assert.deepEqual(await response.json(), { id: 'a b', view: 'all' })
})

test('what a handler throws is rendered by the service', async (t) => {
  const base = await serve(t)
  const response = await fetch(`${base}/items/1`, { method: 'PUT' })
  assert.deepEqual([response.status, await response.text()], [507, 'full'])
})

test('other methods are told the allowed ones, other paths are not found', async (t) => {
  const base = await serve(t)
  const wrongMethod = await fetch(`${base}/items/1`, { method: 'DELETE' })
  assert.deepEqual([wrongMethod.status, wrongMethod.headers.get('allow')], [405, 'GET, PUT, PATCH'])
  assert.equal((await fetch(`${base}/nothing`)).status, 404)
  assert.equal((await fetch(`${base}/items/%zz`)).status, 400)
})

test('a service may answer for what it has not', async (t) => {
  const base = await serve(t, {
    notFound: (_request, response) => sendText(response, 404, 'no such thing'),
    methodNotAllowed: (_request, response, allowed) => sendText(response, 405, `not ${allowed.length}`),
  })
  assert.equal(await (await fetch(`${base}/nothing`)).text(), 'no such thing')
  assert.equal(await (await fetch(`${base}/items/1`, { method: 'DELETE' })).text(), 'not 3')
})

test('what runs before the handler may refuse', async (t) => {
  const base = await serve(t, {
    before: async ({ route, request }) => {
      if (route.operation === 'GetItem' && !request.headers.authorization) throw new Error('who are you')
    },
  })
  assert.equal(await (await fetch(`${base}/items/1`)).text(), 'who are you')
  assert.equal((await fetch(`${base}/items/1`, { headers: { authorization: 'me' } })).status, 200)
})

test('the absolute form of a target, as proxies are sent it, is understood', async (t) => {
  const base = await serve(t)
  const client = await connectRaw(Number(new URL(base).port))
  client.send('GET http://example.com/items/7?view=x HTTP/1.1\r\nHost: example.com\r\n\r\n')
  await client.until('{"id":"7","view":"x"}')
  client.socket.destroy()
})

async function serve(t: TestContext, hooks: Partial<RouteHooks<Route>> = {}): Promise<string> {
  const failed: RouteHooks<Route>['failed'] = (error, _request, response) =>
    sendText(response, 507, (error as Error).message)
  const listener = await HttpListener.open({ port: 0, handler: routeHandler(routes, { failed, ...hooks }) })
  t.after(() => listener.close({ graceMs: 0 }))
  return `http://127.0.0.1:${listener.port}`
}
