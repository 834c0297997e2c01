import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findAppFolders } from '../../src/start/app-folders.ts'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('an app is found from every folder in it, and by name', async (t) => {
  const directory = await temporaryDirectory(t)
  const inside = join(directory, 'shop/src/functions')
  await mkdir(inside, { recursive: true })
  await writeFile(join(directory, 'shop/host.json'), '{}')
  assert.deepEqual(await findAppFolders([], inside), [join(directory, 'shop')])
  assert.deepEqual(await findAppFolders(['shop', './shop/'], directory), [
    join(directory, 'shop'),
    join(directory, 'shop'),
  ])
  await assert.rejects(findAppFolders(['src'], join(directory, 'shop')), /host\.json is missing/)
})

test('a folder without an app is left as it is', async (t) => {
  const directory = await temporaryDirectory(t)
  const { exitCode, errors } = await cli(['start'], { directory })
  assert.equal(exitCode, 1)
  assert.match(errors, /There is no function app in .*: host\.json is missing\nhint: {2}'aloft init'/)
})
