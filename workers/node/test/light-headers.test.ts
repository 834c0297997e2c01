import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { LightHeaders } from '../src/web/light-headers.ts'

type HeadersClass = new (init?: unknown) => Headers
const classes: readonly [string, HeadersClass][] = [
  ['native', Headers as HeadersClass],
  ['light', LightHeaders as unknown as HeadersClass],
]

/** The same assertions for both classes. */
function alike(sentence: string, run: (make: (init?: unknown) => Headers, t: TestContext) => void): void {
  for (const [name, Class] of classes) test(`${sentence} (${name})`, (t) => run((init) => new Class(init), t))
}

alike('names ignore case and are iterated in lower case, sorted', (make) => {
  const headers = make({ 'X-B': '2', Accept: '*/*', 'x-a': '1' })
  assert.equal(headers.get('X-A'), '1')
  assert.equal(headers.has('ACCEPT'), true)
  assert.equal(headers.get('none'), null)
  assert.deepEqual(
    [...headers],
    [
      ['accept', '*/*'],
      ['x-a', '1'],
      ['x-b', '2'],
    ],
  )
  assert.deepEqual([...headers.keys()], ['accept', 'x-a', 'x-b'])
  assert.deepEqual([...headers.values()], ['*/*', '1', '2'])
})

alike('names of members of Object are no headers', (make) => {
  const headers = make({ a: '1' })
  assert.equal(headers.get('constructor'), null)
  assert.equal(headers.has('toString'), false)
  assert.equal(headers.get('__proto__'), null)
})

alike('values of one name are joined, except for cookies', (make) => {
  const headers = make({ a: '1' })
  headers.append('A', '2')
  headers.append('set-cookie', 'x=1')
  headers.append('Set-Cookie', 'y=2')
  assert.equal(headers.get('a'), '1, 2')
  assert.deepEqual(headers.getSetCookie(), ['x=1', 'y=2'])
  assert.deepEqual(
    [...headers],
    [
      ['a', '1, 2'],
      ['set-cookie', 'x=1'],
      ['set-cookie', 'y=2'],
    ],
  )
})

alike('a single cookie is listed', (make) => {
  assert.deepEqual(make({ 'set-cookie': 'x=1' }).getSetCookie(), ['x=1'])
  assert.deepEqual(make().getSetCookie(), [])
})

alike('two spellings of a name in one object are joined', (make) => {
  assert.deepEqual([...make({ a: '1', A: '2' })], [['a', '1, 2']])
})

alike('values are converted and trimmed', (make) => {
  assert.deepEqual(
    [...make({ a: ' 1\t', b: 2, c: undefined, d: null, e: '' })],
    [
      ['a', '1'],
      ['b', '2'],
      ['c', 'undefined'],
      ['d', 'null'],
      ['e', ''],
    ],
  )
  const headers = make()
  headers.set('a', ' x ')
  assert.equal(headers.get('a'), 'x')
})

alike('what is no header is refused', (make) => {
  for (const init of [{ 'a b': '1' }, { '': '1' }, { a: 'x\ny' }, { a: 'ł' }, [['a']], 1, null]) {
    assert.throws(() => make(init), { name: 'TypeError' }, inspect(init))
  }
  const headers = make({ a: '1' })
  assert.throws(() => headers.get('a b'), { name: 'TypeError' })
  assert.throws(() => headers.set('a', 'x\ny'), { name: 'TypeError' })
  assert.throws(() => headers.append('a:', 'x'), { name: 'TypeError' })
  assert.throws(() => headers.forEach(1 as never), { name: 'TypeError' })
  assert.throws(() => headers.set(...(['a'] as unknown as [string, string])), { name: 'TypeError' })
  assert.deepEqual([...headers], [['a', '1']])
})

alike('they can be made of pairs, of maps and of other headers', (make) => {
  const pairs: [string, string][] = [
    ['a', '1'],
    ['b', '2'],
  ]
  assert.deepEqual([...make(pairs)], pairs)
  assert.deepEqual([...make(new Map(pairs))], pairs)
  const copy = make(make(pairs))
  copy.set('a', '3')
  assert.deepEqual(
    [...copy],
    [
      ['a', '3'],
      ['b', '2'],
    ],
  )
})

alike('changes of the object they were made of do not reach them', (make) => {
  const init: Record<string, string> = { a: '1' }
  const headers = make(init)
  init.a = '2'
  assert.equal(headers.get('a'), '1')
})

alike('iteration is live', (make) => {
  const headers = make({ a: '1', b: '2', c: '3' })
  const seen: string[] = []
  for (const [name] of headers) {
    seen.push(name)
    if (name === 'a') headers.delete('b')
  }
  assert.deepEqual(seen, ['a', 'c'])
})

alike('forEach gives value, name and the headers', (make) => {
  const headers = make({ b: '2', a: '1' })
  const calls: unknown[] = []
  headers.forEach(function (this: unknown, ...args: unknown[]) {
    calls.push([this, ...args])
  }, 'self')
  assert.deepEqual(calls, [
    ['self', '1', 'a', headers],
    ['self', '2', 'b', headers],
  ])
})

alike('they look like headers', (make) => {
  const headers = make({ b: '2', a: '1' })
  assert.ok(headers instanceof Headers)
  assert.equal(headers.constructor, Headers)
  assert.equal(Object.prototype.toString.call(headers), '[object Headers]')
  assert.equal(Object.prototype.toString.call(headers.entries()), '[object Headers Iterator]')
  assert.equal(inspect(headers), "Headers { b: '2', a: '1' }")
  assert.equal(inspect({ headers }), "{ headers: Headers { b: '2', a: '1' } }")
  assert.deepEqual(Object.keys(headers), [])
  assert.equal(JSON.stringify(headers), '{}')
  assert.throws(() => structuredClone(headers), { name: 'DataCloneError' })
})

alike('the platform takes them as headers', (make) => {
  const headers = make({ 'X-A': '1' })
  headers.append('set-cookie', 'x=1')
  headers.append('set-cookie', 'y=2')
  const pairs = [
    ['set-cookie', 'x=1'],
    ['set-cookie', 'y=2'],
    ['x-a', '1'],
  ]
  assert.deepEqual([...new Headers(headers)], pairs)
  assert.deepEqual([...new Request('http://h/', { headers }).headers], pairs)
  assert.deepEqual([...new Response('', { headers }).headers].slice(1), pairs)
})

const names = fc.constantFrom('a', 'A', 'b', 'set-cookie', 'x-long-name', 'bad name', '')
const values = fc.constantFrom('1', '2', ' padded ', '', 'é', 'x\ny')
const operations = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('set', 'append'), names, values),
    fc.tuple(fc.constantFrom('delete', 'get', 'has'), names),
  ),
)

test('light headers do what native headers do, whatever is done to them', () => {
  const outcome = (run: () => unknown) => {
    try {
      return run()
    } catch (error) {
      return (error as Error).name
    }
  }
  fc.assert(
    fc.property(fc.dictionary(names, values, { noNullPrototype: true }), operations, (init, steps) => {
      const transcript = (Class: HeadersClass) => {
        const lines: unknown[] = []
        let headers: Headers
        try {
          headers = new Class(init)
        } catch (error) {
          return (error as Error).name
        }
        for (const [name, ...args] of steps) {
          lines.push(
            outcome(() => (headers as never as Record<string, (...a: string[]) => unknown>)[name]!(...args)),
          )
          lines.push([...headers], headers.getSetCookie())
        }
        return lines
      }
      assert.deepEqual(
        transcript(LightHeaders as unknown as HeadersClass),
        transcript(Headers as HeadersClass),
      )
    }),
  )
})
