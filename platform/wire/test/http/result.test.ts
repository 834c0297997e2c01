import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypedData } from '@aloft/wire'
import { formatCookie } from '../../src/http/cookies.ts'
import type { Reply } from '../../src/http/reply.ts'
import { replyOf } from '../../src/http/result.ts'

const textType = ['Content-Type', 'text/plain; charset=utf-8']

function reply(value: TypedData | undefined, accept?: string): Reply {
  const { status, headers, body } = replyOf(value, accept)
  return { status, headers, body: body instanceof Uint8Array ? Buffer.from(body).toString() : body }
}

test('no value is 204 without a body', () => {
  assert.deepEqual(reply(undefined), { status: 204, headers: [], body: undefined })
  assert.deepEqual(reply({ json: 'null' }), { status: 204, headers: [], body: undefined })
})

test('text goes out as it is, as plain text unless the function says otherwise', () => {
  assert.deepEqual(reply({ http: { statusCode: '201', body: { string: 'hi' } } }), {
    status: 201,
    headers: textType,
    body: 'hi',
  })
  const html = reply({ http: { headers: { 'Content-Type': 'text/html' }, body: { string: '<p>' } } })
  assert.deepEqual(html.headers, ['Content-Type', 'text/html; charset=utf-8'])
  const latin = reply({
    http: { headers: { 'content-type': 'text/html; charset=latin1' }, body: { string: '' } },
  })
  assert.deepEqual(latin.headers, ['Content-Type', 'text/html; charset=latin1'])
})

test('bytes have the content type that the function gives them, or none', () => {
  const bytes = Buffer.from('abc')
  assert.deepEqual(reply({ http: { body: { bytes } } }), { status: 200, headers: [], body: 'abc' })
  const typed = reply({ http: { headers: { 'content-type': 'application/json' }, body: { bytes } } })
  assert.deepEqual(typed.headers, ['Content-Type', 'application/json'])
})

test('objects and arrays are indented JSON with numbers and dates exactly as written', () => {
  const json = '{"a":[1.0,12345678901234567890],"b":{},"c":[],"d":"x\\"{,:","e":{"f":null}}'
  assert.deepEqual(reply({ http: { body: { json } } }), {
    status: 200,
    headers: textType,
    body: `{
  "a": [
    1.0,
    12345678901234567890
  ],
  "b": {},
  "c": [],
  "d": "x\\"{,:",
  "e": {
    "f": null
  }
}`,
  })
})

test('scalars are their text, and null is an empty body', () => {
  assert.equal(reply({ http: { body: { json: '"a\\nb"' } } }).body, 'a\nb')
  assert.equal(reply({ http: { body: { json: 'true' } } }).body, 'true')
  assert.equal(reply({ http: { body: { int: 5 } } }).body, '5')
  assert.equal(reply({ http: { body: { double: 1.5 } } }).body, '1.5')
  assert.deepEqual(reply({ http: { body: { json: 'null' } } }), {
    status: 200,
    headers: textType,
    body: undefined,
  })
  assert.deepEqual(reply({ http: {} }), { status: 200, headers: textType, body: undefined })
})

test('the status is a whole number, or 200', () => {
  const statusOf = (statusCode: string | null) => reply({ http: { statusCode } }).status
  assert.equal(statusOf('404'), 404)
  assert.equal(statusOf(' 404 '), 404)
  assert.equal(statusOf('OK'), 200)
  assert.equal(statusOf('404.5'), 200)
  assert.equal(statusOf(''), 200)
  assert.equal(statusOf(null), 200)
})

test('of a repeated header the first is kept, and what belongs to the connection is dropped', () => {
  const headers = {
    'X-A': '1',
    'x-a': '2',
    'x-b': '3',
    'X-B': '4',
    'Content-Length': '99',
    'Transfer-Encoding': 'x',
  }
  assert.deepEqual(reply({ http: { headers, body: { bytes: Buffer.from('') } } }).headers, [
    'X-A',
    '1',
    'x-b',
    '3',
  ])
})

test('returned text that is a response object becomes the response', () => {
  const object = {
    Status: 202,
    headers: { 'X-N': 5, 'Content-Type': 'application/json' },
    body: { a: 1 },
    cookies: [{ name: 'c', value: 'v', path: '/p', sameSite: 'Strict', maxAge: 9, httpOnly: true }],
  }
  assert.deepEqual(reply({ string: JSON.stringify(object) }), {
    status: 202,
    headers: [
      ...['X-N', '5'],
      ...['Set-Cookie', 'c=v; max-age=9; path=/p; samesite=strict; httponly'],
      ...['Content-Type', 'application/json; charset=utf-8'],
    ],
    body: '{\n  "a": 1\n}',
  })
  assert.equal(reply({ json: '{"body":"x","statusCode":"418"}' }).status, 418)
})

test('returned text that is other JSON is indented, and text is text', () => {
  assert.equal(reply({ string: '{"a":1}' }).body, '{\n  "a": 1\n}')
  assert.equal(reply({ string: '[1]' }).body, '[\n  1\n]')
  assert.equal(reply({ string: '{not json' }).body, '{not json')
  assert.equal(reply({ string: '' }).body, '')
  assert.equal(reply({ collectionString: { string: ['a'] } }).body, '[\n  "a"\n]')
})

test('a null content type is an error', () => {
  const object = { body: '', headers: { 'content-type': null } }
  assert.throws(() => reply({ string: JSON.stringify(object) }), /content-type header cannot be null/)
})

test('content negotiation follows Accept', () => {
  const ask = (body: TypedData, accept?: string) => {
    const { headers, body: sent } = reply({ http: { body, enableContentNegotiation: true } }, accept)
    return [headers.at(-1), sent]
  }
  const json = 'application/json; charset=utf-8'
  assert.deepEqual(ask({ string: 'a<b' }), ['text/plain; charset=utf-8', 'a<b'])
  assert.deepEqual(ask({ string: 'a<b' }, 'text/html,*/*;q=0.8'), ['text/plain; charset=utf-8', 'a<b'])
  assert.deepEqual(ask({ string: 'a"b' }, 'application/json'), [json, '"a\\"b"'])
  assert.deepEqual(ask({ string: 'a<b' }, 'text/plain;q=0.1, application/xml'), [
    'application/xml; charset=utf-8',
    '<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">a&lt;b</string>',
  ])
  assert.deepEqual(ask({ json: '{"a":1}' }, 'application/xml'), [json, '{"a":1}'])
  assert.deepEqual(ask({ json: '{"a":1}' }, 'image/png'), [json, '{"a":1}'])
  assert.equal(reply({ http: { body: null, enableContentNegotiation: true } }).status, 204)
})

test('a content type that the function sets decides the negotiation', () => {
  const headers = { 'Content-Type': 'application/json' }
  const sent = reply(
    { http: { headers, body: { string: 'x' }, enableContentNegotiation: true } },
    'text/plain',
  )
  assert.deepEqual(sent, { status: 200, headers: ['Content-Type', 'application/json'], body: '"x"' })
})

test('cookies are written as ASP.NET Core writes them', () => {
  assert.equal(
    formatCookie({ name: 'a b', value: "x=;'()*!~é" }),
    'a%20b=x%3D%3B%27%28%29%2A%21~%C3%A9; path=/',
  )
  assert.equal(
    formatCookie({
      name: 'n',
      value: 'v',
      expires: { value: { seconds: 1_600_000_000 } },
      maxAge: { value: 10 },
      domain: { value: 'example.com' },
      path: { value: '/x' },
      secure: { value: true },
      sameSite: 'explicitNone',
      httpOnly: { value: true },
    }),
    'n=v; expires=Sun, 13 Sep 2020 12:26:40 GMT; max-age=10; domain=example.com; path=/x; secure; samesite=none; httponly',
  )
  assert.equal(
    formatCookie({ name: 'n', value: 'v', sameSite: 'none', secure: { value: false } }),
    'n=v; path=/',
  )
})
