import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from '@aloft/kernel'
import fc from 'fast-check'

test('a literal wins over a parameter, a parameter over the rest, whatever their order', () => {
  const router = routes('GET /{*path}', 'GET /{name}', 'GET /about', 'GET /{name}/keys', 'GET /about/us')
  assert.deepEqual(found(router, '/about'), ['GET /about', {}])
  assert.deepEqual(found(router, '/other'), ['GET /{name}', { name: 'other' }])
  assert.deepEqual(found(router, '/about/keys'), ['GET /{name}/keys', { name: 'about' }])
  assert.deepEqual(found(router, '/about/us'), ['GET /about/us', {}])
  assert.deepEqual(found(router, '/about/them'), ['GET /{*path}', { path: 'about/them' }])
  assert.deepEqual(found(router, '/'), ['GET /{*path}', { path: '' }])
})

test('a path whose literal route lacks the method goes to a parameter that has it', () => {
  const router = routes('POST /a/b', 'GET /a/{x}', 'DELETE /{*rest}')
  assert.deepEqual(found(router, '/a/b'), ['GET /a/{x}', { x: 'b' }])
  assert.deepEqual(found(router, '/a/b', 'DELETE'), ['DELETE /{*rest}', { rest: 'a/b' }])
  assert.deepEqual(router.match('PUT', '/a/b'), {
    kind: 'method not allowed',
    allowed: ['POST', 'GET', 'DELETE'],
  })
  assert.deepEqual(routes('GET /a').match('GET', '/b'), { kind: 'not found' })
})

test('a route for every method comes after those for one', () => {
  const router = routes('* /{name}', 'GET /{name}')
  assert.deepEqual(found(router, '/x'), ['GET /{name}', { name: 'x' }])
  assert.deepEqual(found(router, '/x', 'PATCH'), ['* /{name}', { name: 'x' }])
})

test('parameters at the end may be optional', () => {
  const router = routes('GET /topics/{topic?}/{version?}')
  assert.deepEqual(found(router, '/topics')[1], {})
  assert.deepEqual(found(router, '/topics/t')[1], { topic: 't' })
  assert.deepEqual(found(router, '/topics/t/1')[1], { topic: 't', version: '1' })
  assert.equal(router.match('GET', '/topics/t/1/2').kind, 'not found')
})

test('a parameter may have text around it, and the longer text wins', () => {
  const router = routes('POST /topics/{name}', 'POST /topics/{name}:publish', "POST /Tables('{name}')")
  assert.deepEqual(found(router, '/topics/a:publish', 'POST')[1], { name: 'a' })
  assert.deepEqual(found(router, '/topics/a:other', 'POST')[1], { name: 'a:other' })
  assert.deepEqual(found(router, '/topics/:publish', 'POST')[1], { name: ':publish' })
  assert.deepEqual(found(router, "/tables('People')", 'POST')[1], { name: 'People' })
})

test('literals compare without case unless told otherwise, and parameters keep theirs', () => {
  const paths = ['GET /subscriptions/{id}', 'GET /health']
  assert.deepEqual(found(routes(...paths), '/SUBSCRIPTIONS/AbC')[1], { id: 'AbC' })
  assert.equal(routes(...paths).match('GET', '/Health').kind, 'found')
  const exact = new Router(paths.map(route), { case: 'exact' })
  assert.equal(exact.match('GET', '/Subscriptions/a').kind, 'not found')
  assert.equal(exact.match('GET', '/Health').kind, 'not found')
})

test('parameters are decoded, and an escaped slash does not separate', () => {
  const router = routes('GET /blobs/{name}', 'GET /files/{*path}')
  assert.deepEqual(found(router, '/blobs/a%2Fb%20%C3%A9')[1], { name: 'a/b é' })
  assert.deepEqual(found(router, '/files/a%20b/c/')[1], { path: 'a b/c/' })
  assert.deepEqual(found(router, '/%62lobs/x')[1], { name: 'x' })
  assert.deepEqual(router.match('GET', '/blobs/%zz'), { kind: 'malformed' })
})

test('a slash at the end makes no difference, an empty segment does', () => {
  const router = routes('GET /a/{b}', 'GET /health')
  assert.deepEqual(found(router, '/a/x/')[1], { b: 'x' })
  assert.equal(router.match('GET', '/health/').kind, 'found')
  assert.equal(router.match('GET', '/a//').kind, 'not found')
  assert.equal(router.match('GET', '//health').kind, 'not found')
})

for (const [pattern, reason] of [
  ['/{a}/{a}', /a parameter is named twice/],
  ['/{*rest}/more', /it goes on after the rest/],
  ['/{a?}/b', /it goes on after an optional parameter/],
  ['/{a?}suffix', /must be a segment of its own/],
  ['/{a}{b}', /is no parameter/],
  ['/{', /is no parameter/],
  ['/{1}', /is no parameter/],
] as const) {
  test(`the pattern ${pattern} is refused`, () => {
    assert.throws(() => routes(`GET ${pattern}`), reason)
  })
}

test('two routes for the same requests are refused', () => {
  assert.throws(() => routes('GET /{a}', 'GET /{b}'), /GET \/\{a\} and GET \/\{b\} match the same requests/)
  assert.throws(() => routes('GET /A', 'GET /a'), /match the same requests/)
})

test('a pattern matches exactly the paths that are made from it', () => {
  const piece = fc.oneof(fc.constantFrom('a', 'b'), fc.constantFrom('{x}', '{y}', '{z}'))
  const pattern = fc.uniqueArray(piece, { maxLength: 4, selector: (text) => text })
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 })
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), path, (patterns, pieces) => {
      const distinct = new Map(
        patterns.map((each) => [each.map((text) => text.replace(/\{.\}/, '{}')).join('/'), each]),
      )
      const router = routes(...[...distinct.values()].map((each) => `GET /${each.join('/')}`))
      const candidates = [...distinct.values()].filter(
        (each) =>
          each.length === pieces.length &&
          each.every((text, index) => text.startsWith('{') || text === pieces[index]),
      )
      const best = candidates.sort(byLiterals)[0]
      const match = router.match('GET', `/${pieces.join('/')}`)
      assert.equal(
        match.kind === 'found' ? match.route.operation : undefined,
        best && `GET /${best.join('/')}`,
      )
    }),
  )
})

/** The first difference decides: a literal goes before a parameter. */
function byLiterals(a: readonly string[], b: readonly string[]): number {
  for (const [index, text] of a.entries()) {
    const difference = Number(text.startsWith('{')) - Number(b[index]!.startsWith('{'))
    if (difference !== 0) return difference
  }
  return 0
}

function route(text: string) {
  const [method = '', pattern = ''] = text.split(' ')
  return { method, pattern, operation: text }
}

function routes(...texts: readonly string[]) {
  return new Router(texts.map(route))
}

function found(router: ReturnType<typeof routes>, path: string, method = 'GET'): [string, unknown] {
  const match = router.match(method, path)
  if (match.kind !== 'found') assert.fail(`${method} ${path}: ${match.kind}`)
  return [match.route.operation, match.params]
}
