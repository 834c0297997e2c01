/** The short way must answer as the front does, or leave the request to it. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { KeyRing } from '../../src/contracts.ts'
import { type FrontFixture, type FrontFixtureOptions, startFront, startShut, text } from './fixture.ts'

const keys: KeyRing = {
  levelOf: (key) => (key === 'f' ? 'function' : key === 'm' ? 'admin' : undefined),
  isSystemKey: () => false,
}

const options: FrontFixtureOptions = {
  keys,
  isAuthEnabled: true,
  cors: { origins: ['https://portal.example.com'], allowCredentials: true },
  forwardedHeaders: 'trusted',
  http: {
    customHeaders: { 'X-Custom': 'yes' },
    hsts: { maxAgeSeconds: 60, includeSubDomains: false, preload: false, excludedHosts: ['localhost'] },
  },
  settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' },
  functions: {
    text: { code: () => text('hello') },
    json: { code: () => ({ json: '{"a":[1,2]}' }) },
    nothing: { code: () => undefined },
    fails: {
      code: () => {
        throw new Error('broken')
      },
    },
    echo: {
      trigger: { route: 'echo/{id}' },
      code: ({ method, url, params, query, body }) => {
        const content = body?.bytes && Buffer.from(body.bytes).toString()
        return { json: JSON.stringify({ method, url, params, query, content }) }
      },
    },
    bytes: {
      code: () => ({
        http: { headers: { 'content-type': 'x/y' }, body: { bytes: Buffer.alloc(30_000, 7) } },
      }),
    },
    headers: {
      code: () => ({
        http: { statusCode: '418', headers: { 'X-Custom': 'own', Date: 'today', 'Keep-Alive': '1' } },
      }),
    },
    cookies: {
      code: () => ({
        http: {
          cookies: [
            { name: 'a', value: 'b' },
            { name: 'c', value: 'd' },
          ],
        },
      }),
    },
    negotiates: { code: () => ({ http: { enableContentNegotiation: true, body: { string: 'ünï' } } }) },
    badHeader: { code: () => ({ http: { headers: { 'X-Bad': 'a\nb' } } }) },
    badStatus: { code: () => ({ http: { statusCode: '99' } }) },
    unmodified: { code: () => ({ http: { statusCode: '304', body: { string: 'x' } } }) },
    keyed: { trigger: { authLevel: 'function' }, code: () => text('in') },
    disabled: { isDisabled: true, code: () => text('in') },
  },
}

const requests = [
  ...[
    'text',
    'json',
    'nothing',
    'fails',
    'bytes',
    'headers',
    'cookies',
    'negotiates',
    'badHeader',
    'badStatus',
  ].map((name) => `GET /api/${name}`),
  'GET /api/unmodified',
  'HEAD /api/text',
  'GET /API/Text/',
  'GET /api/echo/7?a=1&b=x%20y&a=2',
  'GET /api/keyed',
  'GET /api/keyed?code=f',
  'GET /api/keyed?code=wrong',
  'GET /api/disabled?code=f',
  'GET /api/disabled?code=m',
  'GET /api/text HTTP/1.1\r\nx-forwarded-proto: https\r\nX-Forwarded-Host: shop.example.com:1',
  'GET /api/text HTTP/1.1\r\nx-forwarded-proto: https',
  'GET /api/echo/1 HTTP/1.1\r\nx-forwarded-host: other, more',
  'GET /api/negotiates HTTP/1.1\r\nAccept: application/json',
]

test('a direct answer is the answer of the front, byte for byte', async () => {
  await using front = await startFront(options)
  let streamed = 0
  front.requests.on('request', ({ url }) => {
    if (url !== '/last') streamed++
  })
  for (const request of requests) {
    const head = request.includes(' HTTP/') ? request : `${request} HTTP/1.1`
    const direct = await talk(front, `${head}\r\nHost: localhost:80\r\n\r\n`)
    assert.equal(streamed, 0, `${request} was not answered directly`)
    // What is sent twice is not for the short way.
    const ordinary = await talk(front, `${head}\r\nHost: localhost:80\r\nX: 1\r\nX: 2\r\n\r\n`)
    assert.equal(streamed, 1)
    streamed = 0
    assert.equal(direct, ordinary, request)
  }
})

test('a body that came in pieces, and its size, reach the function', async () => {
  await using front = await startFront(options)
  const head = 'POST /api/echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n'
  const answer = await talk(front, `${head}ab`, 'cd')
  assert.match(answer, /"content": "abcd"/)
})

test('what the short way cannot do is left to the front', async () => {
  await using front = await startFront(options)
  const left = {
    '/': /^HTTP\/1.1 200 /,
    '/api/unknown': /^HTTP\/1.1 404 /,
    '/admin/x': /^HTTP\/1.1 404 /,
    '/Runtime/webhooks/x': /^HTTP\/1.1 401 /,
    '/api/text HTTP/1.1\r\nOrigin: https://portal.example.com':
      /Access-Control-Allow-Origin: https:\/\/portal/,
  }
  let streamed: (string | undefined)[] = []
  front.requests.on('request', ({ url }) => streamed.push(url))
  for (const [target, expected] of Object.entries(left)) {
    streamed = []
    const line = target.includes(' HTTP/') ? target : `${target} HTTP/1.1`
    const answer = await talk(front, `GET ${line}\r\nHost: h\r\n\r\n`)
    assert.match(answer, expected)
    assert.deepEqual(streamed, [target.split(' ')[0], '/last'])
  }
  const large = `POST /api/echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n${'x'.repeat(1001)}`
  assert.match(await talk(front, large), /^HTTP\/1.1 413 /)
})

test('a request for an app that starts waits for it', async () => {
  await using front = await startShut(options)
  front.requests.once('request', () => front.open())
  const answer = await talk(front, 'GET /api/text HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.match(answer, /hello$/)
})

/** Sends the pieces, and splits what comes back into the answer to them and that to a last request, which is left out. */
async function talk({ port }: FrontFixture, ...pieces: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  for (const piece of pieces)
    await new Promise<void>((sent) => socket.write(piece, 'latin1', () => setImmediate(sent)))
  socket.write('GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  let received = ''
  for await (const chunk of socket) received += (chunk as Buffer).toString('latin1')
  const end = received.lastIndexOf('HTTP/1.1 404')
  return received.slice(0, end === 0 ? undefined : end).replace(/Date: \w+, [^\r]*/, 'Date: now')
}
