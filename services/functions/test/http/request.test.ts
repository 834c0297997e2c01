import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { parseQuery, parseTarget } from '@aloft/wire/http'
import { type Code, startFront } from './fixture.ts'

const echo: Code = (http) => ({
  http: {
    statusCode: '200',
    body: {
      json: JSON.stringify({ ...http, body: http.body?.bytes && Buffer.from(http.body.bytes).toString() }),
    },
  },
})

test('a function gets method, absolute URL, lower-case headers, route values, query and body', async () => {
  await using front = await startFront({
    functions: { items: { trigger: { route: 'items/{id:int}' }, code: echo } },
  })
  const response = await fetch(`${front.url}/api/Items/7/?a=1&b=x%20y&a=2`, {
    method: 'POST',
    headers: { 'X-Custom': 'Value' },
    body: 'hello',
  })
  const seen = (await response.json()) as Record<string, Record<string, string>>
  assert.equal(seen.method, 'POST')
  assert.equal(seen.url, `${front.url}/api/Items/7/?a=1&b=x%20y&a=2`)
  assert.equal(seen.headers?.['x-custom'], 'Value')
  assert.deepEqual(seen.params, { id: '7' })
  assert.deepEqual(seen.query, { a: '1,2', b: 'x y' })
  assert.equal(seen.body, 'hello')
})

test('repeated headers are joined with a comma, cookies with a semicolon', async () => {
  await using front = await startFront({ functions: { echo: { code: echo } } })
  const answer = await raw(
    front.port,
    'GET /api/echo HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a: 2\r\nconstructor: 3\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n',
  )
  assert.match(answer, /"x-a": "1,2"/)
  assert.match(answer, /"constructor": "3"/)
  assert.match(answer, /"cookie": "a=1; b=2"/)
  assert.match(answer, /"url": "http:\/\/h:1\/api\/echo"/)
})

test('a chunked body is delivered', async () => {
  await using front = await startFront({ functions: { echo: { code: echo } } })
  const answer = await raw(
    front.port,
    'POST /api/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  )
  assert.match(answer, /"body": "abcde"/)
})

test('a client that expects 100-continue gets it and then its answer', async () => {
  await using front = await startFront({ functions: { echo: { code: echo } } })
  const answer = await raw(
    front.port,
    'POST /api/echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
  )
  assert.match(answer, /^HTTP\/1.1 100 Continue/)
  assert.match(answer, /"body": "ok"/)
})

test('a body at the limit passes and one byte more is answered 413', async () => {
  await using front = await startFront({
    functions: { echo: { code: echo } },
    settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '5' },
  })
  const send = (body: string) => fetch(`${front.url}/api/echo`, { method: 'POST', body })
  assert.equal((await send('12345')).status, 200)
  assert.equal((await send('123456')).status, 413)
  const chunked = await raw(
    front.port,
    'POST /api/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n',
  )
  assert.match(chunked, /^HTTP\/1.1 413/)
})

test('targets are taken apart: absolute form, escapes, dots, and the query as it is', () => {
  const rows: [string, string, string][] = [
    ['/api/x?a=1?b', '/api/x', '?a=1?b'],
    ['http://h:1/api/x?q', '/api/x', '?q'],
    ['http://h', '/', ''],
    ['*', '/', ''],
    ['/a%20b/%C3%BC', '/a b/ü', ''],
    ['/a%2Fb/%2f', '/a%2Fb/%2f', ''],
    ['/a%252Fb', '/a%2Fb', ''],
    ['/bad%zz%e4', '/bad%zz\ufffd', ''],
    ['/api/../admin/./host/x', '/admin/host/x', ''],
    ['/api/x/..', '/api/', ''],
    ['/.well-known/a', '/.well-known/a', ''],
  ]
  for (const [target, path, query] of rows) assert.deepEqual(parseTarget(target), { path, query }, target)
})

test('queries: repeated names are joined, plus is a space, empty parts vanish', () => {
  assert.deepEqual(parseQuery('?a=1&&a=2&b&c=d=e&f+g=h%2Bi&=x'), {
    a: '1,2',
    b: '',
    c: 'd=e',
    'f g': 'h+i',
    '': 'x',
  })
  assert.deepEqual(parseQuery('?'), {})
  assert.deepEqual(parseQuery('?constructor=1&toString=2&toString=3'), { constructor: '1', toString: '2,3' })
})

/** Sends bytes and returns everything that comes back until the server closes. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}
