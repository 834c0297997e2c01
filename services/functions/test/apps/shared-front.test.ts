import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Logger, sendText } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { type AppHandlers, AppNames, SharedFront } from '../../src/apps/index.ts'
import { get, Hosting, httpFunction } from './hosting.ts'

async function openFront(apps: readonly string[]) {
  const names = new AppNames()
  for (const app of apps) names.add(app, answerWith(app))
  const clock = new VirtualClock()
  const log = new Logger(clock, [])
  const front = await SharedFront.open({ names, host: '127.0.0.1', port: 0, tls: undefined, log, clock })
  return { front, [Symbol.asyncDispose]: () => front.close({ graceMs: 0 }) }
}

function answerWith(text: string): AppHandlers {
  return {
    handler: (_request, response) => sendText(response, 200, text),
    direct(exchange) {
      exchange.answer({ status: 200, headers: [], body: `${text}, directly` })
      return true
    },
  }
}

test('each request goes to the app that its host names', async () => {
  await using fixture = await openFront(['shop', 'billing'])
  const { port } = fixture.front
  assert.equal((await get(port, '/', 'shop.localhost')).body, 'shop')
  assert.equal((await get(port, '/', `billing.localhost:${port}`)).body, 'billing')
  assert.equal((await get(port, '/', 'billing')).body, 'billing')
})

test('an app is asked for a direct answer first', async () => {
  await using fixture = await openFront(['shop'])
  const socket = connect(fixture.front.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: shop\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  let received = ''
  for await (const chunk of socket) received += chunk
  assert.match(received, /^HTTP\/1.1 200 OK\r\n.*shop, directlyHTTP\/1.1 404 /s)
})

test('a request for nobody learns who is there', async () => {
  await using fixture = await openFront(['shop', 'billing'])
  const { port } = fixture.front
  const { status, body } = await get(port, '/api/x', `localhost:${port}`)
  assert.equal(status, 404)
  assert.match(body, new RegExp(`^No app here has the name 'localhost:${port}'\\.\n`))
  assert.match(body, new RegExp(`\nhttp://shop\\.localhost:${port}\nhttp://billing\\.localhost:${port}\n`))
})

test('of very many apps some are listed', async () => {
  await using fixture = await openFront(Array.from({ length: 60 }, (_, index) => `app-${index}`))
  const { body } = await get(fixture.front.port, '/', 'nobody')
  assert.equal(body.match(/^http:/gm)?.length, 50)
  assert.match(body, /\nand 10 more\n/)
})

test('apps with ports of their own answer to their names at each other’s, too', async (t) => {
  const hosting = await Hosting.open(t)
  const own = { sharedFront: undefined, port: 0, host: '127.0.0.1', start: 'eager' as const }
  await hosting.makeApp('Shop', httpFunction('who', '"shop"'))
  await hosting.makeApp('billing', httpFunction('who', '"billing"'))
  const shop = await hosting.startApp('Shop', own)
  await hosting.startApp('billing', own)
  const ask = async (host: string) => (await get(shop.port, '/api/who', host)).body
  assert.deepEqual(await Promise.all(['localhost', 'shop', 'billing.localhost'].map(ask)), [
    'shop',
    'shop',
    'billing',
  ])
})

test('an app with a port of its own answers there and under its name', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('where', 'process.env.WEBSITE_HOSTNAME'))
  const shop = await hosting.startApp('shop', { port: 0, host: '127.0.0.1' })
  const expected = { status: 200, body: `localhost:${shop.port}` }
  assert.notEqual(shop.port, hosting.port)
  assert.deepEqual(await get(shop.port, '/api/where', 'localhost'), expected)
  assert.deepEqual(await hosting.get('shop', '/api/where'), expected)
})

test('an app without a port knows the host name under which it is reached', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('where', 'process.env.WEBSITE_HOSTNAME'))
  await hosting.startApp('shop')
  assert.equal((await hosting.get('shop', '/api/where')).body, `shop.localhost:${hosting.port}`)
})

test('apps have settings, workers and log lines of their own', async (t) => {
  const hosting = await Hosting.open(t)
  const body = '[process.env.COLOR, process.pid, globalThis.seen, (globalThis.seen = true)].join()'
  await hosting.makeApp('one', httpFunction('look', body))
  await hosting.makeApp('two', httpFunction('look', body))
  const one = await hosting.startApp('one', { overrides: { name: 'one', settings: { COLOR: 'red' } } })
  const two = await hosting.startApp('two', { overrides: { name: 'two', settings: { COLOR: 'blue' } } })
  const [first, second] = await Promise.all(['one', 'two'].map((name) => hosting.get(name, '/api/look')))
  assert.equal(first?.body, `red,${one.workerProcessIds[0]},,true`)
  assert.equal(second?.body, `blue,${two.workerProcessIds[0]},,true`)
  assert.notEqual(one.configuration.context.hostId, two.configuration.context.hostId)
})

test('an app whose name cannot be in a host name has its port alone', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('日本', httpFunction('who', '"me"'))
  const own = { sharedFront: undefined, port: 0, host: '127.0.0.1', start: 'eager' as const }
  const app = await hosting.startApp('日本', own)
  assert.equal((await get(app.port, '/api/who', 'localhost')).body, 'me')
  await assert.rejects(
    hosting.startApp('日本', { overrides: { name: '日本語' } }),
    /cannot be part of a host name/,
  )
})

test('a second app of one name is a user error', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  await hosting.makeApp('other', httpFunction('orders', '"all"'))
  await hosting.startApp('shop')
  await assert.rejects(
    hosting.startApp('other', { overrides: { name: 'Shop' } }),
    /There is another app with the name 'shop'/,
  )
})

test('the name of an app that has ended is nobody’s', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  const shop = await hosting.startApp('shop')
  await shop.close(AbortSignal.timeout(1000))
  assert.equal((await hosting.get('shop', '/api/orders')).status, 404)
  await hosting.startApp('shop')
  assert.equal((await hosting.get('shop', '/api/orders')).status, 200)
})
