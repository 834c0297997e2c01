import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeQueries } from '../../src/proxies/back-end-request.ts'
import { backEndUrl, compileBackEndUri, UnusableUri } from '../../src/proxies/back-end-uri.ts'
import { parseTemplate } from '../../src/proxies/template.ts'
import type { ProxyRequest } from '../../src/proxies/variables.ts'

const settings: Readonly<Record<string, string>> = { API: 'https://api.example.com:8443/v1' }
const context = { setting: (name: string) => settings[name], parameters: ['a', 'rest'] }

interface Given {
  readonly values?: Readonly<Record<string, string>>
  readonly query?: string
  readonly decodesSlashes?: boolean
}

function urlOf(template: string, { values = {}, query = '', decodesSlashes = false }: Given): string {
  const request: ProxyRequest = { method: 'GET', headers: {}, query, values }
  const uri = compileBackEndUri(parseTemplate(template, context))
  return backEndUrl(uri, request, { decodesSlashes }).href
}

test('values in the path are encoded, their slashes kept', () => {
  const url = (rest: string) => urlOf('http://h/api/{rest}?a=1', { values: { rest } })
  assert.equal(url('x/y/'), 'http://h/api/x/y/?a=1')
  assert.equal(url(''), 'http://h/api/?a=1')
  assert.equal(url('50% off?#1 é\\'), 'http://h/api/50%25%20off%3F%231%20%C3%A9%5C?a=1')
})

test('values in the query are encoded', () => {
  assert.equal(
    urlOf('http://h/?q={a}&r=1', { values: { a: 'x&r=2#é' } }),
    'http://h/?q=x%26r%3D2%23%C3%A9&r=1',
  )
})

test('a setting may hold any part of the URL', () => {
  assert.equal(urlOf('%API%/pets/{a}', { values: { a: '1' } }), 'https://api.example.com:8443/v1/pets/1')
})

test('encoded slashes stay encoded unless the app wants them decoded', () => {
  const values = { a: 'x%2Fy', rest: 'p%2fq/r' }
  assert.equal(urlOf('http://h/{a}/{rest}?s={a}', { values }), 'http://h/x%2Fy/p%2Fq/r?s=x%2Fy')
  assert.equal(urlOf('http://h/{a}/{rest}', { values, decodesSlashes: true }), 'http://h/x/y/p/q/r')
})

test('only values of the route have slashes that are still encoded', () => {
  const query = `?x=${encodeURIComponent('1%2F2')}`
  assert.equal(urlOf('http://h/{request.querystring.x}', { query, decodesSlashes: true }), 'http://h/1%252F2')
})

test('a value can be part of the host name, the whole of it, or host and path', () => {
  assert.equal(urlOf('https://{a}.example.com/x', { values: { a: 'blue' } }), 'https://blue.example.com/x')
  assert.equal(urlOf('https://{a}/x', { values: { a: 'example.com:81' } }), 'https://example.com:81/x')
  assert.equal(
    urlOf('https://{rest}', { values: { rest: 'example.com/a b/c' } }),
    'https://example.com/a%20b/c',
  )
  assert.equal(
    urlOf('{request.querystring.to}', { query: '?to=http%3A%2F%2Fexample.com%2Fx%3Fy' }),
    'http://example.com/x?y',
  )
})

for (const [template, value] of [
  ['https://{a}.example.com/', 'evil.com/'],
  ['https://{a}.example.com/', 'evil.com?'],
  ['https://{a}.example.com/', 'user@evil.com'],
  ['https://{a}.example.com/', 'evil.com#'],
  ['https://{a}.example.com/', 'evil.com\\'],
  ['https://{a}.example.com/', 'evil.com%2F'],
  ['https://{a}', 'x@evil.com/path'],
  ['https://{a}/x', ''],
  ['{a}', 'ftp://example.com'],
  ['{a}', 'file:///etc/passwd'],
  ['http://h/files/{a}', '../secret'],
  ['http://h/files/{a}', 'x/..'],
  ['http://h/files/{a}/y', '.'],
] as const) {
  test(`'${value}' is refused in ${template}`, () => {
    assert.throws(() => urlOf(template, { values: { a: value } }), UnusableUri)
  })
}

test('decoded slashes do not lead out of the path', () => {
  const given = { values: { rest: '..%2F..%2Fadmin' }, decodesSlashes: true }
  assert.throws(() => urlOf('http://h/api/{rest}', given), UnusableUri)
})

test('a URL that can never be one is refused when it is compiled', () => {
  const compile = (text: string) => compileBackEndUri(parseTemplate(text, context))
  assert.throws(() => compile('example.com/{rest}'), /'example.com\/x' is not an http or https URL/)
  assert.throws(() => compile('ftp://example.com'), UnusableUri)
  assert.throws(() => compile('https://%NONE%/x'), UnusableUri)
  assert.doesNotThrow(() => compile('{rest}'))
})

test('whatever the values are, host and leading path stay what the author wrote', () => {
  const value = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'/.%2fF?#&=@:\\ae') }))
  fc.assert(
    fc.property(value, value, fc.boolean(), (a, rest, decodesSlashes) => {
      let url: URL
      try {
        url = new URL(
          urlOf('http://host/fixed/{a}/{rest}?k=v&q={a}', { values: { a, rest }, decodesSlashes }),
        )
      } catch (error) {
        assert.ok(error instanceof UnusableUri)
        return
      }
      assert.equal(url.host, 'host')
      assert.ok(url.pathname.startsWith('/fixed/'), url.pathname)
      assert.deepEqual([...url.searchParams.keys()], ['k', 'q'])
      assert.equal(url.searchParams.get('k'), 'v')
      assert.equal(url.hash, '')
    }),
    { numRuns: 3000 },
  )
})

test('a value in the path reaches the back end as the caller meant it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(!/%2f|[/]|^\.\.?$/i.test(text))
      const { pathname } = new URL(urlOf('http://host/{a}', { values: { a: text } }))
      assert.equal(decodeURIComponent(pathname.slice(1)), text)
    }),
  )
})

test('the client adds to the query of the back end and cannot change it', () => {
  assert.equal(mergeQueries('?code=k&a=1', '?b=2&CODE=evil&b=3&a=9', []), '?code=k&a=1&b=2&b=3')
  assert.equal(mergeQueries('', '?x=a+b%20c&y&&=z', []), '?x=a+b%20c&y&=z')
  assert.equal(mergeQueries('?a', '', []), '?a')
  assert.equal(mergeQueries('', '', []), '')
})

test('overrides of the query win over both, and may be empty', () => {
  const overrides = [
    ['a', 'new & improved'],
    ['Gone', ''],
  ] as const
  assert.equal(
    mergeQueries('?a=1&keep=1', '?A=2&gone=3&b=4', overrides),
    '?keep=1&b=4&a=new%20%26%20improved&Gone=',
  )
})

test('names are compared decoded', () => {
  assert.equal(mergeQueries('?code=k', '?%63ode=evil&co%64e', []), '?code=k')
})
