import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  indentJson,
  matchRoute,
  parseQuery,
  parseRoute,
  parseTarget,
  RouteSyntaxError,
  splitPath,
} from '@aloft/wire/http'
import fc from 'fast-check'

test('indenting gives what a serializer with indentation gives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const indented = JSON.stringify(value, null, 2)
      assert.equal(indentJson(JSON.stringify(value)), indented)
      assert.equal(indentJson(indented), indented)
    }),
  )
})

test('queries are read as URLSearchParams reads them, repeated names joined', () => {
  const pair = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.string({ maxLength: 6 }))
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
      const query = new URLSearchParams(pairs.filter(([name]) => name !== '__proto__'))
      const joined = new Map<string, string>()
      for (const [name, value] of query) {
        const earlier = joined.get(name)
        joined.set(name, earlier === undefined ? value : `${earlier},${value}`)
      }
      assert.deepEqual(parseQuery(`?${query}`), Object.fromEntries(joined))
    }),
  )
})

test('every target has a path, and an encoded path comes back decoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (target) => {
      assert.equal(parseTarget(target).path[0], '/')
    }),
  )
  const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[/.]/.test(text))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const encoded = segments.map(encodeURIComponent).join('/')
      assert.equal(parseTarget(`/${encoded}?x`).path, `/${segments.join('/')}`)
    }),
  )
})

test('any text is a route template or a syntax error that quotes it', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab1/{}?*=:().,-~int') })
  fc.assert(
    fc.property(text, (template) => {
      try {
        matchRoute(parseRoute(template), splitPath('/a/1/b'))
      } catch (error) {
        assert.ok(error instanceof RouteSyntaxError, String(error))
        assert.ok(error.message.includes(`'${template}'`))
      }
    }),
    { numRuns: 3000 },
  )
})
