import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { loadApp } from '../../src/app/index.ts'
import { appFolder, loadFolder, localSettings } from './app-folder.ts'

const clock = new VirtualClock()

function userError(message: RegExp, hint?: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UserError, String(error))
    assert.match(error.message, message)
    if (hint) assert.match(error.hint ?? '', hint)
    return true
  }
}

test('the environment beats local settings, which beat the settings of the site', async (t) => {
  const app = await loadFolder(t, localSettings({ A: 'local', B: 'local' }), {
    environment: { A: 'environment' },
    settings: { A: 'site', B: 'site', C: 'site' },
  })
  const values = ['A', 'B', 'C'].map((name) => app.context.setting(name))
  assert.deepEqual(values, ['environment', 'local', 'site'])
})

test('setting names ignore case and take __ for a colon', async (t) => {
  const app = await loadFolder(t, localSettings({ 'Orders:Queue': 'q', MIXED__Case: 'm' }))
  assert.equal(app.context.setting('orders__QUEUE'), 'q')
  assert.equal(app.context.setting('mixed:case'), 'm')
  assert.equal(app.context.setting('mixed'), undefined)
})

test('a local setting that the environment outranks is told', async (t) => {
  const app = await loadFolder(t, localSettings({ A: 'local', B: 'same' }), {
    environment: { a: 'other', B: 'same' },
  })
  assert.deepEqual(app.warnings, [
    "Skipping 'A' from local settings as it's already defined in current environment variables.",
  ])
})

test('what the platform gives is taken as a whole, or not at all when the settings have any of it', async (t) => {
  const platformSettings = (app: string) => ({ ENDPOINT: `http://${app}`, HEADER: 'h' })
  const given = await loadFolder(t, localSettings({ WEBSITE_SITE_NAME: 'shop' }), { platformSettings })
  assert.equal(given.context.setting('ENDPOINT'), 'http://shop')
  assert.equal(given.workerEnvironment.HEADER, 'h')
  const own = await loadFolder(t, localSettings({ endpoint: '' }), { platformSettings })
  assert.deepEqual([own.context.setting('ENDPOINT'), own.context.setting('HEADER')], ['', undefined])
})

test('production ignores local.settings.json', async (t) => {
  const files = localSettings({ A: 'local' }, { Host: { LocalHttpPort: 5000 } })
  const app = await loadFolder(t, files, { mode: 'production' })
  assert.equal(app.context.setting('A'), undefined)
  assert.equal(app.context.setting('AZURE_FUNCTIONS_ENVIRONMENT'), undefined)
  assert.equal(app.localHost.port, undefined)
})

test('the workers get the environment, all app settings and what func start sets', async (t) => {
  const files = localSettings({ A: 'a', 'X:Y': 'xy' }, { ConnectionStrings: { Sql: 'Server=s' } })
  const app = await loadFolder(t, files, {
    environment: { HTTP_PROXY: 'upper', http_proxy: 'lower' },
    overrides: { port: 8080 },
  })
  assert.deepEqual(app.workerEnvironment, {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    HTTP_PROXY: 'upper',
    http_proxy: 'lower',
    A: 'a',
    'X:Y': 'xy',
    'ConnectionStrings:Sql': 'Server=s',
    AzureWebJobsScriptRoot: app.context.rootDirectory,
    FUNCTIONS_APPLICATION_DIRECTORY: app.context.rootDirectory,
    WEBSITE_HOSTNAME: 'localhost:8080',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_CORETOOLS_ENVIRONMENT: 'True',
  })
})

test('what the environment says of host name and environment name stays', async (t) => {
  const environment = { WEBSITE_HOSTNAME: 'shop.example', AZURE_FUNCTIONS_ENVIRONMENT: 'Staging' }
  const { workerEnvironment } = await loadFolder(t, {}, { environment })
  assert.equal(workerEnvironment.WEBSITE_HOSTNAME, 'shop.example')
  assert.equal(workerEnvironment.AZURE_FUNCTIONS_ENVIRONMENT, 'Staging')
})

test('the Host section gives address, port and CORS, and the command line beats it', async (t) => {
  const host = {
    LocalHttpPort: 5000,
    LocalHttpAddress: '0.0.0.0',
    CORS: 'http://a, http://b',
    CORSCredentials: true,
  }
  const files = localSettings({}, { Host: host })
  assert.deepEqual((await loadFolder(t, files)).localHost, {
    port: 5000,
    address: '0.0.0.0',
    cors: ['http://a', 'http://b'],
    corsCredentials: true,
  })
  const overrides = { port: 9000, cors: ['*'], corsCredentials: false }
  assert.deepEqual((await loadFolder(t, files, { overrides })).localHost, {
    port: 9000,
    address: '0.0.0.0',
    cors: ['*'],
    corsCredentials: false,
  })
})

test('CORS_ALLOWED_ORIGINS serves where there is no Host section, and must be a JSON array', async (t) => {
  const environment = { CORS_ALLOWED_ORIGINS: '["https://a"]', CORS_SUPPORT_CREDENTIALS: 'True' }
  const { localHost } = await loadFolder(t, {}, { environment })
  assert.deepEqual([localHost.cors, localHost.corsCredentials], [['https://a'], true])
  await assert.rejects(
    loadFolder(t, {}, { environment: { CORS_ALLOWED_ORIGINS: 'https://a' } }),
    userError(/CORS_ALLOWED_ORIGINS must be a JSON array/),
  )
})

for (const [title, isEncrypted] of [
  ['encrypted', { IsEncrypted: true }],
  ['not said to be plain', {}],
] as const) {
  test(`local settings that are ${title} are refused with a hint`, async (t) => {
    const files = { 'local.settings.json': { ...isEncrypted, Values: { A: 'x' } } }
    await assert.rejects(loadFolder(t, files), userError(/encrypted values/, /func settings decrypt/))
  })
}

test('a local setting that is no string is skipped with a warning that names its line', async (t) => {
  const text = '{\n  "IsEncrypted": false,\n  "Values": {\n    "A": 1,\n    "B": "b"\n  }\n}'
  const app = await loadFolder(t, { 'local.settings.json': text })
  assert.equal(app.context.setting('A'), undefined)
  assert.equal(app.context.setting('B'), 'b')
  assert.deepEqual(app.warnings, [
    "local.settings.json (line 4, column 10): the value of 'A' is not a string and was skipped; write it in double quotes.",
  ])
})

test('connection strings are text or objects', async (t) => {
  const connections = { Sql: { ConnectionString: 'Server=s', ProviderName: 'p' }, Plain: 'Server=p' }
  const app = await loadFolder(t, localSettings({}, { ConnectionStrings: connections }))
  assert.equal(app.context.setting('ConnectionStrings:sql'), 'Server=s')
  assert.equal(app.context.connection('Plain')?.connectionString, 'Server=p')
})

test('a missing host.json is written with the default bundle', async (t) => {
  const root = appFolder(t, { 'package.json': {} })
  const app = await loadApp(root, { clock, environment: { FUNCTIONS_WORKER_RUNTIME: 'node' } })
  const written = JSON.parse(readFileSync(join(root, 'host.json'), 'utf8'))
  assert.deepEqual(written, {
    version: '2.0',
    extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
  })
  assert.deepEqual(app.host.extensionBundle, written.extensionBundle)
  assert.match(app.warnings.join(), /No host.json was found; a default one was written/)
  const again = await loadApp(root, { clock, environment: { FUNCTIONS_WORKER_RUNTIME: 'node' } })
  assert.deepEqual(again.warnings, [])
})

test('a host.json is never overwritten, not even a broken one', async (t) => {
  const root = appFolder(t, { 'host.json': '{ "version": ' })
  const { mtimeMs } = statSync(join(root, 'host.json'))
  await assert.rejects(
    loadApp(root, { clock, environment: {} }),
    userError(/host\.json \(line 1, column 14\)/),
  )
  assert.equal(statSync(join(root, 'host.json')).mtimeMs, mtimeMs)
})

test('a folder that does not exist is refused', async (t) => {
  const missing = join(appFolder(t, {}), 'nowhere')
  await assert.rejects(
    loadApp(missing, { clock, environment: {} }),
    userError(/The app folder .*nowhere does not exist/),
  )
  assert.equal(existsSync(missing), false)
})

test('the name is the command line’s, else the site’s, else the folder’s', async (t) => {
  const root = appFolder(t, { 'host.json': { version: '2.0' }, 'package.json': {} })
  const nameOf = async (environment: Record<string, string>, name?: string) =>
    (await loadApp(root, { clock, environment, overrides: { name } })).context.name
  assert.equal(await nameOf({}), root.split('/').at(-1))
  assert.equal(await nameOf({ WEBSITE_SITE_NAME: 'shop' }), 'shop')
  assert.equal(await nameOf({ WEBSITE_SITE_NAME: 'shop' }, 'mine'), 'mine')
})

test('extension sections are found in any case and are empty when absent', async (t) => {
  const hostJson = { version: '2.0', extensions: { Queues: { batchSize: 4 } } }
  const { context } = await loadFolder(t, { 'host.json': hostJson })
  assert.deepEqual(context.extension('queues'), { batchSize: 4 })
  assert.deepEqual(context.extension('blobs'), {})
})
