import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { appFolder } from '../start/app-folder.ts'
import { ChildCli } from '../start/child-cli.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const ready = /^Where these names are not known/m

function httpFunction(name: string, body: string): string {
  return `require('@azure/functions').app.get('${name}', {
    handler: async (request, context) => (context.log('called'), { body: ${body} }) })\n`
}

async function up(
  t: TestContext,
  directory: string,
  file: string,
  text: string,
  words: readonly string[] = [],
) {
  await writeFile(join(directory, file), text)
  const child = new ChildCli(t, ['up', '--no-storage', '--port', '0', ...words], { directory })
  await child.until(ready)
  const port = Number(/\.localhost:(\d+)$/m.exec(child.output)?.[1])
  return { child, ask: (host: string, path: string) => get(port, host, path), port }
}

function get(port: number, host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve(body)
    })
      .on('error', reject)
      .end()
  })
}

test('the apps of a file run at one address, each with its settings and its lines', async (t) => {
  const shop = await appFolder(t, { 'src/a.js': httpFunction('a', 'process.env.COLOR') })
  const billing = await appFolder(t, { 'src/b.js': httpFunction('b', '"bills"') })
  const directory = await temporaryDirectory(t)
  const yaml = `apps:
  - { name: shop, directory: ${shop}, settings: { COLOR: red } }
  - { name: blue, directory: ${shop}, settings: { COLOR: blue } }
  - { name: billing, directory: ${billing}, port: 0 }
`
  const { child, ask, port } = await up(t, directory, 'aloft.yaml', yaml)
  assert.match(child.output, new RegExp(`\\nApps:\\n\\n\\tshop: http://shop\\.localhost:${port}\\n`))
  assert.match(
    child.output,
    new RegExp(`\\n\\[shop\\]\\nFunctions:\\n\\n\\ta: \\[GET\\] http://shop.localhost:${port}/api/a\\n`),
  )
  const [, own = ''] = /\tbilling: .* and http:\/\/localhost:(\d+)\n/.exec(child.output) ?? []
  assert.equal(await ask('shop.localhost', '/api/a'), 'red')
  assert.equal(await ask('blue', '/api/a'), 'blue')
  assert.equal(await get(Number(own), 'localhost', '/api/b'), 'bills')
  await child.until(/\[shop\] called\n/)
  await child.until(/\[billing\] called\n/)
  assert.match(await ask('localhost', '/'), /No app here has the name/)
  assert.equal(await child.stop(), 0)
  assert.equal(await readFile(join(directory, '.aloft/.gitignore'), 'utf8'), '*\n')
})

test('apps that are known run without a worker until they are asked', async (t) => {
  const shop = await appFolder(t, { 'src/a.js': httpFunction('a', '"hi"') })
  const directory = await temporaryDirectory(t)
  const json = JSON.stringify({ apps: [{ name: 'shop', directory: shop }] })
  const first = await up(t, directory, 'aloft.json', json)
  assert.match(first.child.output, /Worker process started and initialized/)
  await first.child.stop()
  const { child, ask } = await up(t, directory, 'aloft.json', json)
  assert.doesNotMatch(child.output, /Worker process started and initialized/)
  assert.equal(await ask('shop', '/api/a'), 'hi')
  await child.until(/Worker process started and initialized/)
})

test('a changed file of an app is loaded', async (t) => {
  const shop = await appFolder(t, { 'src/a.js': httpFunction('a', '"hi"') })
  const directory = await temporaryDirectory(t)
  const { child, ask } = await up(t, directory, 'aloft.yml', `apps: [{ name: shop, directory: ${shop} }]`, [
    '--verbose',
  ])
  await ask('shop', '/api/a')
  await writeFile(join(shop, 'src/a.js'), httpFunction('b', '"ho"'))
  await child.until(/Loading the app again/)
  while ((await ask('shop', '/api/b')) !== 'ho') await pause(20)
})

test('an app that cannot start is told with its place, and the others run', async (t) => {
  const shop = await appFolder(t, { 'src/a.js': httpFunction('a', '"hi"') })
  const bad = await appFolder(t, { 'host.json': '{"version":"1.0"}' })
  const directory = await temporaryDirectory(t)
  const yaml = `apps:\n  - { name: shop, directory: ${shop} }\n  - { name: bad, directory: ${bad} }\n  - nowhere\n`
  const { child, ask } = await up(t, directory, 'aloft.yaml', yaml)
  assert.match(child.output, /error: host\.json:1:\d+: The app 'bad' cannot start: .*version/)
  assert.match(
    child.output,
    /error: aloft\.yaml:4:5: The app 'nowhere' cannot start: The app folder .* does not exist/,
  )
  assert.equal(await ask('shop', '/api/a'), 'hi')
})

test('when no app can start, the command fails', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'aloft.yaml'), 'apps: [nowhere]\n')
  const child = new ChildCli(t, ['up', '--no-storage', '--port', '0'], { directory })
  assert.equal(await child.exited, 1)
  assert.match(child.errors, /^error: .*The app folder .*nowhere does not exist/)
})
