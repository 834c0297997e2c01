/** Requests that reach the handler as the client sent them, and its answers as it gave them. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, test } from 'node:test'
import { hostVersion } from '../../src/index.ts'
import { type AppUnderTest, HostUnderTest } from '../contract/app-under-test.ts'
import { MemoryBindings } from '../contract/memory-bindings.ts'
import { type RawResponse, send } from '../contract/raw-http.ts'
import { http, startHandlerApp } from './handler-app.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory] })
after(() => host.close())

const only = Object.fromEntries(
  ['mirror', 'pipe', 'redirect', 'refuse', 'cut', 'crash', 'hang', 'reset'].map((name) => [name, http()]),
)
const extra = { type: 'memory', direction: 'out', name: 'seen', key: 'seen' }
const lookup = { type: 'memory', direction: 'in', name: 'lookup', key: 'lookup' }
const app = await startHandlerApp(host, {
  handler: { enableForwardingHttpRequest: true },
  functions: {
    ...only,
    mirror: http({ route: 'mirrors/{id}/mirror' }),
    echo: [...http(), extra],
    say: [...http(), lookup],
  },
})

interface Mirror {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

const mirrored = (answer: RawResponse) => answer.json as Mirror
const headersOf = ({ rawHeaders }: Mirror) => {
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [[name, rawHeaders[index + 1]]]))
  return pairs as [string, string][]
}

test('method, path with its prefix, query, headers and body arrive as they were sent', async () => {
  const answer = await send(`${app.url}/api/mirrors/a%2Fb/mirror?x=%20y&x=2`, {
    method: 'PATCH',
    headers: ['X-Mine', 'one', 'X-Mine', 'two', 'User-Agent', 'me/1', 'Host', 'h:1', 'Content-Length', '4'],
    body: 'body',
  })
  const mirror = mirrored(answer)
  assert.deepEqual([mirror.method, mirror.url], ['PATCH', '/api/mirrors/a%2Fb/mirror?x=%20y&x=2'])
  assert.equal(mirror.body, 'body')
  const headers = headersOf(mirror)
  for (const header of [
    ['X-Mine', 'one'],
    ['X-Mine', 'two'],
    ['User-Agent', 'me/1'],
    ['Host', 'h:1'],
    ['Content-Length', '4'],
  ])
    assert.ok(
      headers.some((sent) => sent[0] === header[0] && sent[1] === header[1]),
      String(header),
    )
})

test('the handler learns the id of the invocation, whatever the client claims', async () => {
  const claimed = { 'x-azure-functions-invocationid': 'mine', 'x-azure-functions-hostversion': '0' }
  const headers = new Map(
    headersOf(mirrored(await send(`${app.url}/api/mirrors/1/mirror`, { headers: claimed }))).map(
      ([name, value]) => [name.toLowerCase(), value],
    ),
  )
  const id = headers.get('x-azure-functions-invocationid') ?? ''
  assert.ok(app.log.records.some(({ message }) => message.includes(`(Succeeded, Id=${id}`)))
  assert.equal(headers.get('x-azure-functions-hostversion'), hostVersion)
})

test('the answer is passed on as it is, without a look at its content', async () => {
  const answer = await send(`${app.url}/api/mirrors/1/mirror`)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-16')
})

test('redirects are not followed', async () => {
  const answer = await send(`${app.url}/api/redirect`)
  assert.deepEqual([answer.status, answer.headers.location], [302, '/elsewhere'])
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
})

test("the handler's own error is an answer, and the function has succeeded", async () => {
  const answer = await send(`${app.url}/api/refuse`)
  assert.deepEqual([answer.status, answer.headers['x-reason'], answer.text], [503, 'tired', 'not now'])
  await app.log.find(/Executed 'Functions.refuse' \(Succeeded/)
})

test('bodies stream through in both directions at the same time', async () => {
  const outgoing = request(`${app.url}/api/pipe`, { method: 'POST', agent: false })
  outgoing.flushHeaders()
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    outgoing.on('response', resolve).on('error', reject),
  )
  const chunks = answer.setEncoding('utf8')[Symbol.asyncIterator]()
  for (const word of ['one', 'two', 'three']) {
    outgoing.write(word)
    assert.equal((await chunks.next()).value, word)
  }
  outgoing.end()
  assert.equal((await chunks.next()).done, true)
})

test('a body larger than the limit of buffered ones passes', async () => {
  const limited = await startHandlerApp(host, {
    handler: { enableProxyingHttpRequest: true },
    functions: { pipe: http() },
    settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' },
  })
  const answer = await send(`${limited.url}/api/pipe`, { method: 'POST', body: 'x'.repeat(100_000) })
  assert.equal(answer.text.length, 100_000)
})

test('an answer that breaks off breaks off for the client, and the function has failed', async () => {
  await assert.rejects(send(`${app.url}/api/cut`), /aborted/)
  await app.log.find(/Executed 'Functions.cut' \(Failed/)
})

test('a client that goes away takes its connection to the handler along', async () => {
  const outgoing = request(`${app.url}/api/hang`, { agent: false })
  outgoing.on('error', () => {})
  outgoing.end()
  await app.log.find('hangs')
  outgoing.destroy()
  const { error } = await app.log.find(/Executed 'Functions.hang' \(Failed/)
  assert.match(error?.message ?? '', /client gone/)
})

test('a function with more than a request and a response gets JSON', async () => {
  memory.written.clear()
  const echo = (await send(`${app.url}/api/echo`)).json as { url: string; payload: { Data: object } }
  assert.equal(echo.url, '/echo')
  assert.deepEqual(Object.keys(echo.payload.Data), ['req'])
  const answer = '{"Outputs":{"res":{"statusCode":201}}}'
  assert.equal((await send(`${app.url}/api/say`, { method: 'POST', body: answer })).status, 201)
})

test('run by hand, a function gets the request that its route would bring', async () => {
  await assert.doesNotReject(app.running.run('mirror', '{"by":"hand"}'))
  await app.log.find(/Executed 'Functions.mirror' \(Succeeded/)
})

test('a request is forwarded to the process that takes over', async () => {
  const first = app.running.workerProcessIds[0]
  assert.equal((await send(`${app.url}/api/crash`)).status, 500)
  const answer = await send(`${app.url}/api/mirrors/1/mirror`, { method: 'POST', body: 'again' })
  assert.equal(mirrored(answer).body, 'again')
  assert.notEqual(app.running.workerProcessIds[0], first)
})

test('the older section forwards to the name of the function, with the query', async () => {
  const old = await host.startApp({
    settings: { FUNCTIONS_WORKER_RUNTIME: 'custom' },
    host: {
      httpWorker: {
        description: { defaultExecutablePath: process.execPath, defaultWorkerPath: 'my handler.mjs' },
      },
    },
    files: {
      'my handler.mjs': await handlerText(),
      'Mirror/function.json': { bindings: http({ route: 'deep/route' }) },
      'mirror/function.json': { bindings: http({ route: 'deep/{rest}' }), excluded: true },
    },
  })
  const { json } = await send(`${old.url}/api/deep/route?a=1`)
  assert.deepEqual(json, { name: 'Mirror', query: '?a=1' })
})

test('routes of host.json need no function.json', async () => {
  const routed = await startRouted({ http: { defaultAuthorizationLevel: 'anonymous', routes } })
  assert.deepEqual(
    routed.running.functions.map(({ name, trigger }) => [name, trigger.route, trigger.authLevel]),
    [
      ['http-handler1', 'own/{*rest}', 'anonymous'],
      ['http-handler2', '{*rest}', 'admin'],
    ],
  )
  assert.equal(mirrored(await send(`${routed.url}/api/own/mirror`)).url, '/api/own/mirror')
  assert.equal(mirrored(await send(`${routed.url}/api/any/mirror`, { method: 'DELETE' })).method, 'DELETE')
})

const routes = [{ route: 'own/{*rest}' }, { route: '{*rest}', authorizationLevel: 'admin' }]
const startRouted = (handler: object): Promise<AppUnderTest> =>
  startHandlerApp(host, { functions: {}, handler: { enableProxyingHttpRequest: true, ...handler } })

async function handlerText(): Promise<string> {
  return `import { createServer } from 'node:http'
createServer((request, response) => {
  const url = new URL(request.url, 'http://h')
  response.end(JSON.stringify({ name: url.pathname.slice(1), query: url.search }))
}).listen(Number(process.env.FUNCTIONS_HTTPWORKER_PORT), '127.0.0.1')`
}
