/** Apps that run from zip files: named as the app, left by a deployment, or fetched. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, realpath, rename, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Logger, systemClock } from '@aloft/kernel'
import type { AppOptions } from '../../src/index.ts'
import { removeTree } from '../../src/package/remove-tree.ts'
import { zipOf } from '../package/zip-file.ts'
import { HostUnderTest } from './app-under-test.ts'
import { LogBook } from './log-book.ts'

const folder = await realpath(await mkdtemp(join(tmpdir(), 'aloft-packages-')))
const dataDirectory = join(folder, 'data')
const packages = join(dataDirectory, 'packages')
const host = await HostUnderTest.open({ dataDirectory, standbyWorkers: 1 })
after(async () => {
  await host.close()
  await removeTree(folder)
})
// Found from where packages are unpacked: as if they had brought it.
await mkdir(join(folder, 'node_modules/@azure'), { recursive: true })
const library = fileURLToPath(import.meta.resolve('@azure/functions')).replace(/[\\/]dist[\\/][^\\/]+$/, '')
await symlink(library, join(folder, 'node_modules/@azure/functions'), 'junction')

const appZip = (version: string, files: Readonly<Record<string, string>> = {}) =>
  zipOf({
    'host.json': '{"version":"2.0"}',
    'package.json': '{"main":"src/app.js"}',
    'src/app.js': `
      const { app } = require('@azure/functions')
      const { writeFileSync } = require('node:fs')
      app.get('version', { handler: () => ({ jsonBody: ['${version}', process.env.OWN ?? null, process.cwd()] }) })
      app.get('write', { handler() {
        try { writeFileSync('new.txt', ''); return { body: 'written' } } catch ({ code }) { return { body: code } }
      } })`,
    ...files,
  })

let count = 0
async function newFolder(): Promise<string> {
  const path = join(folder, `app-${++count}`)
  await mkdir(path)
  return path
}

interface Started {
  readonly running: Awaited<ReturnType<typeof host.host.startApp>>
  readonly log: LogBook
  get(path: string): Promise<Response>
  version(): Promise<unknown>
  /** Resolves when another version has been loaded. */
  reloaded(): Promise<void>
}

async function start(
  t: TestContext,
  rootDirectory: string,
  settings: Readonly<Record<string, string>> = {},
  options: Partial<AppOptions> = {},
): Promise<Started> {
  const log = new LogBook()
  const running = await host.host.startApp({
    rootDirectory,
    log: new Logger(systemClock, [log]),
    host: '127.0.0.1',
    port: 0,
    overrides: { settings: { FUNCTIONS_WORKER_RUNTIME: 'node', ...settings } },
    ...options,
  })
  t.after(() => running.close(AbortSignal.timeout(5000)))
  const get = (path: string) => fetch(`http://127.0.0.1:${running.port}${path}`)
  return {
    running,
    log,
    get,
    version: async () => ((await (await get('/api/version')).json()) as string[])[0],
    reloaded: () => new Promise((resolve) => running.onReload(resolve)),
  }
}

async function server(t: TestContext, listener: RequestListener): Promise<string> {
  const listening = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => listening.close())
  await once(listening, 'listening')
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

/** As a whole, as careful tools do. */
async function replace(file: string, content: Buffer): Promise<void> {
  await writeFile(`${file}.part`, content)
  await rename(`${file}.part`, file)
}

test('a zip file runs as an app, with the settings beside it and the folder of its content', async (t) => {
  const file = join(await newFolder(), 'shop.zip')
  await writeFile(file, await appZip('one', { 'local.settings.json': '{"Values":{"OWN":"in the package"}}' }))
  await writeFile(
    join(dirname(file), 'local.settings.json'),
    '{"IsEncrypted":false,"Values":{"OWN":"beside it"}}',
  )
  const app = await start(t, file)
  const { name, rootDirectory } = app.running.configuration.context
  assert.equal(name, 'shop')
  assert.equal(dirname(rootDirectory), packages)
  assert.deepEqual(await (await app.get('/api/version')).json(), ['one', 'beside it', rootDirectory])
})

test('nobody changes the files of a package', async (t) => {
  const file = join(await newFolder(), 'shop.zip')
  await writeFile(file, await appZip('one'))
  const app = await start(t, file)
  const status = (await (await app.get('/admin/host/status')).json()) as Record<string, unknown>
  assert.equal(status.functionAppContentEditingState, 'NotAllowed')
  const url = `http://127.0.0.1:${app.running.port}/admin`
  const put = await fetch(`${url}/vfs/site/wwwroot/src/app.js`, { method: 'PUT', body: '1' })
  assert.deepEqual([put.status, await put.text()], [400, 'Your app is currently in read only mode.'])
  const create = await fetch(`${url}/functions/more`, { method: 'PUT', body: '{"config":{}}' })
  assert.equal(create.status, 400)
  // The system lets its owner write everywhere.
  if (process.getuid?.() !== 0) assert.equal(await (await app.get('/api/write')).text(), 'EACCES')
  assert.equal((await app.get('/admin/vfs/site/wwwroot/src/app.js')).status, 200)
})

test('a package that is replaced is loaded, and the old one goes', async (t) => {
  const file = join(await newFolder(), 'shop.zip')
  await writeFile(file, await appZip('before'))
  const app = await start(t, file, {}, { isWatching: true })
  const before = app.running.configuration.context.rootDirectory
  assert.equal(await app.version(), 'before')
  const reloaded = app.reloaded()
  await replace(file, await appZip('after'))
  await reloaded
  assert.equal(await app.version(), 'after')
  const isGone = async () => !(await readdir(packages)).includes(before.slice(packages.length + 1))
  while (!(await isGone())) await new Promise((resolve) => setImmediate(resolve))

  await replace(file, Buffer.from('half a zip file'))
  await app.log.find(/The app was not loaded again: shop\.zip cannot be run/)
  assert.equal(await app.version(), 'after')
})

test('a zip file that is no package is refused with the reason', async (t) => {
  const file = join(await newFolder(), 'shop.zip')
  await writeFile(file, 'text')
  await assert.rejects(start(t, file), {
    name: 'UserError',
    message: /^shop\.zip cannot be run: .*zip file/i,
  })
  await assert.rejects(start(t, join(folder, 'nothing.zip')), /nothing\.zip does not exist/)
})

test('WEBSITE_RUN_FROM_PACKAGE=1 runs the package that a deployment has named, and the next one', async (t) => {
  const home = await newFolder()
  const root = join(home, 'site/wwwroot')
  const site = join(home, 'data/SitePackages')
  await mkdir(root, { recursive: true })
  await mkdir(site, { recursive: true })
  await writeFile(join(site, '1.zip'), await appZip('first'))
  await writeFile(join(site, '2.zip'), await appZip('second'))
  await writeFile(join(site, 'packagename.txt'), '1.zip\n')
  const app = await start(t, root, { WEBSITE_RUN_FROM_PACKAGE: '1' }, { isWatching: true })
  assert.equal(await app.version(), 'first')
  const reloaded = app.reloaded()
  await writeFile(join(site, 'packagename.txt'), '2.zip')
  await reloaded
  assert.equal(await app.version(), 'second')
})

test('WEBSITE_RUN_FROM_PACKAGE=1 without a package leaves the folder as it is', async (t) => {
  const root = await newFolder()
  await writeFile(join(root, 'host.json'), '{"version":"2.0"}')
  await writeFile(
    join(root, 'app.js'),
    `require('@azure/functions').app.get('version', { handler: () => ({ jsonBody: ['own'] }) })`,
  )
  await writeFile(join(root, 'package.json'), '{"main":"app.js"}')
  const app = await start(t, root, { WEBSITE_RUN_FROM_PACKAGE: '1' })
  assert.equal(await app.version(), 'own')
  assert.equal(app.running.configuration.context.rootDirectory, root)
})

test('a package that is not there is told to every caller, until it is', async (t) => {
  const home = await newFolder()
  const site = join(home, 'data/SitePackages')
  await mkdir(site, { recursive: true })
  await writeFile(join(site, 'packagename.txt'), 'app.zip')
  const app = await start(t, home, { WEBSITE_RUN_FROM_PACKAGE: '1' }, { isWatching: true })
  const reason = `The package ${join(site, 'app.zip')} cannot be run: there is no such file.`
  for (const path of ['/api/version', '/']) {
    const response = await app.get(path)
    assert.equal(response.status, 503)
    assert.ok((await response.text()).includes(reason))
  }
  const status = (await (await app.get('/admin/host/status')).json()) as Record<string, unknown>
  assert.deepEqual([status.state, status.errors], ['Error', [reason]])
  assert.deepEqual(
    app.log.all(({ level }) => level === 'error').map(({ message }) => message),
    [reason],
  )

  const reloaded = app.reloaded()
  await replace(join(site, 'app.zip'), await appZip('there'))
  await reloaded
  assert.equal(await app.version(), 'there')
  assert.equal(app.running.state, 'Running')
})

test('WEBSITE_RUN_FROM_PACKAGE fetches the package at its address at every start, and never shows its signature', async (t) => {
  let version = 1
  const requests: string[] = []
  const url = await server(t, async (request, response) => {
    requests.push(request.url ?? '')
    if (request.url?.startsWith('/old')) response.writeHead(302, { Location: '/app.zip?sig=secret' }).end()
    else response.end(await appZip(`fetched ${version}`))
  })
  const app = await start(t, await newFolder(), { WEBSITE_RUN_FROM_PACKAGE: `${url}/old?sig=secret` })
  assert.equal(await app.version(), 'fetched 1')
  assert.deepEqual(requests, ['/old?sig=secret', '/app.zip?sig=secret'])
  assert.equal(app.running.configuration.package?.source, `${url}/old`)
  version = 2
  await app.running.restart()
  assert.equal(await app.version(), 'fetched 2')
  assert.deepEqual(app.log.all(/secret/), [])
  assert.deepEqual(
    (await readdir(packages)).filter((name) => /zip|part/.test(name)),
    [],
  )
})

test('an address without a package is told to every caller, and asked again at a restart', async (t) => {
  let isThere = false
  const url = await server(t, async (_, response) => {
    if (isThere) response.end(await appZip('at last'))
    else response.writeHead(403).end('<Error/>')
  })
  const app = await start(t, await newFolder(), { WEBSITE_RUN_FROM_PACKAGE: `${url}/app.zip?sig=secret` })
  const response = await app.get('/api/version')
  assert.equal(response.status, 503)
  const text = await response.text()
  assert.match(
    text,
    /The package http:\/\/127\.0\.0\.1:\d+\/app\.zip cannot be run: it answered 403 Forbidden\./,
  )
  assert.doesNotMatch(text, /secret/)
  await app.running.restart()
  assert.equal((await app.get('/api/version')).status, 503)
  isThere = true
  await app.running.restart()
  assert.equal(await app.version(), 'at last')
})

test('other wrong values of WEBSITE_RUN_FROM_PACKAGE say what was expected', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  for (const [value, reason] of [
    [`http://127.0.0.1:${port}/app.zip`, /cannot be run: connect ECONNREFUSED 127\.0\.0\.1:\d+\./],
    ['app.zip', /must be 1, 0 or the address of a zip file/],
  ] as const) {
    const app = await start(t, await newFolder(), { WEBSITE_RUN_FROM_PACKAGE: value })
    assert.match(await (await app.get('/api/version')).text(), reason)
  }
})

test('settings copied from Azure do not replace the files of a developer’s folder', async (t) => {
  const root = await newFolder()
  await writeFile(join(root, 'host.json'), '{"version":"2.0"}')
  await writeFile(join(root, 'package.json'), '{"main":"app.js"}')
  await writeFile(
    join(root, 'app.js'),
    `require('@azure/functions').app.get('version', { handler: () => ({ jsonBody: ['own'] }) })`,
  )
  const values = { WEBSITE_RUN_FROM_PACKAGE: 'https://example.invalid/app.zip?sig=secret' }
  await writeFile(join(root, 'local.settings.json'), JSON.stringify({ IsEncrypted: false, Values: values }))
  const app = await start(t, root)
  assert.equal(await app.version(), 'own')
  await app.log.find(/^WEBSITE_RUN_FROM_PACKAGE of local\.settings\.json is not heeded/)
})

test('a lazy app of a package rests until it is asked for, and follows its file', async (t) => {
  const file = join(await newFolder(), 'lazy.zip')
  await writeFile(file, await appZip('one'))
  const app = await start(t, file, {}, { start: 'lazy', isWatching: true })
  assert.deepEqual(app.running.workerProcessIds, [])
  assert.equal(await app.version(), 'one')
  const reloaded = app.reloaded()
  await replace(file, await appZip('two'))
  await reloaded
  assert.equal(await app.version(), 'two')
})

test('what is left of earlier packages goes when the host ends, what runs stays for the next start', async () => {
  const directory = await newFolder()
  const own = await HostUnderTest.open({ dataDirectory: join(directory, 'data') })
  const stale = join(directory, 'data/packages/0123456789abcdef')
  await mkdir(stale, { recursive: true })
  await writeFile(join(stale, 'file'), '')
  await chmod(stale, 0o555)
  await writeFile(join(directory, 'app.zip'), await appZip('one'))
  const { configuration } = await own.host.startApp({
    rootDirectory: join(directory, 'app.zip'),
    log: new Logger(systemClock, []),
    host: '127.0.0.1',
    port: 0,
  })
  await own.close()
  const left = await readdir(join(directory, 'data/packages'))
  assert.deepEqual(left, [
    configuration.context.rootDirectory.slice(join(directory, 'data/packages/').length),
  ])
})
