/** What user code can see of requests and responses is the same with the library as published and as loaded. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { provideModules } from '../src/core-module.ts'
import { ensureError } from '../src/errors.ts'
import { transform } from '../src/library-source.ts'
import { lightWeb, lightWebModule } from '../src/web/index.ts'

interface HttpObject {
  status?: number
  url?: string
  method?: string
  query?: URLSearchParams
  headers: Headers
  body: ReadableStream | null
  bodyUsed: boolean
  cookies?: unknown
  arrayBuffer(): Promise<ArrayBuffer>
  blob(): Promise<Blob>
  formData(): Promise<FormData>
  json(): Promise<unknown>
  text(): Promise<string>
  clone(): HttpObject
}

interface Library {
  HttpRequest: new (init: unknown) => HttpObject
  HttpResponse: new (init?: unknown) => HttpObject
  toRpcHttp(invocationId: string, data: unknown): Promise<unknown>
}

// The library warns of what it drops; that is not the subject here.
console.warn = () => {}
provideModules(new Map([[lightWebModule, lightWeb]]))
const file = createRequire(import.meta.url).resolve('@azure/functions')
const published = load((source) => source)
const loaded = load((source) => transform(source, { relevel: true, lightWeb: true }))

/** The bundle with its inner modules' exports. */
function load(change: (source: string) => string): Library {
  const module = new Module(file) as Module & {
    _compile(content: string, filename: string): void
    exports: object
  }
  module.filename = file
  module.paths = createRequire(file).resolve.paths('x') ?? []
  const inner =
    "; module.exports = { ...module.exports, ...__webpack_require__('./src/converters/toRpcHttp.ts') }; })()\n;\n"
  const source = readFileSync(file, 'utf8').replace(/\/\*+\/ \}\)\(\)\s*;\s*\/\/# sourceMappingURL.*/, inner)
  module._compile(change(source), file)
  return module.exports as Library
}

/** Everything that can be seen, as plain data; errors by name and message. */
async function observe(make: () => HttpObject, look: (object: HttpObject) => unknown): Promise<unknown> {
  try {
    const object = make()
    const first = await attempt(() => look(object))
    const { status, method, url, bodyUsed, headers, query, cookies } = object
    return { first, status, method, url, bodyUsed, headers: [...headers], query: query?.toString(), cookies }
  } catch (thrown) {
    return describeError(thrown)
  }
}

async function attempt(look: () => unknown): Promise<unknown> {
  try {
    return await look()
  } catch (thrown) {
    return describeError(thrown)
  }
}

function describeError(thrown: unknown): unknown {
  const { name, message } = ensureError(thrown)
  return { name, message }
}

const looks: Record<string, (object: HttpObject) => unknown> = {
  nothing: () => undefined,
  inspection: (object) => inspect(object, { showHidden: true }),
  text: (object) => object.text(),
  json: (object) => object.json(),
  arrayBuffer: async (object) => {
    const buffer = await object.arrayBuffer()
    return [buffer instanceof ArrayBuffer, Buffer.from(buffer).toString('hex')]
  },
  blob: async (object) => {
    const blob = await object.blob()
    return [blob.type, await blob.text()]
  },
  formData: async (object) => [...(await object.formData())],
  stream: async (object) => {
    if (!object.body) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of object.body) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  },
  'text twice': async (object) => [await object.text(), await attempt(() => object.text()), object.bodyUsed],
  'text, then json': async (object) => [await object.text(), await attempt(() => object.json())],
  'text, then body': async (object) => [await object.text(), object.body?.locked, object.bodyUsed],
  'body twice': (object) => {
    const { body } = object
    return body === object.body
  },
  'text of the clone, then of itself': async (object) => [await object.clone().text(), await object.text()],
  'clone of what was read': async (object) => {
    await object.text()
    return object.clone().text()
  },
  'changed headers, then the clone': (object) => {
    object.headers.set('x-new', '1')
    object.headers.append('accept', 'b')
    const clone = object.clone()
    object.headers.set('x-late', '1')
    return [[...clone.headers], clone.headers instanceof Headers]
  },
  'headers of another body': async (object) => {
    const { headers } = object
    void object.body
    headers.set('x-new', '1')
    return [headers === object.headers, object.headers.get('x-new'), [...object.clone().headers]]
  },
}

const bytes = (text: string) => ({ bytes: Buffer.from(text) })
const get = {
  method: 'GET',
  url: 'http://localhost:7071/api/f?a=1',
  headers: { accept: '*/*', host: 'h' },
  query: { a: '1' },
}
const post = { ...get, method: 'POST' }
const multipart = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
const requests: Record<string, object> = {
  'a GET': get,
  'a GET with a body': { ...get, body: bytes('x') },
  'a POST of text': { ...post, body: bytes('text ä') },
  'a POST of JSON': { ...post, body: bytes('{"a":[1]}'), headers: { 'content-type': 'application/json' } },
  'a POST of nothing': { ...post, body: bytes('') },
  'a POST without body': post,
  'a POST of a string': { ...post, body: { string: 'text' } },
  'bytes that are no UTF-8': { ...post, body: { bytes: Buffer.from([0xff, 0xe4, 0x80, 0x41]) } },
  'a byte order mark': { ...post, body: bytes('\ufeff{"a":1}') },
  'a form': {
    ...post,
    body: bytes('a=1&b=%20'),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  'a multipart form': {
    ...post,
    body: bytes(multipart),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  },
  'a DELETE': { ...get, method: 'DELETE' },
  'a method in lower case': { ...post, method: 'post', body: bytes('x') },
  'a method of its own': { ...post, method: 'PROPFIND' },
  'a forbidden method': { ...get, method: 'TRACE' },
  'no query': { ...get, query: undefined },
  'a URL to be normalised': { ...get, url: 'HTTP://Example.com:80/a/../b c?q="x"#f', query: undefined },
  'a relative URL': { ...get, url: '/api/f' },
  'credentials in the URL': { ...get, url: 'http://user:secret@host/' },
  'header names in capitals': { ...get, headers: { 'X-Cap': '1', ACCEPT: 'x' } },
  'nullable headers': { ...get, headers: undefined, nullableHeaders: { a: { value: '1' }, b: null } },
  'a bad header name': { ...get, headers: { 'a b': '1' } },
  'a bad header value': { ...get, headers: { a: 'x\ny' } },
  cookies: { ...get, headers: { cookie: 'a=1; b=2' } },
}

for (const [name, init] of Object.entries(requests)) {
  test(`a request with ${name} is seen alike`, async () => {
    for (const [what, look] of Object.entries(looks)) {
      const expected = await observe(() => new published.HttpRequest(init), look)
      assert.deepEqual(await observe(() => new loaded.HttpRequest(init), look), expected, what)
    }
  })
}

const jsonBody = { a: [1, 'ä'] }
const responses: Record<string, () => unknown> = {
  'an empty object': () => ({}),
  text: () => ({ body: 'text ä' }),
  'an empty text': () => ({ body: '' }),
  'text with lone surrogates': () => ({ body: 'a\ud800b' }),
  JSON: () => ({ jsonBody }),
  'JSON and a content type': () => ({ jsonBody, headers: { 'Content-Type': 'application/problem+json' } }),
  'JSON and a body': () => ({ jsonBody: 0, body: 'x' }),
  'JSON that cannot be': () => ({ jsonBody: { n: 1n } }),
  'JSON of undefined': () => ({ jsonBody: () => 1 }),
  'a buffer': () => ({ body: Buffer.from('bytes') }),
  'a view': () => ({ body: new Uint8Array([0, 1, 2, 3]).subarray(1, 3) }),
  'another view': () => ({ body: new Uint16Array([1, 2]) }),
  'an array buffer': () => ({ body: new Uint8Array([1]).buffer }),
  'shared memory': () => ({ body: new Uint8Array(new SharedArrayBuffer(2)) }),
  'a stream': () => ({ body: new Response('streamed').body }),
  'a used stream': () => {
    const { body } = new Response('x')
    body?.getReader()
    return { body }
  },
  'a blob': () => ({ body: new Blob(['b'], { type: 'text/x' }) }),
  parameters: () => ({ body: new URLSearchParams({ a: '1' }) }),
  'a number as body': () => ({ body: 1 }),
  'an object as body': () => ({ body: { a: 1 } }),
  'null as body': () => ({ body: null }),
  'a status': () => ({ status: 404, body: 'x' }),
  'a status without body': () => ({ status: 204, body: 'x' }),
  'a redirect': () => ({ status: 302, headers: { location: '/x' } }),
  'a status that is a text': () => ({ status: '201' }),
  'a status that is null': () => ({ status: null }),
  'a fractional status': () => ({ status: 200.9 }),
  ...Object.fromEntries(
    [101, 199, 600, Number.NaN].map((status) => [`status ${status}`, () => ({ status })]),
  ),
  headers: () => ({ body: 'x', headers: { 'X-B': '2', 'x-a': '1' } }),
  'headers of other types': () => ({ headers: { n: 1, u: undefined, l: [1, 2] } }),
  'headers as pairs': () => ({
    jsonBody,
    headers: [
      ['a', '1'],
      ['A', '2'],
    ],
  }),
  'headers as Headers': () => ({ jsonBody, headers: new Headers({ 'X-A': '1' }) }),
  'headers as a map': () => ({ body: 'x', headers: new Map([['a', '1']]) }),
  'cookies in the headers': () => ({
    headers: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  }),
  'a bad header': () => ({ headers: { 'a b': '1' } }),
  'null as headers': () => ({ headers: null }),
  cookies: () => ({ cookies: [{ name: 'a', value: '1', sameSite: 'Lax' }], enableContentNegotiation: true }),
  'a null-prototype object of headers': () => ({ headers: Object.assign(Object.create(null), { a: '1' }) }),
}

for (const [name, init] of Object.entries(responses)) {
  test(`a response with ${name} is seen alike`, async () => {
    for (const [what, look] of Object.entries(looks)) {
      const expected = await observe(() => new published.HttpResponse(init()), look)
      assert.deepEqual(await observe(() => new loaded.HttpResponse(init()), look), expected, what)
    }
  })

  test(`a function that answers with ${name} gives the host the same`, async () => {
    for (const wrap of [false, true]) {
      const answer = ({ HttpResponse, toRpcHttp }: Library) =>
        attempt(() => toRpcHttp('i', wrap ? new HttpResponse(init()) : init()))
      assert.deepEqual(await answer(loaded), await answer(published))
    }
  })
}

test('bytes that change after the response was made do not change it', async () => {
  for (const { HttpResponse } of [published, loaded]) {
    const body = Buffer.from('before')
    const response = new HttpResponse({ body })
    body.write('after!')
    assert.equal(await response.text(), 'before')
  }
})

test('usual requests and responses do not need the platform', async () => {
  const native = globalThis.Response
  try {
    Object.assign(globalThis, { Response: undefined, Request: undefined })
    const request = new loaded.HttpRequest({ ...post, body: bytes('{"a":1}') })
    assert.deepEqual([await request.json(), request.headers.get('accept')], [{ a: 1 }, '*/*'])
    const response = await loaded.toRpcHttp('i', { jsonBody, status: 201, headers: { 'X-A': '1' } })
    assert.deepEqual(response, {
      http: {
        statusCode: '201',
        headers: { 'content-type': 'application/json', 'x-a': '1' },
        cookies: [],
        enableContentNegotiation: false,
        body: { bytes: new Uint8Array(Buffer.from(JSON.stringify(jsonBody))) },
      },
    })
  } finally {
    Object.assign(globalThis, { Response: native })
  }
})
