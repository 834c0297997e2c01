import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IgnoreRules } from '../../src/pack/ignore-rules.ts'

const cases: readonly (readonly [line: string, path: string, isIgnored: boolean])[] = [
  ['*.ts', 'index.ts', true],
  ['*.ts', 'src/functions/hello.ts', true],
  ['*.ts', 'src/functions/hello.tsx', false],
  ['test', 'src/test', true],
  ['test', 'testing', false],
  ['/test', 'src/test', false],
  ['src/*.map', 'src/a.map', true],
  ['src/*.map', 'src/deep/a.map', false],
  ['src/**/*.map', 'src/a.map', true],
  ['src/**/*.map', 'src/deep/er/a.map', true],
  ['docs/**', 'docs/a/b', true],
  ['**/logs', 'a/logs', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a[bx]c', 'axc', true],
  ['a[!b]c', 'abc', false],
  ['\\#file', '#file', true],
  ['# file', '# file', false],
  ['test', 'node_modules/package/test', false],
  ['*.ts', 'node_modules/package/index.d.ts', false],
  ['node_modules/@types/', 'node_modules/@types', true],
  ['node_modules/**/*.md', 'node_modules/package/README.md', true],
]

for (const [line, path, isIgnored] of cases) {
  test(`'${line}' ${isIgnored ? 'leaves out' : 'does not mean'} ${path}`, () => {
    assert.equal(new IgnoreRules(line).ignores(path, 'directory'), isIgnored)
  })
}

test('a line that ends in a slash means folders only', () => {
  assert.equal(new IgnoreRules('build/').ignores('build', 'file'), false)
  assert.equal(new IgnoreRules('build/').ignores('build', 'directory'), true)
})

test('the last line that fits decides', () => {
  const rules = new IgnoreRules('*.json\r\n!host.json\n')
  assert.equal(rules.ignores('host.json', 'file'), false)
  assert.equal(rules.ignores('other.json', 'file'), true)
})

test('a line that nobody understands matches nothing', () => {
  assert.equal(new IgnoreRules('[z-a]').ignores('[z-a]', 'file'), false)
})
