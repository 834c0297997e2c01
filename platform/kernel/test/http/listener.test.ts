import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { HttpListener, type HttpListenerOptions, UserError } from '@aloft/kernel'
import { connectRaw } from './raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('localhost answers on IPv4 and IPv6 at the same port', async (t) => {
  const listener = await open(t, { handler: (_request, response) => response.end('hello') })
  for (const host of ['127.0.0.1', '::1']) {
    const client = await connectRaw(listener.port, host)
    client.send(get)
    await client.until('hello')
    client.socket.destroy()
  }
})

test('a handler is replaced while the server runs', async (t) => {
  const listener = await open(t, { handler: (_request, response) => response.end('old') })
  assert.equal(await text(listener), 'old')
  listener.handler = (_request, response) => response.end('new')
  assert.equal(await text(listener), 'new')
})

test('a port in use is a user error that names the port and the mend', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const port = (other.address() as { port: number }).port
  await assert.rejects(open(t, { port }), (error: UserError) => {
    assert.ok(error instanceof UserError)
    assert.equal(error.message, `Port ${port} is already in use.`)
    assert.equal(error.hint, 'Close the other program or use --port.')
    return true
  })
})

test('a port that only IPv6 has taken leaves nothing open on IPv4', async (t) => {
  const other = createServer().listen(0, '::1')
  await once(other, 'listening')
  t.after(() => other.close())
  const port = (other.address() as { port: number }).port
  await assert.rejects(open(t, { port, portOption: '--blob-port' }), /already in use/)
  await assert.rejects(connectRaw(port), /ECONNREFUSED/)
})

test('an address of another machine is a user error', async (t) => {
  await assert.rejects(open(t, { host: '192.0.2.1' }), {
    name: 'UserError',
    message: '192.0.2.1 is not an address of this machine.',
  })
})

test('a number that is no port is a user error', async (t) => {
  await assert.rejects(open(t, { port: 70_000 }), { name: 'UserError', message: /70000 is not a port/ })
})

test('what is not HTTP is answered 400 and closed', async (t) => {
  const listener = await open(t)
  const client = await connectRaw(listener.port)
  client.send('NOT HTTP AT ALL\r\n\r\n')
  assert.match(await client.ended(), /^HTTP\/1\.1 400 Bad Request\r\n/)
})

test('a request without a host is answered 400', async (t) => {
  const listener = await open(t)
  const client = await connectRaw(listener.port)
  client.send('GET / HTTP/1.1\r\n\r\n')
  assert.match(await client.ended(), /^HTTP\/1\.1 400 /)
})

test('headers beyond 32 KB are answered 431', async (t) => {
  const listener = await open(t)
  const client = await connectRaw(listener.port)
  client.send(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(33_000)}\r\n\r\n`)
  assert.match(await client.ended(), /^HTTP\/1\.1 431 /)
})

test('headers of nearly 32 KB are taken', async (t) => {
  const listener = await open(t, { handler: (_request, response) => response.end('fine') })
  const response = await fetch(url(listener), { headers: { cookie: 'c'.repeat(32_000) } })
  assert.equal(await response.text(), 'fine')
})

for (const length of [8193, 40_000]) {
  test(`a URL of ${length} characters is answered 414`, async (t) => {
    const listener = await open(t)
    const client = await connectRaw(listener.port)
    client.send(`GET /${'u'.repeat(length - 1)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await client.ended(), /^HTTP\/1\.1 414 /)
  })
}

for (const head of [
  'Host: a b',
  'Host: a/b',
  'Host: [::1',
  'Host: a:b',
  'Host: a\r\nHost: a',
  'HOST: a\r\nhost: b',
]) {
  test(`a request with ${JSON.stringify(head)} is answered 400`, async (t) => {
    const taken: unknown[] = []
    const direct = (exchange: object) => taken.push(exchange) > 0
    const listener = await open(t, { handler: (request) => taken.push(request), direct })
    const client = await connectRaw(listener.port)
    client.send(`GET / HTTP/1.1\r\n${head}\r\n\r\n`)
    assert.match(await client.ended(), /^HTTP\/1\.1 400 /)
    assert.deepEqual(taken, [])
  })
}

for (const host of ['a', 'a-b.example:7071', '127.0.0.1', '[::1]:80', 'app_1.localhost', '']) {
  test(`a request for the host '${host}' is taken`, async (t) => {
    const listener = await open(t, {
      handler: (request, response) => response.setHeader('Connection', 'close').end(request.headers.host),
    })
    const client = await connectRaw(listener.port)
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    assert.ok((await client.ended()).endsWith(`\r\n\r\n${host}`))
  })
}

test('a URL of 8192 characters is taken', async (t) => {
  const listener = await open(t, { handler: (request, response) => response.end(`${request.url?.length}`) })
  assert.equal(await text(listener, `/${'u'.repeat(8191)}`), '8192')
})

test('a handler that throws is answered 500 and the server lives on', async (t) => {
  const listener = await open(t, {
    handler: () => {
      throw new Error('broken')
    },
  })
  assert.equal((await fetch(url(listener))).status, 500)
  listener.handler = (_request, response) => response.end('alive')
  assert.equal(await text(listener), 'alive')
})

test('a response that has begun is cut off, not mixed with an error, when the body turns out malformed', async (t) => {
  const listener = await open(t, {
    handler: (request, response) => {
      response.writeHead(200, { 'Content-Length': 100 })
      response.write('partial')
      request.resume()
    },
  })
  const client = await connectRaw(listener.port)
  client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  await client.until('partial')
  client.send('not a chunk size\r\n')
  assert.match(await client.ended(), /partial$/)
})

test('a client that resets the connection disturbs nobody, and its response tells', async (t) => {
  const disconnected = Promise.withResolvers<boolean>()
  const begun = Promise.withResolvers<void>()
  const listener = await open(t, {
    handler: (_request, response) => {
      response.once('close', () => disconnected.resolve(response.writableFinished))
      begun.resolve()
    },
  })
  const client = await connectRaw(listener.port)
  client.send(get)
  await begun.promise
  client.socket.resetAndDestroy()
  assert.equal(await disconnected.promise, false)
  listener.handler = (_request, response) => response.end('alive')
  assert.equal(await text(listener), 'alive')
})

test('pipelined requests are answered in order', async (t) => {
  const waiting: ServerResponse[] = []
  const listener = await open(t, {
    handler: (request, response) => {
      waiting.push(response)
      if (request.url !== '/3') return
      for (const [index, each] of [...waiting.entries()].reverse()) each.end(`<${index + 1}>`)
    },
  })
  const client = await connectRaw(listener.port)
  client.send([1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
  await client.until('<3>')
  assert.deepEqual(client.received.match(/<\d>/g), ['<1>', '<2>', '<3>'])
  client.socket.destroy()
})

test('an upgrade goes to its handler, and is ignored without one', async (t) => {
  const listener = await open(t, { handler: (_request, response) => response.end('plain') })
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
  const ignored = await connectRaw(listener.port)
  ignored.send(upgrade)
  await ignored.until('plain')
  ignored.socket.destroy()

  listener.setUpgrade((_request, socket, head) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${head}`)
    socket.pipe(socket)
  })
  const client = await connectRaw(listener.port)
  client.send(`${upgrade}first `)
  await client.until('first')
  client.send('second')
  await client.until('first second')
  client.socket.destroy()
})

test('an upgraded connection that is reset disturbs nobody', async (t) => {
  const closed = Promise.withResolvers<void>()
  const listener = await open(t, {
    handler: (_request, response) => response.end('alive'),
    upgrade: (_request, socket) => {
      socket.once('close', closed.resolve)
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      socket.resume()
    },
  })
  const client = await connectRaw(listener.port)
  client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await client.until('101')
  client.socket.resetAndDestroy()
  await closed.promise
  assert.equal(await text(listener), 'alive')
})

async function open(t: TestContext, options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
  const handler = (_request: IncomingMessage, response: ServerResponse) => void response.end()
  const listener = await HttpListener.open({ port: 0, handler, ...options })
  t.after(() => listener.close({ graceMs: 0 }))
  return listener
}

function url(listener: HttpListener, path = '/'): string {
  return `http://127.0.0.1:${listener.port}${path}`
}

async function text(listener: HttpListener, path = '/'): Promise<string> {
  return (await fetch(url(listener, path))).text()
}
