import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Flags } from '../harness/flags.ts'

const defaults = { seconds: '5', only: '', generator: 'wrk' }
const flags = (...args: string[]) => new Flags('usage', defaults, args)

test('flags that are not given have their defaults, and results are written', () => {
  assert.equal(flags().number('seconds'), 5)
  assert.equal(flags().choice('generator', ['wrk', 'bundled']), 'wrk')
  assert.deepEqual(flags().words('only', ['a']), [])
  assert.equal(flags().isWriting, true)
})

test('given flags win', () => {
  const given = flags('--seconds', '0.5', '--generator=bundled', '--only', 'b,a', '--no-write')
  assert.equal(given.number('seconds'), 0.5)
  assert.equal(given.choice('generator', ['wrk', 'bundled']), 'bundled')
  assert.deepEqual(given.words('only', ['a', 'b']), ['b', 'a'])
  assert.equal(given.isWriting, false)
})

for (const [args, message] of [
  [['--only', 'what'], /--only what: not one of node:http/],
  [['--seconds', '-1'], /--seconds/],
  [['--rounds=0'], /--rounds must be a number above 0/],
  [['--generator', 'ab'], /--generator must be one of wrk, bundled/],
  [['--wat'], /Unknown option '--wat'/],
] as const) {
  test(`the HTTP benchmark refuses ${args.join(' ')}, says why and how it is used`, () => {
    const bench = new URL('../http.ts', import.meta.url).pathname
    const run = spawnSync(process.execPath, [bench, ...args], { encoding: 'utf8' })
    assert.equal(run.status, 2)
    assert.match(run.stderr, message)
    assert.match(run.stderr, /usage: \.\/aloft bench http/)
    assert.equal(run.stdout, '')
  })
}
