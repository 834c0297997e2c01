import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { installLibraryTransforms, relevel, withLightWeb } from '../src/library-source.ts'

const require = createRequire(import.meta.url)

for (const name of ['@azure/functions', 'azure-functions-4.0', 'azure-functions-v3']) {
  const source = readFileSync(require.resolve(name), 'utf8')

  test(`nothing of ${name} stays on the old level, and its lines stay where they are`, () => {
    const result = relevel(source)
    assert.doesNotMatch(result, /\b__awaiter\(|\byield\b|__classPrivateFieldGet\(\w+, \w+, "f"/)
    assert.equal(result.split('\n').length, source.split('\n').length)
  })
}

test('an async function waits and fails as it did', async () => {
  const [before, after] = both(`
    class Reader {
        read(input) {
            return __awaiter(this, void 0, void 0, function* () {
                try {
                    const value = yield input.next(() => this.name);
                    return [this.name, value];
                }
                finally {
                    yield Promise.resolve();
                }
            });
        }
        get name() { return 'r'; }
    }
    return new Reader();`)
  const reader = (run: () => unknown) => ({ next: async () => run() })
  for (const { read } of [before, after] as { read(input: unknown): Promise<unknown> }[]) {
    const call = read.bind(before)
    assert.deepEqual(await call(reader(() => 1)), ['r', 1])
    await assert.rejects(
      call(
        reader(() => {
          throw new Error('no')
        }),
      ),
      /no/,
    )
  }
  assert.doesNotMatch(relevelled, /yield/)
})

test('objects that are spread into others stay what they were', () => {
  const [before, after] = both(`
    const parent = { inherited: 1 };
    return (first) => [
        Object.assign(Object.assign({}, first), { b: first.a(2), c: [3] }),
        Object.assign(Object.assign({}, first), { __proto__: parent }),
    ];`)
  const first = {
    a: (x: number) => x,
    b: 0,
    get d() {
      return this.b
    },
  }
  for (const copies of [before, after] as ((source: object) => object[])[]) {
    const [copy, other] = copies(first) as [object, { inherited?: number }]
    assert.deepEqual(copy, { a: first.a, b: 2, d: 0, c: [3] })
    assert.deepEqual(Object.keys(copy), ['a', 'b', 'd', 'c'])
    assert.equal(other.inherited, undefined)
  }
  assert.match(relevelled, /\.\.\.first/)
})

test('private fields keep their values apart and refuse foreign objects', () => {
  const [before, after] = both(`
    var _Box_value;
    class Box {
        constructor(value) {
            _Box_value.set(this, void 0);
            __classPrivateFieldSet(this, _Box_value, value, "f");
        }
        get() { return __classPrivateFieldGet(this, _Box_value, "f"); }
        put(value) { return __classPrivateFieldSet(this, _Box_value, value, "f"); }
    }
    _Box_value = new WeakMap();
    return Box;`)
  type Box = { get(): unknown; put(value: unknown): unknown }
  for (const Class of [before, after] as (new (
    value: unknown,
  ) => Box)[]) {
    const [one, two] = [new Class(1), new Class(undefined)]
    assert.deepEqual(
      [one.get(), two.get(), one.put(3), one.get(), two.get()],
      [1, undefined, 3, 3, undefined],
    )
    assert.deepEqual([Reflect.ownKeys(one), { ...one }], [[], {}])
    assert.throws(() => one.get.call({} as Box), TypeError)
    assert.throws(() => one.put.call({} as Box, 1), TypeError)
  }
})

const left = {
  'a yield whose operand goes on': 'const x = yield a === null ? b : c;',
  'a generator inside': 'yield a;\n        const g = function* () { yield 1; };',
  'its arguments': 'yield a(arguments);',
}
for (const [what, statement] of Object.entries(left)) {
  test(`an async function with ${what} is left alone`, () => {
    const source = `    return __awaiter(this, void 0, void 0, function* () {\n        ${statement}\n    });`
    assert.equal(relevel(source), source)
  })
}

test('WeakMaps that are no private fields are left alone', () => {
  const source = 'const _cache = new WeakMap(); _cache.get(x)'
  assert.equal(relevel(source), source)
})

test('the web classes are left alone where more is done with them than making objects', () => {
  assert.match(withLightWeb('x = new Request(url)'), /require\('aloft:light-web'\)/)
  for (const source of [
    'x = new undici_1.Request(url)',
    'new Request(url) instanceof Request',
    'class Request {}; new Request()',
  ])
    assert.equal(withLightWeb(source), source)
})

test('a copy that would not compile when relevelled is loaded as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'library-source-'))
  after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'dist'))
  const file = join(folder, 'dist', 'azure-functions.js')
  // `await` is a name in a generator, and none in an async function.
  const body =
    '    return __awaiter(this, void 0, void 0, function* () {\n        const await = 7; return await;\n    });'
  writeFileSync(file, `${helpers}\n// @azure/functions-core\nexports.seven = function () {\n${body}\n};\n`)
  installLibraryTransforms({ relevel: true, lightWeb: true }, () => false)
  assert.equal(await require(file).seven(), 7)
})

/** The helpers as the TypeScript compiler writes them. */
const helpers = readFileSync(require.resolve('@azure/functions'), 'utf8')
  .split('\n')
  .slice(111, 134)
  .join('\n')
  .replaceAll('(this && this.', '(undefined && undefined.')
let relevelled = ''

/** What the body gives as it is, and relevelled. */
function both(body: string): [unknown, unknown] {
  const source = body.replace(/^ {4}/gm, '')
  relevelled = relevel(source)
  assert.notEqual(relevelled, source)
  const run = (code: string): unknown => new Function(`${helpers}\n${code}`)()
  return [run(source), run(relevelled)]
}
