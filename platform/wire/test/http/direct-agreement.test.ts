/** Node's parser and the short way beside it must never read the same bytes differently. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDirectRequest } from '../../src/http/direct-request.ts'

interface ReadRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: object
  readonly rawHeaders: readonly string[]
  readonly body: string
}

const probe = 'GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n'

/** What makes requests go wrong, mixed with what does not. */
const headerLines = [
  'Accept: */*\r\n',
  'accept:text/plain;q=0.5 , */*\r\n',
  'X-Empty:\r\n',
  'X-Blank: \t \r\n',
  'X-Padded: \t a b\t \r\n',
  'X-Latin: caf\xe9\r\n',
  "!#$%&'*+-.^_`|~: odd name\r\n",
  'Connection: keep-alive\r\n',
  'Connection: Keep-Alive\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive, close\r\n',
  'Connection: upgrade\r\n',
  'Proxy-Connection: close\r\n',
  'Upgrade: websocket\r\n',
  'Expect: 100-continue\r\n',
  'Expect: magic\r\n',
  'TE: trailers\r\n',
  'Trailer: X-Later\r\n',
  'Cookie: a=b\r\n',
  'Set-Cookie: a=b\r\n',
  'Host: other\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 3\r\n',
  'content-length: 12\r\n',
  'Content-Length: 003\r\n',
  'Content-Length: +3\r\n',
  'Content-Length: -3\r\n',
  'Content-Length: 3, 3\r\n',
  'Content-Length: 0x3\r\n',
  'Content-Length: 3 \r\n',
  'Content-Length : 3\r\n',
  'Content-Length:\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'transfer-encoding:\tchunked\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  ' Folded: line\r\n',
  '\tFolded\r\n',
  'No colon\r\n',
  ': no name\r\n',
  'Bad Name: x\r\n',
  'B\xe4d: x\r\n',
  'X-Nul: a\0b\r\n',
  'X-Control: a\x01b\r\n',
  'X-Delete: a\x7fb\r\n',
  'X-Return: a\rb\r\n',
  'X-Feed: a\nContent-Length: 3\r\n',
  'X-Bare: feed\n',
  'X-Two: returns\r\r\n',
  'constructor: x\r\n',
  '__proto__: x\r\n',
]

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'QUERY',
  'get',
  'PRI',
  '',
]
const targets = [
  '/',
  '/a/b?c=d&e',
  '/%2e%2E/;x=@:!',
  '//x',
  '*',
  'http://x/y',
  '/a b',
  '/a#b',
  '/\xe9',
  '/"<>',
  'x:1',
  '',
]
const versions = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/1.2',
  'http/1.1',
  'HTTP/01.1',
  '',
]
const lineEnds = ['\r\n', '\r\n', '\r\n', '\n', '\r\r\n', ' \r\n']
const bodies = ['', 'abc', 'abcd', '3\r\nabc\r\n0\r\n\r\n', 'hello, world', '\r\n\r\n', probe, `abc${probe}`]

/** Mostly what is in order, so that what is not stands alone. */
function mostly<T>(usual: T, all: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...all) },
  )
}

const requests = fc
  .tuple(
    mostly('POST', methods),
    mostly('/a/b?c=d&e', targets),
    mostly('HTTP/1.1', versions),
    mostly('\r\n', lineEnds),
    mostly('Host: x\r\n', ['', 'Host:\r\n', 'host: x\r\nHost: y\r\n']),
    fc.array(fc.constantFrom(...headerLines), { maxLength: 3 }),
    mostly('\r\n', ['\n', '', '\r', '\r\n\r\n']),
    fc.constantFrom(...bodies),
  )
  .map(([method, target, version, lineEnd, host, lines, headEnd, body]) =>
    Buffer.from(
      `${method} ${target} ${version}${lineEnd}${host}${lines.join('')}${headEnd}${body}`,
      'latin1',
    ),
  )

/** The same with a byte more, a byte less or another one. */
const mutated = fc
  .tuple(
    requests,
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.constantFrom(0, 1),
    fc.uint8Array({ maxLength: 2 }),
  )
  .map(([bytes, where, removed, added]) => {
    const at = Math.floor(where * bytes.length)
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
  })

test('a request that is read directly is the same to Node, and ends at the same byte', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(requests, mutated), async (start) => {
      const wanted = readDirectRequest(start)
      if (!wanted) return
      const bytes = typeof wanted === 'number' ? Buffer.concat([start, Buffer.alloc(wanted, 'z')]) : start
      const direct = readDirectRequest(bytes)
      assert.ok(typeof direct === 'object' && (typeof wanted === 'object' || direct.size === wanted))
      taken++
      const seen = await readByNode(Buffer.concat([bytes.subarray(0, direct.size), Buffer.from(probe)]))
      assert.equal(seen.error, undefined)
      assert.deepEqual(
        seen.requests.map(({ url }) => url),
        [direct.url, '/probe'],
      )
      const { method, url, headers, rawHeaders, body } = direct
      assert.deepEqual(seen.requests[0], {
        method,
        url,
        headers: { ...headers },
        rawHeaders,
        body: body?.toString('latin1') ?? '',
      })
      const short = await readByNode(bytes.subarray(0, direct.size - 1))
      assert.equal(short.completed, 0, 'Node had enough with a byte less')
    }),
    { numRuns: 4000 },
  )
  assert.ok(taken > 400, `only ${taken} requests were read directly`)
})

test('a request whose head is here says how long it is, one whose head is not says nothing', () => {
  const head = 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n'
  const bytes = Buffer.from(`${head}abc`)
  for (let size = 0; size < bytes.length; size++) {
    const expected = size < head.length ? undefined : bytes.length
    assert.equal(readDirectRequest(bytes.subarray(0, size)), expected)
  }
  const request = readDirectRequest(bytes)
  assert.equal(typeof request === 'object' && request.body?.toString(), 'abc')
})

test('what is malformed, rare or ambiguous is left to Node', () => {
  const plain = new Set(headerLines.slice(0, 9).concat('Cookie: a=b\r\n', 'X-Latin: caf\xe9\r\n'))
  const harmless = [
    'Content-Length: 0\r\n',
    'Content-Length: 3\r\n',
    'content-length: 12\r\n',
    'Content-Length: 3 \r\n',
    'Transfer_Encoding: chunked\r\n',
  ]
  for (const line of headerLines) {
    const bytes = Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\n${line}\r\nabc`, 'latin1')
    const isRead = readDirectRequest(bytes) !== undefined
    assert.equal(isRead, plain.has(line) || harmless.includes(line), JSON.stringify(line))
  }
})

test('a head of more than 8 KB, and a body of more than 64, are left to Node', () => {
  const withCookie = (length: number) =>
    Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(length)}\r\n\r\n`)
  assert.ok(readDirectRequest(withCookie(8000)))
  assert.equal(readDirectRequest(withCookie(8200)), undefined)
  const withBody = (length: number) =>
    readDirectRequest(Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`))
  assert.equal(typeof withBody(65_536), 'number')
  assert.equal(withBody(65_537), undefined)
})

test('a line that fails late costs no more than its length', () => {
  const line = `X: ${' '.repeat(7000)}\x01`
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`)
  const start = process.cpuUsage()
  for (let count = 0; count < 100; count++) assert.equal(readDirectRequest(bytes), undefined)
  // Linear it takes some milliseconds, quadratic some seconds.
  assert.ok(process.cpuUsage(start).user < 500_000)
})

/** Requests that an HTTP server of Node's makes of `bytes`, and the error with which it gave up. */
async function readByNode(bytes: Buffer) {
  const requests: ReadRequest[] = []
  let error: Error | undefined
  let completed = 0
  const server = createServer(
    { maxHeaderSize: 32 * 1024 },
    (request: IncomingMessage, response: ServerResponse) => {
      const { method, url, headers, rawHeaders } = request
      const seen = { method, url, headers: { ...headers }, rawHeaders, body: '' }
      requests.push(seen)
      request.on('data', (chunk: Buffer) => {
        seen.body += chunk.toString('latin1')
      })
      request.on('end', () => {
        completed++
        response.end()
      })
    },
  )
  server.on('upgrade', () => assert.fail('an upgrade'))
  server.on('connect', () => assert.fail('a tunnel'))
  server.on('clientError', (thrown) => {
    error = thrown
  })
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  server.emit('connection', connection)
  connection.push(bytes)
  // Two pipelined requests take several turns; nothing here waits for anything outside of the process.
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate)
  connection.destroy()
  return { requests, error, completed }
}
