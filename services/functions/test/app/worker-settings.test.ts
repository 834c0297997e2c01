import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { Settings } from '@aloft/kernel'
import { checkExecutable, workerSettingWarnings } from '../../src/app/worker-settings.ts'

const warn = (values: Record<string, string>, runtime = 'node') =>
  workerSettingWarnings(new Settings(values), runtime, '24.1.0')

test('folders of workers are told to have no effect', () => {
  assert.deepEqual(
    warn({ languageWorkers__workersDirectory: '/w', LanguageWorkers__Node__WorkerDirectory: '/n' }),
    [
      "languageWorkers__workersDirectory has no effect: Aloft's own worker for Node.js runs. For another Node.js set languageWorkers__node__defaultExecutablePath.",
      "languageWorkers__node__workerDirectory has no effect: Aloft's own worker for Node.js runs. For another Node.js set languageWorkers__node__defaultExecutablePath.",
    ],
  )
  assert.deepEqual(warn({ languageWorkers__workersDirectory: '/w' }, 'custom'), [])
})

test('another version of Node.js than the one that runs is told, unless the settings name a program', () => {
  const wanted = (version: string, more = {}) => warn({ FUNCTIONS_WORKER_RUNTIME_VERSION: version, ...more })
  assert.deepEqual(wanted('~20'), [
    'FUNCTIONS_WORKER_RUNTIME_VERSION asks for Node.js 20; the app runs on Node.js 24.1.0. For another Node.js set languageWorkers__node__defaultExecutablePath.',
  ])
  for (const same of ['~24', '24', 'v24.0.0', '', 'latest']) assert.deepEqual(wanted(same), [], same)
  assert.deepEqual(wanted('~20', { languageWorkers__node__defaultExecutablePath: '/opt/node20' }), [])
})

test('a program that is not there is told before it is started', async () => {
  const check = (path: string, runtime = 'node') =>
    checkExecutable(new Settings({ languageWorkers__node__defaultExecutablePath: path }), runtime, tmpdir())
  await assert.rejects(check('/none/node'), /^UserError: There is no program at \/none\/node, which/)
  await assert.rejects(check('./none'), /There is no program at \.\/none/)
  await check(process.execPath)
  await check('node')
  await check('')
  await check('/none/node', 'custom')
})
