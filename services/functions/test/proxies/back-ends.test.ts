import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { MemoryWatch } from '../contract/memory-watch.ts'
import { send } from '../contract/raw-http.ts'
import { echo, forward, startBackEnd, startProxies, startSocketServer, unusedPort } from './fixture.ts'

const megabyte = Buffer.alloc(1_000_000, 'x')
const large = 100_000_000
/** What buffers of sockets and streams may take. */
const allowance = 30_000_000

async function turnUntil(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve))
}

test('the back end gets the request as it came, addressed to itself', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({
    proxies: { p: forward('/pets/{id}', `${backEnd.url}/api/animals/{id}?kind=pet`) },
  })
  const answer = await send(`${at.url}/pets/7%2F8?b=1&b=2&c=x%20y`, {
    method: 'PATCH',
    headers: [
      ...['Host', 'shop.example.com', 'X-A', '1', 'X-A', '2', 'X-MS-COLDSTART', '1', 'Content-Length', '4'],
      ...[
        'Connection',
        'X-Hop',
        'X-Hop',
        'h',
        'Keep-Alive',
        'timeout=9',
        'TE',
        'trailers',
        'Expect',
        '100-continue',
      ],
    ],
    body: 'body',
  })
  assert.equal(answer.text, 'PATCH /api/animals/7%2F8?kind=pet&b=1&b=2&c=x%20y body')
  const [request] = backEnd.requests
  const { traceparent, ...headers } = request?.headersDistinct ?? {}
  assert.deepEqual(
    { ...headers },
    {
      host: [`127.0.0.1:${backEnd.port}`],
      'x-a': ['1', '2'],
      'x-ms-coldstart': ['1'],
      'content-length': ['4'],
      'max-forwards': ['10'],
    },
  )
  assert.match(String(traceparent), /^00-[\da-f]{32}-[\da-f]{16}-01$/)
})

test('the span of the proxy is the parent of what the back end does', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await fetch(`${at.url}/p`, { headers: { traceparent, tracestate: 'a=b' } })
  const [{ traceId, spanId } = { traceId: '', spanId: '' }] = at.telemetry
  const { headers } = backEnd.requests[0]!
  assert.deepEqual([headers.traceparent, headers.tracestate], [`00-${traceId}-${spanId}-01`, 'a=b'])
})

test('overrides change method, headers and query of the request', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({
    proxies: {
      p: forward('/p/{id}', `${backEnd.url}/x?old=1`, {
        requestOverrides: {
          'backend.request.method': '{request.querystring.verb}',
          'backend.request.headers.Host': 'inner.example.com',
          'backend.request.headers.Accept': 'text/plain',
          'backend.request.headers.X-Empty': '',
          'backend.request.headers.X-Id': '{id} {request.headers.none}%KEY%',
          'backend.request.querystring.Old': '2',
          'backend.request.querystring.empty': '',
        },
      }),
    },
    settings: { KEY: 'k' },
  })
  const headers = { Accept: 'text/html', 'X-Empty': 'full', 'X-Other': 'o' }
  const answer = await fetch(`${at.url}/p/7?verb=delete&empty=3`, { headers })
  assert.equal(await answer.text(), 'DELETE /x?verb=delete&Old=2&empty=')
  const seen = backEnd.requests[0]!.headers
  assert.deepEqual(
    [seen.host, seen.accept, seen['x-empty'], seen['x-id'], seen['x-other']],
    ['inner.example.com', 'text/plain', '', '7 k', 'o'],
  )
})

test('a POST that the proxy made says that it has no body', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({
    proxies: { p: forward('/p', backEnd.url, { requestOverrides: { 'backend.request.method': 'POST' } }) },
  })
  assert.equal(await (await fetch(`${at.url}/p`)).text(), 'POST /')
  assert.equal(backEnd.requests[0]!.headers['content-length'], '0')
})

test('status, reason, headers, body and trailers of the answer come back', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    response.writeHead(404, 'Not Here', [
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Trailer', 'X-Sum', 'Connection', 'X-Hop'],
      ...['X-Hop', 'h', 'Content-Encoding', 'br'],
    ])
    response.addTrailers({ 'X-Sum': '9' })
    response.end('nowhere')
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const call = openRequest(`${at.url}/p`).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  const body = Buffer.concat(await answer.toArray()).toString()
  assert.deepEqual([answer.statusCode, answer.statusMessage, body], [404, 'Not Here', 'nowhere'])
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.deepEqual([answer.headers['x-hop'], answer.headers['content-encoding']], [undefined, 'br'])
  assert.deepEqual({ ...answer.trailers }, { 'x-sum': '9' })
})

test('overrides of the answer may use what the back end said', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    response.writeHead(418, 'Tea', {
      'X-Kind': 'green',
      Server: 'kettle',
      'Content-Length': 3,
      'Content-MD5': 'x',
    })
    response.end('tea')
  })
  await using at = await startProxies({
    proxies: {
      p: forward('/p', backEnd.url, {
        responseOverrides: {
          'response.statusCode': '200',
          'response.headers.Server': '',
          'response.headers.X-Was': '{backend.response.statusCode} {backend.response.statusReason}',
          'response.body': { kind: '{backend.response.headers.x-kind}' },
        },
      }),
    },
  })
  const { status, headers, text } = await send(`${at.url}/p`)
  assert.deepEqual([status, text], [200, '{"kind":"green"}'])
  assert.deepEqual(
    [
      headers.server,
      headers['x-was'],
      headers['content-length'],
      headers['content-md5'],
      headers['content-type'],
    ],
    [undefined, '418 Tea', '16', undefined, 'application/json; charset=utf-8'],
  )
})

test('redirects are passed through, not followed', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    response.writeHead(307, { Location: '/elsewhere' }).end()
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const answer = await fetch(`${at.url}/p`, { redirect: 'manual' })
  assert.deepEqual([answer.status, answer.headers.get('location')], [307, '/elsewhere'])
  assert.equal(backEnd.requests.length, 1)
})

test('HEAD and 304 come back without a body', async () => {
  await using backEnd = await startBackEnd((request, response) => {
    const status = request.url === '/304' ? 304 : 200
    response.writeHead(status, { 'Content-Type': 'a/b', 'Content-Length': 4, ETag: '"1"' })
    response.end(request.method === 'HEAD' || status === 304 ? undefined : 'four')
  })
  await using at = await startProxies({ proxies: { p: forward('/{path}', `${backEnd.url}/{path}`) } })
  const ask = async (method: string, path: string) => {
    const { status, text, headers } = await send(at.url + path, { method })
    return [status, text, headers['content-type'], headers['content-length'], headers.etag]
  }
  assert.deepEqual(await ask('HEAD', '/200'), [200, '', 'a/b', '4', '"1"'])
  assert.deepEqual(await ask('GET', '/304'), [304, '', undefined, undefined, '"1"'])
  assert.deepEqual(await ask('HEAD', '/304'), [304, '', 'a/b', undefined, '"1"'])
  assert.deepEqual(await ask('GET', '/200'), [200, 'four', 'a/b', '4', '"1"'])
})

test('both bodies flow while they are made', async () => {
  await using backEnd = await startBackEnd((request, response) => void request.pipe(response))
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const call = openRequest(`${at.url}/p`, { method: 'POST' })
  call.write('one')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  const chunks = answer[Symbol.asyncIterator]()
  assert.equal(String((await chunks.next()).value), 'one')
  call.write('two')
  assert.equal(String((await chunks.next()).value), 'two')
  call.end()
  assert.equal((await chunks.next()).done, true)
})

test('100 MB go up through a proxy without staying in the host', async () => {
  let received = 0
  await using backEnd = await startBackEnd(async (request, response) => {
    for await (const chunk of request) received += chunk.length
    response.end(String(received))
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const outgoing = openRequest(`${at.url}/p`, { method: 'POST' })
  const answered = once(outgoing, 'response')
  const memory = new MemoryWatch()
  const source = function* () {
    for (let sent = 0; sent < large; sent += megabyte.length) yield memory.passing(megabyte)
  }
  await pipeline(Readable.from(source()), outgoing)
  const [answer] = await answered
  assert.equal(Buffer.concat(await answer.toArray()).toString(), String(large))
  assert.ok(memory.mostHeld < allowance, `${memory.mostHeld} bytes held`)
})

test('100 MB come down through a proxy without staying in the host', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    const source = function* () {
      for (let sent = 0; sent < large; sent += megabyte.length) yield megabyte
    }
    Readable.from(source()).pipe(response)
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const answer = await fetch(`${at.url}/p`)
  const memory = new MemoryWatch()
  let bytes = 0
  for await (const chunk of answer.body!) bytes += memory.passing(chunk).length
  assert.equal(bytes, large)
  assert.ok(memory.mostHeld < allowance, `${memory.mostHeld} bytes held`)
})

test('a slow reader holds back the back end', async () => {
  let written = 0
  await using backEnd = await startBackEnd(async (_request, response) => {
    for (; written < large; written += megabyte.length) {
      if (!response.write(megabyte)) await once(response, 'drain')
    }
    response.end()
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const call = openRequest(`${at.url}/p`).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  // Stalled: for many turns of the loop nothing more is written.
  for (let last = -1, quiet = 0; quiet < 300; quiet = last === written ? quiet + 1 : 0) {
    last = written
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(
    written < large / 2,
    `${written} bytes were taken from the back end for a client that reads nothing`,
  )
  let received = 0
  for await (const bytes of answer) received += (bytes as Buffer).length
  assert.equal(received, large)
})

test('a client that leaves ends the call', async () => {
  const called = Promise.withResolvers<ServerResponse>()
  await using backEnd = await startBackEnd((_request, response) => called.resolve(response))
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const call = openRequest(`${at.url}/p`, { method: 'POST' })
  call.on('error', () => {})
  call.write('some')
  const response = await called.promise
  const closed = once(response, 'close')
  call.destroy()
  await closed
  await turnUntil(() => at.telemetry.length > 0)
  assert.equal(at.telemetry[0]?.success, true)
})

test('a back end that may not be asked for more is left when the body is replaced', async () => {
  const closed = Promise.withResolvers<void>()
  await using backEnd = await startBackEnd((_request, response) => {
    response.on('close', () => closed.resolve())
    response.write('endless')
  })
  await using at = await startProxies({
    proxies: { p: forward('/p', backEnd.url, { responseOverrides: { 'response.body': 'short' } }) },
  })
  assert.equal(await (await fetch(`${at.url}/p`)).text(), 'short')
  await closed.promise
})

test('connections to a back end are used again', async () => {
  const ports = new Set<number | undefined>()
  await using backEnd = await startBackEnd((request, response) => {
    ports.add(request.socket.remotePort)
    response.end('x')
  })
  await using at = await startProxies({
    proxies: {
      p: forward('/p', backEnd.url),
      q: forward('/q', backEnd.url, { responseOverrides: { 'response.statusCode': '204' } }),
    },
  })
  for (const path of ['/p', '/q', '/p', '/q', '/p']) await (await fetch(at.url + path)).text()
  assert.equal(ports.size, 1)
})

test('a request on a connection that the back end has just closed is sent again', async () => {
  let connections = 0
  let answered = 0
  await using backEnd = await startSocketServer((socket) => {
    connections++
    let isFirst = true
    socket.on('data', () => {
      // The second request on a connection is what an idle one gets that was closed while it came.
      if (!isFirst) return socket.resetAndDestroy()
      isFirst = false
      answered++
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  assert.equal(await (await fetch(`${at.url}/p`)).text(), 'ok')
  assert.equal(await (await fetch(`${at.url}/p`)).text(), 'ok')
  assert.deepEqual([connections, answered], [2, 2])
})

test('a back end that cannot be reached is 502, without the overrides of the proxy', async () => {
  const port = await unusedPort()
  await using at = await startProxies({
    proxies: {
      p: forward('/p', `http://127.0.0.1:${port}/secret?code=key`, {
        responseOverrides: { 'response.statusCode': '200', 'response.body': 'fine' },
      }),
    },
  })
  const answer = await fetch(`${at.url}/p`, { method: 'POST', body: 'x' })
  const [{ invocationId, success, resultCode } = { invocationId: '', success: true, resultCode: '' }] =
    at.telemetry
  assert.equal(answer.status, 502)
  assert.deepEqual(await answer.json(), { statusCode: 502, message: 'Bad gateway', activityId: invocationId })
  assert.deepEqual([success, resultCode], [false, '502'])
  const failure = at.logged.find(({ level }) => level === 'error')
  assert.match(
    failure?.error?.message ?? '',
    new RegExp(`^The back end http://127\\.0\\.0\\.1:${port} failed: connect ECONNREFUSED`),
  )
})

for (const [what, bytes] of [
  ['nothing', ''],
  ['no HTTP', 'SMTP ready\r\n\r\n'],
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
] as const) {
  test(`a back end that answers ${what} and closes is 502`, async () => {
    await using backEnd = await startSocketServer((socket) => socket.once('data', () => socket.end(bytes)))
    await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
    assert.equal((await fetch(`${at.url}/p`)).status, 502)
  })
}

test('an answer that breaks off in its middle breaks off for the client', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    response.writeHead(200, { 'Content-Length': 10 })
    response.write('half', () => response.destroy())
  })
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const answer = await fetch(`${at.url}/p`)
  await assert.rejects(answer.text())
  await turnUntil(() => at.telemetry.length > 0)
  assert.match(at.telemetry[0]?.error?.message ?? '', /failed: aborted/)
})

test('a back end that takes longer than functions may is 504', async () => {
  const clock = new VirtualClock()
  const called = Promise.withResolvers<void>()
  await using backEnd = await startBackEnd(() => called.resolve())
  await using at = await startProxies({
    proxies: { p: forward('/p', backEnd.url) },
    clock,
    functionTimeoutMs: 60_000,
  })
  const asked = fetch(`${at.url}/p`)
  await called.promise
  await clock.advance(60_000)
  const answer = await asked
  assert.equal(answer.status, 504)
  const { message } = (await answer.json()) as { message: string }
  assert.equal(message, 'Gateway timeout')
})

test('an answer may take longer than functions, as long as something moves', async () => {
  const clock = new VirtualClock()
  const called = Promise.withResolvers<ServerResponse>()
  await using backEnd = await startBackEnd((_request, response) => {
    response.write('1')
    called.resolve(response)
  })
  await using at = await startProxies({
    proxies: { p: forward('/p', backEnd.url) },
    clock,
    functionTimeoutMs: 60_000,
  })
  const answer = await fetch(`${at.url}/p`)
  const chunks = answer.body![Symbol.asyncIterator]()
  assert.equal(Buffer.from((await chunks.next()).value!).toString(), '1')
  const response = await called.promise
  await clock.advance(200_000)
  response.write('2')
  assert.equal(Buffer.from((await chunks.next()).value!).toString(), '2')
  await clock.advance(200_000)
  response.write('3')
  assert.equal(Buffer.from((await chunks.next()).value!).toString(), '3')
  await clock.advance(240_000)
  await assert.rejects(async () => chunks.next())
})

test('values that make no address are 400', async () => {
  await using at = await startProxies({ proxies: { p: forward('/p/{*file}', 'http://127.0.0.1:1/{file}') } })
  await using decoding = await startProxies({
    proxies: { p: forward('/p/{*file}', 'http://127.0.0.1:1/x/{file}') },
    settings: { AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES: 'true' },
  })
  const answer = await fetch(`${decoding.url}/p/..%2F..%2Fetc`)
  assert.deepEqual([answer.status, await answer.text()], [400, "'..' cannot be part of a path."])
  assert.equal((await fetch(`${at.url}/p/ok`)).status, 502)
})

test('AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES decodes slashes', async () => {
  await using backEnd = await startBackEnd(echo)
  const proxies = { p: forward('/{*all}', `${backEnd.url}/{all}`) }
  await using plain = await startProxies({ proxies })
  await using decoding = await startProxies({
    proxies,
    settings: { AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES: 'true' },
  })
  assert.equal(await (await fetch(`${plain.url}/api%2ftest`)).text(), 'GET /api%2Ftest')
  assert.equal(await (await fetch(`${decoding.url}/api%2ftest`)).text(), 'GET /api/test')
})

test('a request that has passed too many servers is not sent on', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({ proxies: { p: forward('/p', backEnd.url) } })
  const statusOf = async (left: string) =>
    (await fetch(`${at.url}/p`, { headers: { 'Max-Forwards': left } })).status
  assert.deepEqual([await statusOf('0'), await statusOf('1')], [400, 200])
  assert.deepEqual(
    backEnd.requests.map(({ headers }) => headers['max-forwards']),
    ['0'],
  )
})

test('what would break the head of the answer is taken out of values', async () => {
  await using backEnd = await startBackEnd((_request, response) => {
    response.writeHead(200, { 'X-A': 'a' }).end('x')
  })
  await using at = await startProxies({
    proxies: {
      p: forward('/p', backEnd.url, {
        responseOverrides: { 'response.statusReason': '{backend.response.headers.x-a}\u0001ok' },
      }),
    },
  })
  const call = openRequest(`${at.url}/p`).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  assert.deepEqual([answer.statusCode, answer.statusMessage], [200, 'aok'])
})
