/** The app's files from outside: `/admin/vfs`, the zip file, functions that are made and removed. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { functionDefinition } from '../http/fixture.ts'
import { type AdminFixture, startAdmin } from './fixture.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly bytes: Buffer
}

/** Calls with the master key. */
async function call(
  { url, keys }: AdminFixture,
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const headers = { 'x-functions-key': keys.masterKey, ...init.headers }
  const response = await fetch(url + path, { method, headers, body: init.body, redirect: 'manual' })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, text: bytes.toString(), bytes }
}

/** Sends path and headers as they are, which `fetch` does not. */
function statusOf(
  { url }: AdminFixture,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
}

async function makeFiles({ rootDirectory }: AdminFixture): Promise<void> {
  await mkdir(join(rootDirectory, 'src'))
  await mkdir(join(rootDirectory, '.aloft'))
  await writeFile(join(rootDirectory, '.aloft/keys.secret'), 'secret')
  await writeFile(join(rootDirectory, 'host.json'), '{"version":"2.0"}')
  await writeFile(join(rootDirectory, 'src/a b#.js'), 'letters')
  await writeFile(join(rootDirectory, 'local.settings.json'), '{"IsEncrypted":false}')
}

test('a file is read by its absolute path, by a relative one, and by that of Azure', async () => {
  await using at = await startAdmin()
  await makeFiles(at)
  for (const path of [
    `${at.rootDirectory}/host.json`,
    '/host.json?relativePath=1',
    '/site/wwwroot/host.json',
    '/home/site/wwwroot/host.json',
  ]) {
    const { status, headers, text } = await call(at, 'GET', `/admin/vfs${path}`)
    assert.deepEqual(
      [status, headers.get('content-type'), text],
      [200, 'application/json', '{"version":"2.0"}'],
    )
    assert.ok(headers.get('etag'))
  }
})

test('HEAD, If-None-Match and ranges work as with any file', async () => {
  await using at = await startAdmin()
  await makeFiles(at)
  const path = '/admin/vfs/src/a%20b%23.js?relativePath=1'
  const head = await call(at, 'HEAD', path)
  assert.deepEqual([head.status, head.headers.get('content-length'), head.text], [200, '7', ''])
  const etag = head.headers.get('etag')!
  assert.equal((await call(at, 'GET', path, { headers: { 'if-none-match': etag } })).status, 304)
  const part = async (range: string) => {
    const { status, headers, text } = await call(at, 'GET', path, { headers: { range } })
    return [status, headers.get('content-range'), text]
  }
  assert.deepEqual(await part('bytes=1-3'), [206, 'bytes 1-3/7', 'ett'])
  assert.deepEqual(await part('bytes=5-'), [206, 'bytes 5-6/7', 'rs'])
  assert.deepEqual(await part('bytes=-2'), [206, 'bytes 5-6/7', 'rs'])
  assert.deepEqual(await part('bytes=7-9'), [416, 'bytes */7', ''])
})

test('a folder is listed, without the state of Aloft, and each URL says what it is', async () => {
  await using at = await startAdmin()
  await makeFiles(at)
  const { status, text } = await call(at, 'GET', '/admin/vfs/?relativePath=1')
  const entries = JSON.parse(text) as {
    name: string
    mime: string
    size: number
    href: string
    path: string
  }[]
  assert.equal(status, 200)
  assert.deepEqual(
    entries.map(({ name, mime, size }) => [name, mime, size]),
    [
      ['host.json', 'application/json', 17],
      ['local.settings.json', 'application/json', 21],
      ['src', 'inode/directory', 0],
    ],
  )
  assert.equal(entries[2]!.path, join(at.rootDirectory, 'src'))
  assert.equal(entries[2]!.href, `${at.url}/admin/vfs/src/?relativePath=1`)
  const [file] = JSON.parse((await call(at, 'GET', '/admin/vfs/src/?relativePath=1')).text) as {
    href: string
  }[]
  assert.equal((await call(at, 'GET', file!.href.slice(at.url.length))).text, 'letters')

  const folder = await call(at, 'GET', '/admin/vfs/src?relativePath=1')
  assert.deepEqual(
    [folder.status, folder.headers.get('location')],
    [307, `${at.url}/admin/vfs/src/?relativePath=1`],
  )
  const slashed = await call(at, 'GET', '/admin/vfs/host.json/?relativePath=1')
  assert.deepEqual(
    [slashed.status, slashed.headers.get('location')],
    [307, `${at.url}/admin/vfs/host.json?relativePath=1`],
  )
})

for (const path of [
  '/etc/passwd',
  '/site/wwwroot/../x',
  '/.aloft/keys.secret?relativePath=1',
  '/.ALOFT/keys.secret?relativePath=1',
]) {
  test(`nothing is served but the app: ${path}`, async () => {
    await using at = await startAdmin()
    await makeFiles(at)
    for (const method of ['GET', 'PUT', 'DELETE'])
      assert.equal(
        await statusOf(at, method, `/admin/vfs${path}`, {
          'x-functions-key': at.keys.masterKey,
          'if-match': '*',
        }),
        403,
      )
  })
}

test('a file is made, changed by who knows it, and deleted', async () => {
  await using at = await startAdmin()
  const path = '/admin/vfs/lib/deep/new.js?relativePath=1'
  const file = join(at.rootDirectory, 'lib/deep/new.js')
  const made = await call(at, 'PUT', path, { body: 'one' })
  assert.equal(made.status, 201)
  assert.equal(await readFile(file, 'utf8'), 'one')
  const etag = made.headers.get('etag')!

  assert.equal((await call(at, 'PUT', path, { body: 'x' })).status, 412)
  const mismatch = await call(at, 'PUT', path, { body: 'x', headers: { 'if-match': '"other"' } })
  assert.deepEqual([mismatch.status, mismatch.headers.get('etag')], [412, etag])
  assert.equal((await call(at, 'PUT', path, { body: 'two!', headers: { 'if-match': etag } })).status, 204)
  assert.equal(await readFile(file, 'utf8'), 'two!')
  assert.deepEqual(await readdir(join(at.rootDirectory, 'lib/deep')), ['new.js'])

  assert.equal((await call(at, 'DELETE', path)).status, 412)
  assert.equal((await call(at, 'DELETE', path, { headers: { 'if-match': '*' } })).status, 200)
  assert.equal((await call(at, 'GET', path)).status, 404)
})

test('folders are made and deleted', async () => {
  await using at = await startAdmin()
  await makeFiles(at)
  const ask = async (method: string, path: string) => (await call(at, method, `/admin/vfs/${path}`)).status
  assert.equal(await ask('PUT', 'new/?relativePath=1'), 201)
  assert.equal(await ask('PUT', 'new/?relativePath=1'), 409)
  assert.equal(await ask('DELETE', 'new/?relativePath=1'), 200)
  assert.equal(await ask('DELETE', 'src/?relativePath=1'), 409)
  assert.equal(await ask('DELETE', 'src/?relativePath=1&recursive=true'), 200)
  assert.equal(await ask('DELETE', '?relativePath=1&recursive=true'), 403)
  assert.equal(await ask('DELETE', 'src/?relativePath=1'), 404)
})

test('writing does not follow links out of the app', async () => {
  await using at = await startAdmin()
  const outside = join(at.rootDirectory, '../outside')
  await mkdir(outside)
  await writeFile(join(outside, 'file'), 'kept')
  await symlink(outside, join(at.rootDirectory, 'link'), 'junction')
  assert.equal((await call(at, 'GET', '/admin/vfs/link/file?relativePath=1')).text, 'kept')
  const headers = { 'if-match': '*' }
  assert.equal(
    (await call(at, 'PUT', '/admin/vfs/link/file?relativePath=1', { body: 'x', headers })).status,
    403,
  )
  assert.equal((await call(at, 'PUT', '/admin/vfs/link/more/new?relativePath=1', { body: 'x' })).status, 403)
  assert.equal((await call(at, 'DELETE', '/admin/vfs/link/file?relativePath=1', { headers })).status, 403)
  assert.deepEqual(await readdir(outside), ['file'])
})

test('an app that runs from a package is not changed', async () => {
  await using at = await startAdmin()
  Object.assign(at.target.configuration.context, { setting: () => '1' })
  assert.equal((await call(at, 'PUT', '/admin/vfs/x?relativePath=1', { body: 'x' })).status, 400)
  assert.equal((await call(at, 'PUT', '/admin/functions/x', { body: '{"config":{}}' })).status, 400)
  const [, status] = await at.ask('GET', '/admin/host/status')
  assert.equal((status as Record<string, unknown>).functionAppContentEditingState, 'NotAllowed')
})

/** The names of a zip file's entries, from its directory. */
function namesIn(zip: Buffer): string[] {
  const names: string[] = []
  for (
    let at = zip.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')
  )
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)))
  return names
}

test('the app comes as a zip file, secrets only when they are asked for', async () => {
  await using at = await startAdmin()
  await makeFiles(at)
  await symlink(at.rootDirectory, join(at.rootDirectory, 'src/loop'), 'junction')
  const { status, headers, bytes } = await call(at, 'GET', '/admin/functions/download')
  assert.deepEqual([status, headers.get('content-type')], [200, 'application/octet-stream'])
  assert.match(headers.get('content-disposition')!, /shop\.zip/)
  assert.deepEqual(namesIn(bytes), ['host.json', 'src/a b#.js'])
  const whole = await call(at, 'GET', '/admin/functions/download?includeAppSettings=true')
  assert.deepEqual(namesIn(whole.bytes), ['host.json', 'local.settings.json', 'src/a b#.js'])
})

test('a function is made of files and its configuration, changed, and removed', async () => {
  await using at = await startAdmin()
  const { target, rootDirectory } = at
  const restart = target.restart
  Object.assign(target, {
    restart: async () => {
      const folders = await readdir(rootDirectory)
      target.functions = folders.map((name) =>
        functionDefinition(name, { trigger: { type: 'timerTrigger' } }),
      )
      await restart()
    },
  })
  const folder = join(rootDirectory, 'tick')
  const config = { bindings: [{ type: 'timerTrigger', name: 't', schedule: '0 * * * * *' }] }
  const body = JSON.stringify({ files: { 'index.js': 'one', 'other.js': '' }, config, test_data: 'x' })
  const [status, made] = await at.ask('PUT', '/admin/functions/tick', body)
  assert.deepEqual([status, (made as { name: string }).name], [201, 'tick'])
  assert.equal((made as { config_href: string }).config_href, `${at.url}/admin/vfs${folder}/function.json`)
  assert.equal((made as { test_data: string }).test_data, 'x')
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'function.json'), 'utf8')), config)

  const files = { 'function.json': '{"bindings":[]}', 'index.js': 'two' }
  assert.equal((await at.ask('PUT', '/admin/functions/tick', JSON.stringify({ files })))[0], 201)
  assert.deepEqual((await readdir(folder)).sort(), ['function.json', 'index.js'])
  assert.equal(await readFile(join(folder, 'index.js'), 'utf8'), 'two')

  assert.equal(await readFile(join(target.testDataFolder, 'tick.dat'), 'utf8'), 'x')
  assert.equal((await at.ask('DELETE', '/admin/functions/tick'))[0], 204)
  assert.deepEqual(await readdir(target.testDataFolder), [])
  assert.deepEqual(await readdir(rootDirectory), [])
  assert.equal((await at.ask('DELETE', '/admin/functions/tick'))[0], 404)
  assert.deepEqual(target.calls, ['restart', 'restart', 'restart'])
})

test('test data of a function is kept beside the app, and served at its URL', async () => {
  await using at = await startAdmin()
  const body = JSON.stringify({ test_data: '{"a":1}' })
  const [status, orders] = await at.ask('PUT', '/admin/functions/Orders', body)
  assert.deepEqual([status, (orders as { test_data: string }).test_data], [201, '{"a":1}'])
  assert.deepEqual([at.target.calls, await readdir(at.rootDirectory)], [[], []])
  const path = (name: string) => `/admin/vfs${at.target.testDataFolder}/${name}`
  const dataOf = async (name: string) => (await call(at, 'GET', path(name))).bytes.toString()
  assert.equal(await dataOf('Orders.dat'), '{"a":1}')
  assert.equal(await dataOf('nightly.dat'), '')
  const headers = { 'if-match': '*' }
  assert.equal((await call(at, 'PUT', path('Orders.dat'), { body: 'x'.repeat(5000), headers })).status, 204)
  const [, list] = await at.ask('GET', '/admin/functions')
  assert.deepEqual(
    (list as { test_data: unknown }[]).map(({ test_data }) => test_data),
    [null, ''],
  )
  for (const name of ['../keys.secret', '9.dat', 'Orders.txt', 'more/x.dat'])
    assert.equal((await call(at, 'GET', path(name))).status, 403, name)
})

test('a function of which the files make no sense is 400, one that does not load 500 with the reason', async () => {
  await using at = await startAdmin()
  for (const [name, body] of [
    ['9lives', '{"config":{}}'],
    ['ok', 'no json'],
    ['ok', '{}'],
    ['ok', '{"files":{"../out.js":""}}'],
    ['ok', '{"files":{"a.js":1}}'],
  ] as const)
    assert.equal((await at.ask('PUT', `/admin/functions/${name}`, body))[0], 400, body)
  assert.deepEqual(await readdir(at.rootDirectory), [])
  assert.deepEqual(await at.ask('PUT', '/admin/functions/broken', '{"config":{}}'), [
    500,
    { errors: ['The route template is invalid.'] },
  ])
})

test('a function in code is not removed', async () => {
  await using at = await startAdmin()
  const [status, text] = await at.ask('DELETE', '/admin/functions/Orders')
  assert.deepEqual(
    [status, text],
    [400, "The function 'Orders' is registered in code, not in a folder of its own."],
  )
})

test('without keys only programs on this machine see the files, not web pages', async () => {
  await using at = await startAdmin({ isAuthEnabled: false })
  await makeFiles(at)
  const status = (headers: Record<string, string>) =>
    statusOf(at, 'GET', '/admin/vfs/host.json?relativePath=1', headers)
  assert.equal(await status({}), 200)
  assert.equal(await status({ host: 'shop.localhost:7071' }), 200)
  assert.equal(await status({ host: 'evil.example:7071' }), 403)
  assert.equal(await status({ host: 'localhost', origin: 'http://localhost' }), 200)
  assert.equal(await status({ host: 'localhost', origin: 'http://evil.example' }), 403)
  assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await status({ host: 'evil.example', 'x-functions-key': at.keys.masterKey }), 200)
})

test('extensions are built in', async () => {
  await using at = await startAdmin()
  const [status, body] = await at.ask('GET', '/admin/host/extensions')
  assert.deepEqual([status, (body as { extensions: unknown }).extensions], [200, []])
  assert.equal((await at.ask('POST', '/admin/host/extensions', '{}'))[0], 400)
  assert.equal((await fetch(`${at.url}/admin/instance/http-health`)).status, 200)
})
