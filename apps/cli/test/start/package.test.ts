/** Apps that `aloft pack` has made a zip file of. */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { linkPackages, writeFiles } from './app-folder.ts'
import { ChildCli } from './child-cli.ts'

/** A folder with `shop` and `shop.zip`, beside the packages that both find. */
async function packedShop(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t)
  await linkPackages(directory)
  await mkdir(join(directory, 'shop'))
  await writeFiles(join(directory, 'shop'), {
    'host.json': '{"version":"2.0","logging":{"logLevel":{"Function.hello.User":"Debug"}}}',
    'package.json': '{"main":"app.js"}',
    'app.js': `require('@azure/functions').app.get('hello', {
      handler(_, context) { context.debug('quiet words'); return { body: 'from the package' } } })`,
  })
  const { exitCode, errors } = await cli(['pack', 'shop', '--no-build'], { directory })
  assert.equal(exitCode, 0, errors)
  return directory
}

async function helloOf(child: ChildCli): Promise<string> {
  const [, url] = await child.until(/hello: \[GET\] (\S+)/)
  return (await fetch(url!)).text()
}

const words = ['start', '--no-storage', '--no-identity', '--port', '0']

test('aloft start runs what aloft pack has made', async (t) => {
  const directory = await packedShop(t)
  const environment = { FUNCTIONS_WORKER_RUNTIME: 'node' }
  const child = new ChildCli(t, [...words, 'shop.zip'], { directory, environment })
  assert.equal(await helloOf(child), 'from the package')
  assert.equal(await child.stop(), 0)
  // Where its state is: beside the file.
  await readFile(join(directory, '.aloft/.gitignore'))
})

test('aloft start fetches the package that the environment names, and heeds its host.json', async (t) => {
  const directory = await packedShop(t)
  const zip = await readFile(join(directory, 'shop.zip'))
  const server = createServer((_, response) => response.end(zip)).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.zip`
  const environment = { FUNCTIONS_WORKER_RUNTIME: 'node', WEBSITE_RUN_FROM_PACKAGE: url }
  await mkdir(join(directory, 'empty'))
  const child = new ChildCli(t, words, { directory: join(directory, 'empty'), environment })
  assert.equal(await helloOf(child), 'from the package')
  await child.until(/quiet words/)
})

test('a zip file that is none is an error, as is one that is not there', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'bad.zip'), 'text')
  const bad = await cli(['start', 'bad.zip'], { directory })
  assert.equal(bad.exitCode, 1)
  assert.match(
    bad.errors,
    /^error: bad\.zip cannot be run: .*\nhint: {2}'aloft pack DIR' makes such a file\.\n$/,
  )
  const missing = await cli(['start', 'none.zip'], { directory })
  assert.match(missing.errors, /^error: There is no file .*none\.zip\n/)
})

test('aloft up runs zip files under their names', async (t) => {
  const directory = await packedShop(t)
  await writeFile(join(directory, 'aloft.json'), '{"apps":["shop.zip"]}')
  const environment = { FUNCTIONS_WORKER_RUNTIME: 'node' }
  const up = ['up', '--no-storage', '--no-identity', '--port', '0']
  const child = new ChildCli(t, up, { directory, environment })
  const [, port] = await child.until(/hello: \[GET\] http:\/\/shop\.localhost:(\d+)\/api\/hello/)
  const target = { host: '127.0.0.1', port, path: '/api/hello', headers: { host: 'shop' }, agent: false }
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request(target, resolve).on('error', reject).end(),
  )
  assert.equal(await text(answer), 'from the package')
})
