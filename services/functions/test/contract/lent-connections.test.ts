/** Connections that go on are served by the worker itself. Nobody can tell but by the time it takes. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { InvocationTelemetry } from '@aloft/kernel'
import { type AppUnderTest, HostUnderTest, type TestApp } from './app-under-test.ts'
import { KeptConnection, untilLent, whereFunction } from './kept-connection.ts'
import { type RawRequest, type RawResponse, send } from './raw-http.ts'

const invocations: InvocationTelemetry[] = []
const host = await HostUnderTest.open({ telemetry: { invocation: (record) => invocations.push(record) } })
after(() => host.close())
const closing: KeptConnection[] = []
after(() => {
  for (const connection of closing) connection.close()
})

const start = (app: TestApp) =>
  host.startApp({ ...app, files: { ...app.files, 'src/where.js': whereFunction } })

function connect(app: AppUnderTest): KeptConnection {
  const connection = new KeptConnection(app.url)
  closing.push(connection)
  return connection
}

const talking = {
  'package.json': { main: 'src/*.js' },
  'src/talks.js': `
    const { app } = require('@azure/functions')
    const anonymous = { authLevel: 'anonymous', methods: ['GET'] }
    app.http('talks', {
      ...anonymous,
      handler: async (request, context) => {
        context.log('one')
        await new Promise(setImmediate)
        context.log('two')
        return { body: context.invocationId }
      },
    })
    app.http('hangs', {
      ...anonymous,
      handler: (_, context) => {
        context.log('hanging')
        return new Promise(() => {})
      },
    })
    app.http('channel', { ...anonymous, handler: async () => ({ jsonBody: typeof process.send }) })
    app.http('exits', { ...anonymous, handler: () => process.exit(3) })
    app.http('loops', { ...anonymous, handler: () => { for (;;); } })`,
}

test('what happens on a lent connection is logged and told like all else', async () => {
  const app = await start({ files: talking })
  const connection = connect(app)
  await untilLent(connection)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
  const { text: id } = await connection.send('/api/talks?a=1', { headers })
  await app.log.find(`Executed 'Functions.talks' (Succeeded, Id=${id}`)
  const lines = app.log.all(
    ({ fields, category }) => fields.invocationId === id && category.includes('talks'),
  )
  assert.deepEqual(
    lines.map(({ message, category }) => [category, message.replace(/Duration=\d+ms/, 'Duration')]),
    [
      [
        'Function.talks',
        `Executing 'Functions.talks' (Reason='This function was programmatically called via the host APIs.', Id=${id})`,
      ],
      ['Function.talks.User', 'one'],
      ['Function.talks.User', 'two'],
      ['Function.talks', `Executed 'Functions.talks' (Succeeded, Id=${id}, Duration)`],
    ],
  )
  const record = invocations.find(({ invocationId }) => invocationId === id)
  assert.deepEqual(
    [record?.traceId, record?.parentSpanId, record?.success, record?.resultCode, record?.url],
    [traceId, 'b7ad6b7169203331', true, '200', `${app.url}/api/talks?a=1`],
  )
  await app.close()
})

test('user code does not see the channel over which connections come', async () => {
  const app = await start({ files: talking })
  const connection = connect(app)
  await untilLent(connection)
  assert.equal((await connection.send('/api/channel')).json, 'undefined')
  await app.close()
})

test('a lent connection gets the answers that others get', async () => {
  const app = await start({
    fixture: 'http',
    host: { extensions: { http: { customHeaders: { 'X-App': 'yes' } } } },
  })
  const json = { 'Content-Type': 'application/json' }
  const requests: (readonly [path: string, request?: RawRequest])[] = [
    ...responseKinds.map((kind) => [`/api/respond/${kind}`] as const),
    ...['sync', 'async', 'string', 'object', 'nothing'].map((how) => [`/api/fail/${how}`] as const),
    ['/api/respond/text', { method: 'HEAD' }],
    ['/api/respond/text', { method: 'PUT' }],
    ['/api/respond/negotiated', { headers: { Accept: 'application/json' } }],
    ['/api/echo/a%20b/c?x=1&x=2&y=%C3%A9', { headers: { 'X-One': '1', Cookie: 'a=b' } }],
    ['/api/echo/x', { method: 'POST', body: '{"a":1}', headers: { ...json, 'Content-Length': 7 } }],
    ['/api/echo/x', { method: 'OPTIONS' }],
    ['/api/read/json', { method: 'POST', body: '{"a":1}', headers: { ...json, 'Content-Length': 7 } }],
    ['/api/read/twice', { method: 'POST', body: 'once', headers: { 'Content-Length': 4 } }],
    ['/api/items/7'],
    ['/api/items/seven'],
    ['/api/items/7seven'],
    ['/api/optional/a'],
    ['/api/pages'],
    ['/api/twice/fixed'],
    ['/API/Named/'],
    ['/api/verbs', { method: 'DELETE' }],
    ['/api/nobody'],
    ['/'],
    ['/admin/host/ping'],
    ['/runtime/webhooks/nobody'],
  ]
  for (const [path, request] of requests) {
    const connection = connect(app)
    await untilLent(connection)
    const [lent, other] = [await connection.send(path, request), await send(`${app.url}${path}`, request)]
    assert.deepEqual(comparable(lent), comparable(other), `${request?.method ?? 'GET'} ${path}`)
    connection.close()
  }
  await app.close()
})

/** All but the date, what the two connections differ in by nature, and process times. */
function comparable({ status, headers, text }: RawResponse): unknown {
  const { date, connection, 'keep-alive': kept, ...rest } = headers
  const isOwn = /"connection":"[^"]*",?|"uptime":\d+/g
  return { status, headers: { ...rest, 'content-length': undefined }, text: text.replace(isOwn, '') }
}

test('a function that hangs on a lent connection is 500 when its process is killed', async () => {
  const app = await start({ files: talking })
  const [hanging, idle] = [connect(app), connect(app)]
  const pid = await untilLent(hanging)
  await untilLent(idle)
  const answer = hanging.send('/api/hangs')
  await app.log.find('hanging')
  process.kill(pid, 'SIGKILL')
  assert.equal((await answer).status, 500)
  await app.log.find(/Executed 'Functions.hangs' \(Failed/)
  // Both go on, the idle one on a connection of its own.
  assert.notEqual(await untilLent(hanging), pid)
  assert.notEqual(await untilLent(idle), pid)
  await app.close()
})

test('a process that exits gives back the connections on which nothing happens', async () => {
  const app = await start({ files: talking })
  const [exiting, idle] = [connect(app), connect(app)]
  const pid = await untilLent(exiting)
  await untilLent(idle)
  const port = idle.port
  assert.equal((await exiting.send('/api/exits')).status, 500)
  assert.notEqual(await untilLent(idle), pid)
  assert.equal(idle.port, port)
  await app.close()
})

test('a worker that a function blocks for longer than the time limit is replaced', async () => {
  const app = await start({ files: talking, host: { functionTimeout: '00:00:01' } })
  const connection = connect(app)
  const pid = await untilLent(connection)
  await assert.rejects(connection.send('/api/loops'), /socket hang up|ECONNRESET/)
  await app.log.find(/Timeout value of 00:00:01 exceeded/)
  assert.notEqual(await untilLent(connection), pid)
  await app.close()
})

test('lent connections follow the app to its new code without a request lost', async () => {
  const version = (name: string) => ({
    'src/version.js': `
      const { app } = require('@azure/functions')
      app.http('version', { authLevel: 'anonymous', handler: async () => ({ body: '${name}' }) })`,
  })
  const app = await start({ files: { 'package.json': { main: 'src/*.js' }, ...version('One') } })
  const connection = connect(app)
  await untilLent(connection)
  const { port } = connection
  await app.write('src/version.js', version('Two')['src/version.js'])
  let isLoaded = false
  const restarting = app.running.restart().then(() => {
    isLoaded = true
  })
  const seen: string[] = []
  while (!isLoaded) seen.push((await connection.send('/api/version')).text)
  await restarting
  assert.match(seen.join(' '), /^(?:One ?)+(?:Two ?)*$/)
  assert.equal((await connection.send('/api/version')).text, 'Two')
  assert.equal(connection.port, port)
  await untilLent(connection)
  await app.close()
})

test('an app that closes answers what is in hand on a lent connection, and ends it', async () => {
  const app = await start({ files: talking })
  const connection = connect(app)
  await untilLent(connection)
  await app.close()
  await assert.rejects(connection.send('/api/talks'), /ECONNREFUSED|ECONNRESET|socket hang up/)
})

const responseKinds = [
  ...[
    'text',
    'empty',
    'emptyText',
    'status',
    'undefined',
    'null',
    'json',
    'jsonScalar',
    'jsonFalse',
    'jsonNull',
  ],
  ...['jsonWithType', 'objectBody', 'buffer', 'bytes', 'part', 'arrayBuffer', 'blob', 'params', 'stream'],
  ...['instance', 'instanceChanged', 'instanceClone', 'webResponse', 'webJson', 'fetched', 'nodeStream'],
  ...[
    'failingStream',
    'withLength',
    'circular',
    'noContent',
    'resetContent',
    'notModified',
    'redirect',
    'unicode',
  ],
  ...[
    'headers',
    'headersObject',
    'headersList',
    'setCookieHeader',
    'cookie',
    'cookies',
    'lax',
    'expiresDate',
  ],
  ...['largeText', 'negotiated', 'badStatus', 'badHeader', 'number', 'string', 'boolean', 'array'],
]
