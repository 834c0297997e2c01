import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '@aloft/kernel'
import { surveyFiles } from '../../src/app/index.ts'
import { loadApp } from '../../src/index.ts'

async function makeApp(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'aloft-files-')))
  t.after(() => rm(root, { recursive: true, force: true }))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  for (const [path, text] of Object.entries({
    'host.json': '{"version":"2.0"}',
    'package.json': '{}',
    ...files,
  }))
    await write(path, text)
  const app = await loadApp(root, { clock: systemClock, environment: { FUNCTIONS_WORKER_RUNTIME: 'node' } })
  const fingerprint = async () => (await surveyFiles(app)).fingerprint
  return { root, app, write, fingerprint }
}

const touched = [
  'src/a.js',
  'src/deep/er/b.mjs',
  'c.ts',
  'package.json',
  'host.json',
  'local.settings.json',
  'Hello/function.json',
  'proxies.json',
  'node_modules/.package-lock.json',
  'app_offline.htm',
]

for (const path of touched) {
  test(`the fingerprint tells of ${path}: added, written, and back again`, async (t) => {
    const { root, write, fingerprint } = await makeApp(t, { 'src/x.js': '', 'node_modules/x/index.js': '' })
    const before = await fingerprint()
    await write(path, '{"version":"2.0"}')
    await utimes(join(root, path), 1000, 1000)
    const added = await fingerprint()
    assert.notEqual(added, before)
    await utimes(join(root, path), 1000, 1001)
    assert.notEqual(await fingerprint(), added)
    await utimes(join(root, path), 1000, 1000)
    assert.equal(await fingerprint(), added)
  })
}

test('what concerns no worker leaves the fingerprint as it is', async (t) => {
  const { write, fingerprint } = await makeApp(t, { 'src/x.js': '', 'node_modules/.package-lock.json': '' })
  const before = await fingerprint()
  for (const path of ['README.md', '.git/x.js', 'node_modules/a/index.js', '__azurite_db__.json', 'x.d.ts'])
    await write(path, 'x')
  assert.equal(await fingerprint(), before)
})

test('the folders are those of sources, and the one of packages', async (t) => {
  const { root, app } = await makeApp(t, {
    'src/functions/x.js': '',
    'node_modules/a/index.js': '',
    '.git/HEAD': '',
  })
  const { folders } = await surveyFiles(app)
  assert.deepEqual(folders.map((folder) => relative(root, folder)).sort(), [
    '',
    'node_modules',
    'src',
    'src/functions',
  ])
})

test('linked folders of packages count as the folders themselves', async (t) => {
  const { root, write, fingerprint } = await makeApp(t, {})
  await write('shared/.package-lock.json', '1')
  await symlink(join(root, 'shared'), join(root, 'node_modules'), 'junction')
  const before = await fingerprint()
  await write('shared/.package-lock.json', '22')
  assert.notEqual(await fingerprint(), before)
})

test('links that lead in a circle come to an end', async (t) => {
  const { root, write, fingerprint } = await makeApp(t, {})
  await write('src/a.js', '')
  await symlink(join(root, 'src'), join(root, 'src/again'), 'junction')
  assert.notEqual(await fingerprint(), undefined)
})

test('an app of very many files has no fingerprint', async (t) => {
  const { app } = await makeApp(t, { 'a.js': '', 'b.js': '' })
  assert.equal((await surveyFiles(app, 3)).fingerprint, undefined)
  assert.notEqual((await surveyFiles(app, 4)).fingerprint, undefined)
})
