import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareVersions, mayRun } from '../../src/engine/versions.ts'

test('versions compare as numbers when they are some, else as text, and nothing is the oldest', () => {
  const ordered = ['', '1.2', '1.2.0', '1.10', '2.0', '2.0.0.1']
  for (const [index, version] of ordered.entries())
    for (const [other, against] of ordered.entries())
      assert.equal(
        Math.sign(compareVersions(version, against)),
        Math.sign(index - other),
        `${version} ${against}`,
      )
  assert.equal(compareVersions('Beta', 'beta'), 0)
  assert.ok(compareVersions('v10', 'v9') < 0)
})

test('a host runs what its strategy allows', () => {
  const runs = (version: string | null, versionMatch: 'None' | 'Strict' | 'CurrentOrOlder') =>
    mayRun(version, { defaultVersion: '2.0', versionMatch })
  assert.deepEqual(
    (['None', 'Strict', 'CurrentOrOlder'] as const).map((match) => [
      runs(null, match),
      runs('1.0', match),
      runs('2.0', match),
      runs('3.0', match),
    ]),
    [
      [true, true, true, true],
      [false, false, true, false],
      [true, true, true, false],
    ],
  )
})
