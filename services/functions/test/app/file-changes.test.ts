import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyChange, isIgnored, type SourceLanguage, watchRules } from '../../src/app/file-changes.ts'
import { customHandlerHost, loadFolder } from './app-folder.ts'

type Test = Parameters<typeof loadFolder>[0]

async function rulesOf(
  t: Test,
  hostJson: Record<string, unknown> = {},
  language: SourceLanguage = 'JavaScript',
) {
  return watchRules(await loadFolder(t, { 'host.json': { version: '2.0', ...hostJson } }), language)
}

test('changes mean a restart of the host, of the workers, or nothing', async (t) => {
  const rules = await rulesOf(t, {
    watchDirectories: ['./Shared/', 'node_modules/mine'],
    watchFiles: ['.env'],
  })
  const meanings = {
    'host.json': 'host',
    'local.settings.json': 'host',
    'proxies.json': 'host',
    'Fn/function.json': 'host',
    '.env': 'host',
    'Shared/deep/data.txt': 'host',
    'node_modules/mine/index.js': 'host',
    'node_modules/.package-lock.json': 'host',
    'node_modules/.modules.yaml': 'host',
    'src/functions/a.js': 'worker',
    'dist/a.mjs': 'worker',
    'a.CJS': 'worker',
    'package.json': 'worker',
    'src/a.ts': undefined,
    'dist/a.js.map': undefined,
    'dist/a.d.ts': undefined,
    'src/data.json': undefined,
    'src/package.json': undefined,
    'Sharedother/x.txt': undefined,
    'node_modules/other/index.js': undefined,
    'node_modules/other/host.json': undefined,
    '.git/hooks/a.js': undefined,
    '.aloft/host.json': undefined,
    '__blobstorage__/a.js': undefined,
  } as const
  for (const [path, meaning] of Object.entries(meanings)) {
    assert.equal(classifyChange(rules, path, 'written'), meaning, path)
  }
})

test('app_offline.htm takes the app offline, and back when it goes', async (t) => {
  const rules = await rulesOf(t)
  assert.equal(classifyChange(rules, 'App_Offline.htm', 'written'), 'offline')
  assert.equal(classifyChange(rules, 'app_offline.htm', 'removed'), 'host')
  assert.equal(classifyChange(rules, 'sub/app_offline.htm', 'written'), undefined)
})

test('TypeScript files are sources when the entry point is one', async (t) => {
  const rules = await rulesOf(t, {}, 'TypeScript')
  assert.equal(classifyChange(rules, 'src/functions/a.ts', 'written'), 'worker')
  assert.equal(classifyChange(rules, 'src/types.d.ts', 'written'), undefined)
})

test('a custom handler has no sources that are known', async (t) => {
  const app = await loadFolder(t, customHandlerHost, { environment: { FUNCTIONS_WORKER_RUNTIME: 'custom' } })
  assert.equal(classifyChange(watchRules(app, 'JavaScript'), 'a.js', 'written'), undefined)
})

test('packages and hidden folders are not entered, but for what is asked for below them', async (t) => {
  const rules = await rulesOf(t, { watchDirectories: ['.config/mine'], watchFiles: ['.env'] })
  const entered = ['', 'src', 'node_modules', '.config', '.config/mine', '.config/mine/deep']
  for (const path of entered) assert.equal(isIgnored(rules, path, 'folder'), false, path)
  const skipped = [
    'node_modules/a',
    'node_modules/bignumber.js',
    '.git',
    '.config/other',
    'src/node_modules',
    'src/.cache',
  ]
  for (const path of skipped) assert.equal(isIgnored(rules, path, 'folder'), true, path)
})

test('files that concern nobody are not watched, and what may be a folder is looked at', async (t) => {
  const rules = await rulesOf(t, { watchFiles: ['.env'] })
  for (const path of ['src/a.png', 'src/a.ts', '.gitignore', 'node_modules/.bin']) {
    assert.equal(isIgnored(rules, path, 'file'), true, path)
  }
  for (const path of ['src/a.js', '.env', 'node_modules/.package-lock.json']) {
    assert.equal(isIgnored(rules, path, 'file'), false, path)
    assert.equal(isIgnored(rules, path, 'unknown'), false, path)
  }
  assert.equal(isIgnored(rules, 'src/a.png', 'unknown'), false)
  assert.equal(isIgnored(rules, 'node_modules/bignumber.js', 'unknown'), true)
})
