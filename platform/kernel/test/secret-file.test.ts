import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openSecretFile } from '@aloft/kernel'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'aloft-secret-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('a secret is made once, for its owner only', async (t) => {
  const file = join(await folder(t), 'deep', 'it.secret')
  assert.equal(await openSecretFile(file, () => 'one'), 'one')
  assert.equal(await openSecretFile(file, () => 'two'), 'one')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('all who make it at the same time get the same one, and leave nothing behind', async (t) => {
  const directory = await folder(t)
  const file = join(directory, 'it.secret')
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, index) => openSecretFile(file, () => `${index}`)),
  )
  assert.deepEqual(new Set(all), new Set([await readFile(file, 'utf8')]))
  assert.deepEqual(await readdir(directory), ['it.secret'])
})

test('what keeps it from being read is told', async (t) => {
  const directory = await folder(t)
  await assert.rejects(
    openSecretFile(directory, () => 'x'),
    /EISDIR/,
  )
})
