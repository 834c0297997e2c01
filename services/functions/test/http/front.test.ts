import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, request as openRequest } from 'node:http'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import type { RpcHttp } from '@aloft/wire'
import type { HttpInvocationInput, KeyRing } from '../../src/contracts.ts'
import { WebhookRegistry } from '../../src/http/index.ts'
import { noKeys, startFront, startShut, text } from './fixture.ts'

const keys: KeyRing = {
  levelOf: (key, functionName) => {
    if (key === 'f-key') return functionName === 'guarded' ? 'function' : undefined
    return ({ 'h-key': 'host', 's-key': 'system', 'm-key': 'admin' } as const)[key]
  },
  isSystemKey: (key, name) => key === 's-key' && name === 'hub_extension',
}

test('a failed function is 500 with an empty body', async () => {
  await using front = await startFront({
    functions: {
      bad: {
        code: () => {
          throw new Error('secret detail')
        },
      },
    },
  })
  const response = await fetch(`${front.url}/api/bad`)
  assert.equal(response.status, 500)
  assert.equal(await response.text(), '')
})

test('headers and statuses that HTTP does not allow are 500 and logged, and the server goes on', async () => {
  const answers: RpcHttp[] = [
    { headers: { 'bad name': 'x' } },
    { headers: { 'x-a': 'line\r\nbreak' } },
    { headers: { 'x-a': 'snow \u2603' } },
    { statusCode: '99' },
    { statusCode: '101' },
    { statusCode: '1000' },
    { statusCode: '-5' },
  ]
  await using front = await startFront({
    functions: {
      odd: { trigger: { route: 'odd/{n}' }, code: (http) => ({ http: answers[Number(http.params?.n)] }) },
    },
  })
  for (const [index, answer] of answers.entries()) {
    const response = await fetch(`${front.url}/api/odd/${index}`)
    assert.equal(response.status, 500, JSON.stringify(answer))
  }
  assert.equal(front.logged.length, answers.length)
  assert.match(front.logged[0]?.message ?? '', /^The response to GET \/api\/odd\/0 cannot be sent/)
})

test('HEAD gets the headers of the answer without its body, 204 and 304 have none', async () => {
  await using front = await startFront({
    functions: {
      head: { code: () => text('hello') },
      gone: { code: () => ({ http: { statusCode: '204', body: { string: 'x' } } }) },
      same: { code: () => ({ http: { statusCode: '304', body: { string: 'x' } } }) },
    },
  })
  const head = await fetch(`${front.url}/api/head`, { method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), '5')
  assert.equal(await head.text(), '')
  const gone = await fetch(`${front.url}/api/gone`)
  assert.deepEqual([gone.status, await gone.text(), gone.headers.get('content-length')], [204, '', null])
  const same = await fetch(`${front.url}/api/same`)
  assert.deepEqual([same.status, await same.text()], [304, ''])
})

test('unknown paths and other methods are 404 with an empty body', async () => {
  await using front = await startFront({
    functions: { f: { trigger: { methods: ['post'] }, code: () => text('') } },
  })
  for (const path of ['/api/f', '/api/none', '/f', '/admin', '/runtime/x']) {
    const response = await fetch(front.url + path)
    assert.deepEqual([response.status, await response.text()], [404, ''], path)
  }
})

test('functions that need a key answer 401 without it', async () => {
  await using front = await startFront({
    keys,
    isAuthEnabled: true,
    functions: {
      open: { trigger: { authLevel: 'anonymous' }, code: () => text('') },
      guarded: { trigger: { authLevel: 'function' }, code: () => text('') },
      plain: { trigger: { authLevel: undefined }, code: () => text('') },
      owner: { trigger: { authLevel: 'admin' }, code: () => text('') },
    },
  })
  const rows: [string, string | undefined, number][] = [
    ['open', undefined, 200],
    ['open', 'wrong', 200],
    ['guarded', undefined, 401],
    ['guarded', 'wrong', 401],
    ['guarded', 's-key', 401],
    ['guarded', 'f-key', 200],
    ['guarded', 'h-key', 200],
    ['guarded', 'm-key', 200],
    ['plain', 'f-key', 401],
    ['plain', 'h-key', 200],
    ['owner', 'h-key', 401],
    ['owner', 'm-key', 200],
  ]
  for (const [name, key, status] of rows) {
    const byHeader = await fetch(`${front.url}/api/${name}`, {
      headers: key ? { 'x-functions-key': key } : {},
    })
    const byQuery = await fetch(`${front.url}/api/${name}${key ? `?a=1&CODE=${key}` : ''}`)
    assert.deepEqual([byHeader.status, byQuery.status], [status, status], `${name} ${key}`)
  }
  const both = await fetch(`${front.url}/api/guarded?code=f-key`, { headers: { 'x-functions-key': 'wrong' } })
  assert.equal(both.status, 401)
})

test('without auth no key is asked for', async () => {
  await using front = await startFront({
    keys,
    functions: { owner: { trigger: { authLevel: 'admin' }, code: () => text('') } },
  })
  assert.equal((await fetch(`${front.url}/api/owner`)).status, 200)
})

test('a disabled function is 404 for all but the owner', async () => {
  await using front = await startFront({
    keys,
    functions: { off: { isDisabled: true, code: () => text('') } },
  })
  assert.equal((await fetch(`${front.url}/api/off`)).status, 404)
  assert.equal((await fetch(`${front.url}/api/off?code=h-key`)).status, 404)
  assert.equal((await fetch(`${front.url}/api/off?code=m-key`)).status, 200)
})

test('the homepage says that the app runs, unless it is disabled or a function has the path', async () => {
  await using plain = await startFront()
  const page = await fetch(plain.url)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(await page.text(), /up and running/)

  await using disabled = await startFront({ settings: { AzureWebJobsDisableHomepage: 'true' } })
  assert.equal((await fetch(disabled.url)).status, 204)

  await using taken = await startFront({
    http: { routePrefix: '' },
    functions: { all: { trigger: { route: '{*path}' }, code: () => text('mine') } },
  })
  assert.equal(await (await fetch(taken.url)).text(), 'mine')
  assert.equal((await fetch(`${taken.url}/admin/host/x`)).status, 404)
})

test('custom headers are added unless the function has set them', async () => {
  await using front = await startFront({
    http: { customHeaders: { 'X-Content-Type-Options': 'nosniff', 'X-A': 'host' } },
    functions: { f: { code: () => ({ http: { headers: { 'x-a': 'mine' } } }) } },
  })
  const response = await fetch(`${front.url}/api/f`)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(response.headers.get('x-a'), 'mine')
  assert.equal((await fetch(`${front.url}/api/none`)).headers.get('x-a'), 'host')
})

test('custom headers that HTTP does not allow are 500 and logged, and the server goes on', async () => {
  await using front = await startFront({
    http: { customHeaders: { 'bad name': 'x' } },
    functions: { f: { code: () => text('') } },
  })
  for (const path of ['/api/f', '/api/none', '/'])
    assert.equal((await fetch(front.url + path)).status, 500, path)
  assert.equal(front.logged.length, 3)
})

test('Strict-Transport-Security is sent over TLS to hosts that are not excluded', async () => {
  await using front = await startFront({
    forwardedHeaders: 'trusted',
    http: {
      hsts: { maxAgeSeconds: 60, includeSubDomains: true, preload: true, excludedHosts: ['localhost'] },
    },
    functions: { f: { code: (http) => text(http.url ?? '') } },
  })
  const ask = async (host: string, proto: string) => {
    const headers = { 'x-forwarded-host': host, 'x-forwarded-proto': proto }
    const response = await fetch(`${front.url}/api/f`, { headers })
    return [response.headers.get('strict-transport-security'), await response.text()]
  }
  assert.deepEqual(await ask('app.example.com', 'https'), [
    'max-age=60; includeSubDomains; preload',
    'https://app.example.com/api/f',
  ])
  assert.deepEqual(await ask('localhost:7071', 'https'), [null, 'https://localhost:7071/api/f'])
  assert.deepEqual(await ask('app.example.com', 'http'), [null, 'http://app.example.com/api/f'])
})

test('requests wait for an app that starts', async () => {
  await using front = await startShut({ functions: { f: { code: () => text('ready') } } })
  const waiting = fetch(`${front.url}/api/f`)
  await fetch(`${front.url}/admin/host/ping`)
  front.open()
  assert.equal(await (await waiting).text(), 'ready')
})

test('an app that does not start in 30 seconds is 503', async () => {
  const clock = new VirtualClock()
  await using front = await startShut({ clock })
  const waiting = fetch(`${front.url}/api/f`)
  while (clock.pendingCount === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(30_000)
  const response = await waiting
  assert.deepEqual([response.status, await response.text()], [503, 'Function host is not running.'])
})

test('an app that is offline shows its page with 503, also to those who waited', async () => {
  const clock = new VirtualClock()
  await using front = await startShut({ clock, functions: { f: { code: () => text('back') } } })
  const waiting = fetch(`${front.url}/api/f`)
  while (clock.pendingCount === 0) await new Promise((resolve) => setImmediate(resolve))
  front.gate.takeOffline('<h1>Back soon</h1>')
  for (const response of [await waiting, await fetch(front.url)]) {
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(await response.text(), '<h1>Back soon</h1>')
  }
  front.open()
  assert.equal(await (await fetch(`${front.url}/api/f`)).text(), 'back')
})

test('requests are 429 while the host is overloaded, when host.json says so', async () => {
  let isOverloaded = true
  await using front = await startFront({
    http: { refusesWhenOverloaded: true },
    isOverloaded: () => isOverloaded,
    functions: { f: { code: async () => text('done') } },
  })
  const refused = await fetch(`${front.url}/api/f`)
  assert.deepEqual([refused.status, refused.headers.get('x-function-scaleout')], [429, '1'])
  isOverloaded = false
  assert.equal(await (await fetch(`${front.url}/api/f`)).text(), 'done')
})

test('an app that is down for being overloaded refuses requests, those that wait first', async () => {
  const clock = new VirtualClock()
  await using front = await startShut({ clock, functions: { f: { code: async () => text('back') } } })
  const waiting = fetch(`${front.url}/api/f`)
  while (clock.pendingCount === 0) await new Promise((resolve) => setImmediate(resolve))
  front.gate.refuse()
  for (const response of [await waiting, await fetch(`${front.url}/api/f`)])
    assert.equal(response.status, 429)
  front.open()
  assert.equal(await (await fetch(`${front.url}/api/f`)).text(), 'back')
})

test('more requests than may be outstanding are 429 with the scale-out header', async () => {
  const released = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  await using front = await startFront({
    http: { maxOutstandingRequests: 1 },
    functions: {
      slow: {
        code: async () => {
          started.resolve()
          await released.promise
          return text('done')
        },
      },
    },
  })
  const first = fetch(`${front.url}/api/slow`)
  await started.promise
  const second = await fetch(`${front.url}/api/slow`)
  assert.deepEqual([second.status, second.headers.get('x-function-scaleout')], [429, '1'])
  released.resolve()
  assert.equal(await (await first).text(), 'done')
  assert.equal((await fetch(`${front.url}/api/slow`)).status, 200)
})

test('more requests than may run at once wait their turn in order', async () => {
  const steps: (() => void)[] = []
  const order: string[] = []
  await using front = await startFront({
    http: { maxConcurrentRequests: 1 },
    functions: {
      f: {
        trigger: { route: 'f/{n}' },
        code: async (http) => {
          order.push(http.params?.n ?? '')
          await new Promise<void>((resolve) => steps.push(resolve))
          return text('')
        },
      },
    },
  })
  const until = async (count: number) => {
    while (steps.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  const answers: Promise<Response>[] = []
  for (const n of [1, 2, 3]) {
    const arrival = once(front.requests, 'request')
    answers.push(fetch(`${front.url}/api/f/${n}`))
    await arrival
  }
  await until(1)
  assert.deepEqual(order, ['1'])
  steps[0]?.()
  await until(2)
  steps[1]?.()
  await until(3)
  steps[2]?.()
  await Promise.all(answers)
  assert.deepEqual(order, ['1', '2', '3'])
})

test('a client that leaves aborts its invocation; one that got its answer does not', async () => {
  const aborted = Promise.withResolvers<unknown>()
  let finished: HttpInvocationInput | undefined
  await using front = await startFront({
    functions: {
      slow: {
        code: (_http, input) => {
          input.signal?.addEventListener('abort', () => aborted.resolve(input.signal?.reason))
          call.destroy()
          return aborted.promise
        },
      },
      quick: {
        code: (_http, input) => {
          finished = input
          return text('')
        },
      },
    },
  })
  await fetch(`${front.url}/api/quick`).then((response) => response.text())
  const call = get(`${front.url}/api/slow`)
  call.on('error', () => undefined)
  assert.match(String(await aborted.promise), /closed the connection/)
  assert.equal(finished?.signal?.aborted, false)
})

test('a client that leaves before its body has ended starts nothing and is not an error', async () => {
  let calls = 0
  await using front = await startFront({
    functions: {
      f: {
        code: () => {
          calls++
          return text('')
        },
      },
    },
  })
  const call = openRequest(`${front.url}/api/f`, { method: 'POST', headers: { 'content-length': '100000' } })
  call.on('error', () => undefined)
  const closed = new Promise<void>((resolve) =>
    front.requests.once('request', ({ socket }) => socket.once('close', () => resolve())),
  )
  call.write('half', () => call.destroy())
  await closed
  await fetch(`${front.url}/api/f`, { method: 'POST' })
  assert.equal(calls, 1)
  assert.deepEqual(front.logged, [])
})

test('binding data is the route over the query over the JSON body, without the key', async () => {
  let data: Record<string, unknown> | undefined
  await using front = await startFront({
    functions: {
      f: {
        trigger: { route: 'f/{id}' },
        code: (_http, input) => {
          data = input.bindingData?.()
          return text('')
        },
      },
    },
  })
  await fetch(`${front.url}/api/f/route?id=query&size=query&code=key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-h': 'head' },
    body: JSON.stringify({ id: 'body', size: 'body', nested: { a: 1 } }),
  })
  const { Headers, Query, ...names } = data ?? {}
  assert.deepEqual(names, { id: 'route', size: 'query', nested: { a: 1 } })
  assert.deepEqual(Query, { id: 'query', size: 'query', code: 'key' })
  assert.equal((Headers as Record<string, string>)['x-h'], 'head')
})

test('the trace headers of the request go to the invocation', async () => {
  let input: HttpInvocationInput | undefined
  await using front = await startFront({
    functions: {
      f: {
        code: (_http, given) => {
          input = given
          return text('')
        },
      },
    },
  })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await fetch(`${front.url}/api/f`, { headers: { traceparent, tracestate: 'a=b' } })
  assert.equal(input?.traceParent, traceparent)
  assert.equal(input?.traceState, 'a=b')
  assert.equal(input?.reason, 'This function was programmatically called via the host APIs.')
})

test('webhooks are opened by the system key of their extension or the master key', async () => {
  const webhooks = new WebhookRegistry()
  webhooks.add('Hub', ({ rest, query, response }) => void response.end(`${rest}|${query}`))
  webhooks.add('open', ({ rest, response }) => void response.end(rest), 'anonymous')
  webhooks.add('broken', () => Promise.reject(new Error('no')))
  assert.throws(() => webhooks.add('hub', () => undefined), /has a webhook already/)
  await using front = await startFront({ keys, isAuthEnabled: true, webhooks })
  const ask = async (path: string, key?: string) => {
    const response = await fetch(`${front.url}/runtime/webhooks/${path}`, {
      method: 'PATCH',
      headers: key ? { 'x-functions-key': key } : {},
    })
    return [response.status, await response.text()]
  }
  assert.deepEqual(await ask('hub/a%20b/c?x=1', 's-key'), [200, 'a b/c|?x=1'])
  assert.deepEqual(await ask('HUB', 'm-key'), [200, '|'])
  assert.deepEqual(await ask('hub/a'), [401, ''])
  assert.deepEqual(await ask('hub/a', 'h-key'), [401, ''])
  assert.deepEqual(await ask('other/a', 's-key'), [401, ''])
  assert.deepEqual(await ask('other/a', 'm-key'), [404, ''])
  assert.deepEqual(await ask('open/a/'), [200, 'a/'])
  assert.deepEqual(await ask('broken', 'm-key'), [500, ''])
  assert.deepEqual(webhooks.protectedExtensions, ['hub', 'broken'])
})

test('admin calls know whether the caller is the owner', async () => {
  const seen: [string, string, boolean][] = []
  const admin = async (call: { path: string; query: string; isAdmin: boolean }) => {
    seen.push([call.path, call.query, call.isAdmin])
    return { status: 200, headers: [], body: 'ok' }
  }
  await using guarded = await startFront({ keys, isAuthEnabled: true, admin })
  await fetch(`${guarded.url}/Admin/host/status?code=m-key`)
  await fetch(`${guarded.url}/admin/host/status?code=h-key`)
  await using open = await startFront({ keys: noKeys, admin })
  await fetch(`${open.url}/admin/`)
  assert.deepEqual(seen, [
    ['/Admin/host/status', '?code=m-key', true],
    ['/admin/host/status', '?code=h-key', false],
    ['/admin/', '', true],
  ])
})
