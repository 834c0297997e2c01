import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../contract/raw-http.ts'
import { text } from '../http/fixture.ts'
import { mock, startProxies } from './fixture.ts'

test('a proxy without a back end answers 200 with nothing', async () => {
  await using at = await startProxies({ proxies: { p: mock('/x') } })
  const answer = await send(`${at.url}/x`, { method: 'POST', body: 'ignored' })
  assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [200, '', '0'])
})

test('overrides make the whole answer', async () => {
  await using at = await startProxies({
    proxies: {
      p: mock('/hello/{name}', {
        'response.statusCode': 201,
        'response.statusReason': 'Hi {name}',
        'response.headers.Content-Type': 'text/x-greeting',
        'response.headers.X-Asked': '{request.method} {request.querystring.Q} {request.headers.x-from}',
        'response.headers.X-Empty': '',
        'response.headers.Content-Length': '888',
        'response.body': 'Hello, {name} from %PLACE%',
      }),
    },
    settings: { PLACE: 'Oslo' },
  })
  const response = await fetch(`${at.url}/hello/Zo%C3%AB?q=1`, { headers: { 'X-From': 'me' } })
  assert.deepEqual([response.status, response.statusText], [201, 'Hi Zoë'])
  assert.equal(await response.text(), 'Hello, Zoë from Oslo')
  assert.equal(response.headers.get('content-type'), 'text/x-greeting')
  assert.equal(response.headers.get('x-asked'), 'GET 1 me')
  assert.equal(response.headers.get('x-empty'), null)
})

test('a body says what it is: text as text, JSON as JSON', async () => {
  await using at = await startProxies({
    proxies: {
      text: mock('/text', { 'response.body': '{"test":"{{{b}}}{{123}}{1}"}' }),
      object: mock('/object/{id}', { 'response.body': { id: '{id}', list: [1, { a: null }] } }),
      list: mock('/list', { 'response.body': [{ id: 1 }] }),
    },
  })
  const bodyOf = async (path: string) => {
    const response = await fetch(at.url + path)
    return [response.headers.get('content-type'), await response.text()]
  }
  assert.deepEqual(await bodyOf('/text'), ['text/plain; charset=utf-8', '{"test":"{}{123}"}'])
  const json = 'application/json; charset=utf-8'
  assert.deepEqual(await bodyOf('/object/7'), [json, '{"id":"7","list":[1,{"a":null}]}'])
  assert.deepEqual(await bodyOf('/list'), [json, '[{"id":1}]'])
})

test('proxies come before functions and the homepage, the first by name before the others', async () => {
  await using at = await startProxies({
    proxies: {
      b: mock('/{*all}', { 'response.body': 'b' }, { matchCondition: { route: '/api/{*all}' } }),
      A: mock('/api/f', { 'response.body': 'A' }),
      root: mock('/', { 'response.body': 'Root' }),
    },
    functions: { f: { code: () => text('f') }, g: { trigger: { route: 'g' }, code: () => text('g') } },
  })
  const bodyOf = async (path: string) => (await fetch(at.url + path)).text()
  assert.deepEqual(await Promise.all(['/api/f', '/api/g', '/'].map(bodyOf)), ['A', 'b', 'Root'])
})

test('host.json routePrefix is no part of routes, and any file extension is', async () => {
  await using at = await startProxies({
    proxies: { p: mock('files/{*path}', { 'response.body': '{path}' }) },
    http: { routePrefix: 'v1' },
  })
  assert.equal(await (await fetch(`${at.url}/files/a/test.aspx`)).text(), 'a/test.aspx')
  assert.equal((await fetch(`${at.url}/v1/files/a`)).status, 404)
})

test('a method that is not listed is not the proxy’s', async () => {
  await using at = await startProxies({
    proxies: { p: mock('', {}, { matchCondition: { route: '/x', methods: ['POST', 'put'] } }) },
  })
  const statusOf = async (method: string) => (await fetch(`${at.url}/x`, { method })).status
  assert.deepEqual(await Promise.all(['POST', 'PUT', 'GET'].map(statusOf)), [200, 200, 404])
})

test('a disabled proxy keeps its route and answers 404', async () => {
  await using at = await startProxies({
    proxies: { p: mock('/api/f', {}, { disabled: true }) },
    functions: { f: { code: () => text('f') } },
  })
  const response = await fetch(`${at.url}/api/f`)
  assert.deepEqual([response.status, await response.text()], [404, ''])
  assert.deepEqual(at.telemetry, [])
})

test('the admin API and webhooks cannot be covered', async () => {
  await using at = await startProxies({ proxies: { p: mock('/{*all}', { 'response.body': 'mine' }) } })
  const statusOf = async (path: string) => (await fetch(at.url + path)).status
  assert.deepEqual(
    await Promise.all(['/admin/x', '/runtime/webhooks/x', '/administrator'].map(statusOf)),
    [404, 404, 200],
  )
})

test('routes and queries may be long', async () => {
  const route = `/${'test1234'.repeat(100)}`
  await using at = await startProxies({
    proxies: { long: mock(route), root: mock('/', { 'response.body': '{request.querystring.q}' }) },
  })
  assert.equal((await fetch(at.url + route)).status, 200)
  const q = 'test1234'.repeat(500)
  assert.equal(await (await fetch(`${at.url}/?q=${q}`)).text(), q)
})

test('HEAD has the length and no body; 304 has a content type only for HEAD', async () => {
  const headers = { 'response.headers.Content-Type': 'fake/custom', 'response.headers.Test': 'test' }
  await using at = await startProxies({
    proxies: {
      ok: mock('/ok', { ...headers, 'response.body': 'four' }),
      same: mock('/same', { ...headers, 'response.statusCode': '304', 'response.body': 'four' }),
    },
  })
  const ask = async (method: string, path: string) => {
    const answer = await send(at.url + path, { method })
    const { 'content-type': type, 'content-length': length, test: own } = answer.headers
    return [answer.status, answer.text, type, length, own]
  }
  assert.deepEqual(await ask('HEAD', '/ok'), [200, '', 'fake/custom', '4', 'test'])
  assert.deepEqual(await ask('HEAD', '/same'), [304, '', 'fake/custom', undefined, 'test'])
  assert.deepEqual(await ask('GET', '/same'), [304, '', undefined, undefined, 'test'])
})

test('values of a request cannot break out of a header', async () => {
  await using at = await startProxies({
    proxies: {
      p: mock('/x', {
        'response.headers.X-Q': '<{request.querystring.q}>',
        'response.statusReason': '{request.querystring.q}',
      }),
    },
  })
  const answer = await send(`${at.url}/x?q=a%0d%0aSet-Cookie:%20b%00%F0%9F%9A%A2`)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal(answer.headers['x-q'], Buffer.from('<aSet-Cookie: b🚢>').toString('latin1'))
})

test('a status made of what is no number stays as it was', async () => {
  await using at = await startProxies({
    proxies: { p: mock('/x/{code}', { 'response.statusCode': '{code}' }) },
  })
  const statusOf = async (code: string) => (await fetch(`${at.url}/x/${code}`)).status
  assert.deepEqual(await Promise.all(['418', '100', '99999', 'abc'].map(statusOf)), [418, 200, 200, 200])
})

test('customHeaders of host.json, CORS and limits hold for proxies', async () => {
  await using at = await startProxies({
    proxies: { p: mock('/x', { 'response.headers.X-Own': 'proxy' }) },
    http: { customHeaders: { 'X-Own': 'host', 'X-Host': 'host' }, maxOutstandingRequests: 0 },
    cors: { origins: ['https://shop.example.com'], allowCredentials: false },
  })
  const refused = await fetch(`${at.url}/x`)
  assert.deepEqual([refused.status, refused.headers.get('x-host')], [429, 'host'])

  await using free = await startProxies({
    proxies: { p: mock('/x', { 'response.headers.X-Own': 'proxy' }) },
    http: { customHeaders: { 'X-Own': 'host', 'X-Host': 'host' } },
    cors: { origins: ['https://shop.example.com'], allowCredentials: false },
  })
  const { headers } = await fetch(`${free.url}/x`, { headers: { origin: 'https://shop.example.com' } })
  assert.deepEqual(
    [headers.get('x-own'), headers.get('x-host'), headers.get('access-control-allow-origin')],
    ['proxy', 'host', 'https://shop.example.com'],
  )
})

test('a proxy is logged and counted like a function', async () => {
  await using at = await startProxies({ proxies: { hello: mock('/x', { 'response.statusCode': '202' }) } })
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await fetch(`${at.url}/x?a=1`, { headers: { traceparent: parent } })
  const [record] = at.telemetry
  assert.deepEqual(
    { ...record, invocationId: 'id', spanId: 'span', startTime: 0, durationMs: 0 },
    {
      app: 'shop',
      functionName: 'hello',
      invocationId: 'id',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'span',
      parentSpanId: 'b7ad6b7169203331',
      trigger: 'httpTrigger',
      startTime: 0,
      durationMs: 0,
      success: true,
      resultCode: '202',
      url: `${at.url}/x?a=1`,
      error: undefined,
    },
  )
  const reason = 'This function was programmatically called via the host APIs.'
  assert.deepEqual(
    at.logged.filter(({ category }) => category === 'Function.hello').map(({ message }) => message),
    [
      `Executing 'Functions.hello' (Reason='${reason}', Id=${record?.invocationId})`,
      `Executed 'Functions.hello' (Succeeded, Id=${record?.invocationId}, Duration=0ms)`,
    ],
  )
})
