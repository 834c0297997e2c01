import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { RpcHttp } from '@aloft/wire'
import type { HttpInvoker, KeyRing } from '../../src/contracts.ts'
import { send } from '../contract/raw-http.ts'
import { forwardTarget, type TestFunction, text } from '../http/fixture.ts'
import { echo, forward, mock, startBackEnd, startProxies, unusedPort } from './fixture.ts'

/** Answers with what it was asked. */
const see = (http: RpcHttp) => ({
  http: {
    statusCode: '200',
    headers: { 'X-Seen-Accept': http.headers?.accept ?? 'none' },
    body: {
      string: [
        http.method,
        http.url,
        JSON.stringify(http.params),
        Buffer.from(http.body?.bytes ?? []).toString(),
      ].join(' '),
    },
  },
})

const functions: Readonly<Record<string, TestFunction>> = {
  Ping: { code: () => text('Pong') },
  PingAuth: { trigger: { authLevel: 'function' }, code: () => text('Pong') },
  PingRoute: { trigger: { route: 'myroute/{sub}' }, code: see },
}

async function bodyOf(url: string, init?: RequestInit): Promise<string> {
  return (await fetch(url, init)).text()
}

test('localhost is the app itself, with any protocol and without a socket', async () => {
  await using at = await startProxies({
    proxies: {
      a: forward('/a', 'https://localhost/api/Ping'),
      b: forward('/b', 'http://localhost/api/Ping'),
    },
    functions,
  })
  assert.deepEqual([await bodyOf(`${at.url}/a`), await bodyOf(`${at.url}/b`)], ['Pong', 'Pong'])
})

test('the app’s own host name and port are the app too', async () => {
  await using at = await startProxies({
    proxies: { p: forward('/p', 'https://%WEBSITE_HOSTNAME%/api/Ping') },
    functions,
    settings: { WEBSITE_HOSTNAME: 'Shop.example.com' },
  })
  assert.equal(await bodyOf(`${at.url}/p`), 'Pong')
})

test('a function sees the address of the call, the changed request and its own route values', async () => {
  await using at = await startProxies({
    proxies: {
      p: forward('/out/{name}', 'https://localhost/api/myroute/{name}?a=1', {
        requestOverrides: {
          'backend.request.method': 'PUT',
          'backend.request.headers.Accept': 'text/plain',
          'backend.request.headers.Content-Length': '1',
          'backend.request.querystring.b': '{request.headers.x-b}',
        },
      }),
    },
    functions,
  })
  const response = await fetch(`${at.url}/out/Stra%C3%9Fe?c=3`, {
    method: 'POST',
    headers: { 'X-B': '2', Accept: 'text/html' },
    body: 'content',
  })
  assert.equal(
    await response.text(),
    'PUT https://localhost/api/myroute/Stra%C3%9Fe?a=1&c=3&b=2 {"sub":"Straße"} content',
  )
  assert.equal(response.headers.get('x-seen-accept'), 'text/plain')
})

test('a trailing slash is kept by {*rest} alone', async () => {
  const seen = 'http://localhost/api/myroute/sub'
  await using at = await startProxies({
    proxies: {
      constant: forward('constant/{*path}', 'http://localhost/api/myroute/sub?a=1'),
      simple: forward('simple/myroute/{path}', 'http://localhost/api/myroute/{path}?a=1'),
      wildcard: forward('wildcard/{*path}', 'http://localhost/api/{path}?a=1'),
    },
    functions,
  })
  const urlOf = async (path: string) => (await bodyOf(at.url + path)).split(' ')[1]
  assert.equal(await urlOf('/constant/blah/'), `${seen}?a=1`)
  assert.equal(await urlOf('/simple/myroute/sub/'), `${seen}?a=1`)
  assert.equal(await urlOf('/wildcard/myroute/sub/'), `${seen}/?a=1`)
  assert.equal(await urlOf('/wildcard/myroute/sub'), `${seen}?a=1`)
})

test('overrides change what a function answers', async () => {
  await using at = await startProxies({
    proxies: {
      p: forward('/p', 'http://localhost/api/answer', {
        responseOverrides: {
          'response.statusCode': '202',
          'response.statusReason': 'was {backend.response.statusCode}',
          'response.headers.X-Old': '',
          'response.headers.X-New': '{backend.response.headers.x-kept}',
          'response.body': '{"test":"{{{b}}}{{123}}{1}"}',
        },
      }),
      q: forward('/q', 'http://localhost/api/answer', {
        responseOverrides: { 'response.headers.X-New': '1' },
      }),
    },
    functions: {
      answer: {
        code: () => ({
          http: {
            statusCode: '201',
            headers: { 'X-Old': 'o', 'X-Kept': 'k', 'Content-Type': 'text/css', 'Content-Encoding': 'x' },
            body: { string: 'Pong' },
          },
        }),
      },
    },
  })
  const p = await send(`${at.url}/p`)
  assert.equal(p.text, '{"test":"{}{123}"}')
  const { 'x-old': old, 'x-new': added, 'content-type': type, 'content-encoding': encoding } = p.headers
  assert.deepEqual(
    [p.status, old, added, type, encoding],
    [202, undefined, 'k', 'text/css; charset=utf-8', undefined],
  )
  const q = await send(`${at.url}/q`)
  assert.deepEqual([q.status, q.text, q.headers['x-old'], q.headers['x-new']], [201, 'Pong', 'o', '1'])
})

test('keys of functions hold, and may come from the client or the proxy', async () => {
  const keys: KeyRing = {
    levelOf: (key, name) => (key === 'secret' && name === 'PingAuth' ? 'function' : undefined),
    isSystemKey: () => false,
  }
  await using at = await startProxies({
    proxies: {
      open: forward('/open', 'http://localhost/api/PingAuth'),
      keyed: forward('/keyed', 'http://localhost/api/PingAuth?code=%KEY%'),
      header: forward('/header', 'http://localhost/api/PingAuth', {
        requestOverrides: { 'backend.request.headers.x-functions-key': '%KEY%' },
      }),
    },
    functions,
    keys,
    isAuthEnabled: true,
    settings: { KEY: 'secret' },
  })
  const statusOf = async (path: string) => (await fetch(at.url + path)).status
  assert.deepEqual(
    await Promise.all(
      ['/open', '/open?code=no', '/open?code=secret', '/keyed', '/keyed?code=no', '/header'].map(statusOf),
    ),
    [401, 401, 200, 200, 200, 200],
  )
})

test('from inside, functions come before proxies, and then proxies call each other', async () => {
  await using at = await startProxies({
    proxies: {
      all: forward('/api/{*path}', 'https://localhost/api/{path}'),
      pr1: forward('/pr1/{*path}', 'https://localhost/pr2/{path}', {
        responseOverrides: { 'response.headers.X-1': '{backend.response.headers.x-2}1' },
      }),
      pr2: forward('/pr2/{*path}', 'https://localhost/{path}', {
        responseOverrides: { 'response.headers.X-2': '2', 'response.statusCode': '203' },
      }),
      tea: mock('/tea', { 'response.statusCode': '418', 'response.body': 'tea' }),
    },
    functions,
  })
  assert.equal(await bodyOf(`${at.url}/api/Ping`), 'Pong')
  const pong = await fetch(`${at.url}/pr1/api/Ping`)
  assert.deepEqual([pong.status, await pong.text(), pong.headers.get('x-1')], [203, 'Pong', '21'])
  const tea = await fetch(`${at.url}/pr1/tea`)
  assert.deepEqual([tea.status, await tea.text(), tea.headers.get('x-2')], [203, 'tea', '2'])
})

test('an outer proxy’s body wins over an inner one’s, and an inner one’s stays without', async () => {
  await using at = await startProxies({
    proxies: {
      inner: forward('/inner', 'http://localhost/api/Ping', {
        responseOverrides: { 'response.body': 'inner' },
      }),
      keeps: forward('/keeps', 'http://localhost/inner'),
      outer: forward('/outer', 'http://localhost/inner', { responseOverrides: { 'response.body': 'outer' } }),
    },
    functions,
  })
  assert.deepEqual([await bodyOf(`${at.url}/keeps`), await bodyOf(`${at.url}/outer`)], ['inner', 'outer'])
})

test('a proxy that leads to itself is refused after ten redirects', async () => {
  await using at = await startProxies({
    proxies: { loop: forward('/api/{*path}', 'https://localhost/api/{path}') },
    functions,
  })
  const response = await fetch(`${at.url}/api/myloop`)
  assert.equal(response.status, 400)
  assert.match(await response.text(), /^Infinite loop detected/)
  assert.equal(at.telemetry.length, 12)
  assert.ok(
    at.logged.some(({ message }) => /set AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL to true/.test(message)),
  )
})

test('eleven proxies in a row are no loop', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 11 }, (_, index) => [
      `p${index}`,
      forward(`/${index}`, `http://localhost/${index + 1}`),
    ]),
  )
  await using at = await startProxies({ proxies: { ...chain, end: mock('/11', { 'response.body': 'end' }) } })
  assert.equal(await bodyOf(`${at.url}/0`), 'end')
})

test('what the app does not have is 404, the admin API and the homepage included', async () => {
  await using at = await startProxies({
    proxies: {
      p: forward('/p/{*path}', 'http://localhost/{path}', {
        responseOverrides: { 'response.headers.X-P': '1' },
      }),
    },
    functions,
    admin: async () => ({ status: 200, headers: [], body: 'admin' }),
  })
  for (const path of ['none', 'admin/host/status', 'runtime/webhooks/x', '']) {
    const response = await fetch(`${at.url}/p/${path}`)
    assert.deepEqual([response.status, response.headers.get('x-p')], [404, '1'], path)
  }
})

test('a method that no function takes is 404', async () => {
  await using at = await startProxies({
    proxies: { p: forward('/p', 'http://localhost/api/get') },
    functions: { get: { trigger: { methods: ['get'] }, code: () => text('got') } },
  })
  const statusOf = async (method: string) => (await fetch(`${at.url}/p`, { method })).status
  assert.deepEqual([await statusOf('GET'), await statusOf('PUT')], [200, 404])
})

test('redirects of functions are passed through', async () => {
  await using at = await startProxies({
    proxies: { p: forward('/p', 'http://localhost/api/go') },
    functions: {
      go: {
        code: () => ({
          http: {
            statusCode: '302',
            headers: { Location: 'http://www.redirects-regardless.com/' },
            body: { string: 'Pong' },
          },
        }),
      },
    },
  })
  const response = await fetch(`${at.url}/p`, { redirect: 'manual' })
  assert.deepEqual(
    [response.status, response.headers.get('location'), await response.text()],
    [302, 'http://www.redirects-regardless.com/', 'Pong'],
  )
})

test('HEAD through two proxies keeps the content type of 304, GET does not', async () => {
  await using at = await startProxies({
    proxies: {
      outer: forward('/outer', 'http://localhost/inner', {
        matchCondition: { route: '/outer', methods: ['HEAD', 'GET'] },
      }),
      inner: forward('/inner', 'http://localhost/api/myroute/sub', {
        responseOverrides: {
          'response.statusCode': '304',
          'response.statusReason': 'test',
          'response.headers.Content-Type': 'fake/custom',
          'response.headers.Content-Length': '888',
          'response.headers.Test': 'test',
        },
      }),
    },
    functions,
  })
  const ask = async (method: string) => {
    const { status, text: body, headers } = await send(`${at.url}/outer`, { method })
    return [status, body, headers['content-type'], headers['content-length'], headers.test]
  }
  assert.deepEqual(await ask('HEAD'), [304, '', 'fake/custom', undefined, 'test'])
  assert.deepEqual(await ask('GET'), [304, '', undefined, undefined, 'test'])
})

test('a client that did not ask with HEAD is not left waiting for the body of one', async () => {
  await using at = await startProxies({
    proxies: {
      p: forward('/p', 'http://localhost/api/Ping', {
        requestOverrides: { 'backend.request.method': 'head' },
      }),
      q: forward('/q', 'http://localhost/api/Ping', {
        requestOverrides: { 'backend.request.method': 'GET' },
      }),
    },
    functions,
  })
  const get = await send(`${at.url}/p`)
  assert.deepEqual([get.status, get.text, get.headers['content-length']], [200, '', '0'])
  const head = await send(`${at.url}/q`, { method: 'HEAD' })
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '4'])
})

test('a failed function is 500, which the proxy may override', async () => {
  await using at = await startProxies({
    proxies: {
      p: forward('/p', 'http://localhost/api/fails'),
      q: forward('/q', 'http://localhost/api/fails', {
        responseOverrides: {
          'response.statusCode': '503',
          'response.body': 'was {backend.response.statusCode}',
        },
      }),
    },
    functions: {
      fails: {
        code: () => {
          throw new Error('no')
        },
      },
    },
  })
  assert.equal((await fetch(`${at.url}/p`)).status, 500)
  const response = await fetch(`${at.url}/q`)
  assert.deepEqual([response.status, await response.text()], [503, 'was 500'])
})

test('a request counts once against the limits of host.json', async () => {
  await using at = await startProxies({
    proxies: { p: forward('/p', 'http://localhost/api/Ping') },
    functions,
    http: { maxOutstandingRequests: 1, maxConcurrentRequests: 1 },
  })
  assert.deepEqual([await bodyOf(`${at.url}/p`), await bodyOf(`${at.url}/p`)], ['Pong', 'Pong'])
})

test('a client that leaves aborts the function behind the proxy', async () => {
  const called = Promise.withResolvers<AbortSignal | undefined>()
  await using at = await startProxies({
    proxies: { p: forward('/p', 'http://localhost/api/slow') },
    functions: {
      slow: {
        code: async (_http, input) => {
          called.resolve(input.signal)
          await once(input.signal!, 'abort')
        },
      },
    },
  })
  const controller = new AbortController()
  const failed = assert.rejects(fetch(`${at.url}/p`, { signal: controller.signal }))
  const signal = await called.promise
  const aborted = once(signal!, 'abort')
  controller.abort()
  await Promise.all([failed, aborted])
})

test('a streaming function gets the request and streams its answer through the proxy', async () => {
  // Stands for the library in a worker.
  const worker = createServer(async (request, response) => {
    const { 'x-forwarded-host': host, 'x-forwarded-proto': protocol } = request.headers
    response.writeHead(200, { 'X-Worker': `${protocol}://${host}${request.url}` })
    for await (const chunk of request) response.write(chunk)
    response.end('!')
  })
  worker.listen(0, '127.0.0.1')
  await once(worker, 'listening')
  const { port } = worker.address() as AddressInfo
  const invoker: HttpInvoker = {
    takesRequests: () => true,
    async invoke(_name, input) {
      void input.forward?.(forwardTarget('id', `http://localhost:${port}/`))
      return {
        invocationId: 'id',
        status: 'succeeded',
        returnValue: undefined,
        error: undefined,
        durationMs: 0,
      }
    },
  }
  await using at = await startProxies({
    proxies: {
      p: forward('/p', 'https://localhost/api/f?x=1', {
        responseOverrides: { 'response.statusCode': '201', 'response.headers.X-P': '1' },
      }),
      q: forward('/q', 'https://localhost/api/f', { responseOverrides: { 'response.body': 'instead' } }),
    },
    functions: { f: {} },
    invoker,
  })
  const response = await fetch(`${at.url}/p`, { method: 'POST', body: 'abc' })
  assert.deepEqual([response.status, await response.text()], [201, 'abc!'])
  assert.equal(response.headers.get('x-worker'), 'https://localhost/api/f?x=1')
  assert.equal(response.headers.get('x-p'), '1')
  assert.equal(await bodyOf(`${at.url}/q`, { method: 'POST', body: 'abc' }), 'instead')
  worker.closeAllConnections()
  worker.close()
})

test('another port of localhost is another server, unless a function has the route', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({
    proxies: { spa: forward('/{*path}', `http://localhost:${backEnd.port}/{path}`) },
    functions,
  })
  assert.equal(await bodyOf(`${at.url}/index.html`), 'GET /index.html')
  assert.equal(await bodyOf(`${at.url}/api/Ping`), 'Pong')
})

test('AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL makes every call go over HTTP', async () => {
  const port = await unusedPort()
  await using at = await startProxies({
    proxies: {
      a: forward('/a', 'http://localhost/api/myroute/sub'),
      b: forward('/b', `http://localhost:${port}/api/Ping`),
    },
    functions,
    settings: { AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL: 'true' },
  })
  assert.equal(await bodyOf(`${at.url}/a`), 'GET http://localhost/api/myroute/sub {"sub":"sub"} ')
  assert.equal((await fetch(`${at.url}/b`)).status, 502)
})

test('a loop over HTTP ends too', async () => {
  await using at = await startProxies({
    proxies: { loop: forward('/{*path}', 'http://localhost/{path}') },
    settings: { AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL: '1' },
  })
  const response = await fetch(`${at.url}/x`)
  assert.equal(response.status, 400)
  assert.match(await response.text(), /^Infinite loop detected/)
  assert.equal(at.telemetry.length, 12)
})
