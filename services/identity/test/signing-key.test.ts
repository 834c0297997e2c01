import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyFileName, openSigningKey } from '../src/signing-key.ts'
import { temporaryDirectory } from './open-identity.ts'

test('the key is made once, and only its owner may read it', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await openSigningKey(directory)
  const second = await openSigningKey(directory)
  assert.equal(second.id, first.id)
  assert.deepEqual(second.sealingKey, first.sealingKey)
  assert.equal((await stat(join(directory, keyFileName))).mode & 0o777, 0o600)
})

test('processes that start at once use the same key, and leave nothing else behind', async (t) => {
  const directory = await temporaryDirectory(t)
  const keys = await Promise.all([1, 2, 3].map(() => openSigningKey(directory)))
  assert.equal(new Set(keys.map(({ id }) => id)).size, 1)
  assert.deepEqual(await readdir(directory), [keyFileName])
})

test('what is published has nothing of the private key', async (t) => {
  const { keySet } = await openSigningKey(await temporaryDirectory(t))
  assert.deepEqual(Object.keys(keySet.keys[0]!).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('a damaged key file is told with its mend', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, keyFileName), 'nonsense')
  await assert.rejects(openSigningKey(directory), { name: 'UserError', hint: /Delete it/ })
})
