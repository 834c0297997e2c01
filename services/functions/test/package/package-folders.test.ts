import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { PackageFolders } from '../../src/package/index.ts'

async function folders(t: TestContext, ...names: string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-packages-'))
  t.after(() => rm(directory, { recursive: true }))
  for (const name of names) {
    await mkdir(join(directory, name))
    await writeFile(join(directory, name, 'file'), '')
  }
  const packages = new PackageFolders(directory, new Logger(new VirtualClock(), []))
  return { packages, path: (name: string) => join(directory, name), list: () => readdir(directory) }
}

test('a package that two apps run goes when both are done with it', async (t) => {
  const { packages, path, list } = await folders(t, 'one')
  packages.hold(path('one'))
  packages.hold(path('one'))
  packages.release(path('one'))
  await packages.close()
  assert.deepEqual(await list(), ['one'])
  packages.release(path('one'))
  await packages.close()
  assert.deepEqual(await list(), [])
})

test('a package that somebody comes back to at once stays', async (t) => {
  const { packages, path, list } = await folders(t, 'one')
  packages.hold(path('one'))
  packages.release(path('one'))
  packages.hold(path('one'))
  await packages.close()
  assert.deepEqual(await list(), ['one'])
})

test('the end removes what nobody holds, and nothing elsewhere', async (t) => {
  const { packages, path, list } = await folders(t, 'held', 'stale', '0.part')
  const elsewhere = await folders(t, 'app')
  packages.hold(path('held'))
  packages.hold(elsewhere.path('app'))
  packages.release(elsewhere.path('app'))
  await packages.close()
  assert.deepEqual(await list(), ['held'])
  assert.deepEqual(await elsewhere.list(), ['app'])
})
