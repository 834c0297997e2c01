/** What browsers get: the account's website, and blobs of the root container. */
import assert from 'node:assert/strict'
import { send } from '../protocol/raw-client.ts'
import { account, type BlobServer, testBlobs, upload } from './blob-server.ts'

const portOf = ({ client }: BlobServer) => Number(new URL(client.url).port)

function visit(server: BlobServer, path: string, method = 'GET', host = `${account}.web.localhost`) {
  return send(portOf(server), { method, path, headers: { host } })
}

async function switchOn({ client }: BlobServer, errorDocument404Path?: string): Promise<void> {
  await client.setProperties({
    staticWebsite: {
      enabled: true,
      indexDocument: 'index.html',
      ...(errorDocument404Path && { errorDocument404Path }),
    },
  })
}

testBlobs('switching the website on makes its container, and keeps one that is there', async (server) => {
  const web = server.client.getContainerClient('$web')
  assert.equal(await web.exists(), false)
  await switchOn(server)
  await upload(web, 'a.txt')
  await switchOn(server, '404.html')
  assert.equal(await web.getBlobClient('a.txt').exists(), true)
})

testBlobs('a website has index pages in every folder, and pages by their names', async (server) => {
  await switchOn(server)
  const web = server.client.getContainerClient('$web')
  await web
    .getBlockBlobClient('index.html')
    .upload('home', 4, { blobHTTPHeaders: { blobContentType: 'text/html' } })
  await upload(web, 'docs/index.html', 'docs')
  await upload(web, 'docs/a b.txt', 'page')
  const home = await visit(server, '/?from=mail')
  assert.deepEqual([home.status, home.body, home.headers['content-type']], [200, 'home', 'text/html'])
  for (const [path, body] of [
    ['/index.html', 'home'],
    ['/docs/', 'docs'],
    ['/docs', 'docs'],
    ['/docs/a%20b.txt', 'page'],
  ] as const)
    assert.equal((await visit(server, path)).body, body, path)
  const zoned = await visit(server, '/', 'GET', `${account}.z6.web.localhost:80`)
  assert.equal(zoned.body, 'home')
  const head = await visit(server, '/docs/a%20b.txt', 'HEAD')
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '4', ''])
})

testBlobs('what a website does not have is answered with its error page', async (server) => {
  await switchOn(server)
  const bare = await visit(server, '/nowhere')
  assert.equal(bare.status, 404)
  assert.match(bare.body, /WebContentNotFound/)
  await switchOn(server, '/errors/404.html')
  assert.equal((await visit(server, '/nowhere')).status, 404)
  await upload(server.client.getContainerClient('$web'), 'errors/404.html', 'lost?')
  const page = await visit(server, '/nowhere')
  assert.deepEqual([page.status, page.body], [404, 'lost?'])
  assert.equal((await visit(server, '/nowhere', 'HEAD')).status, 404)
})

testBlobs('a website can be read only, and only while it is on', async (server) => {
  await switchOn(server)
  await upload(server.client.getContainerClient('$web'), 'a.txt')
  assert.equal((await visit(server, '/a.txt', 'DELETE')).status, 405)
  assert.equal((await visit(server, '/a.txt?comp=lease', 'PUT')).status, 405)
  await server.client.setProperties({ staticWebsite: { enabled: false } })
  assert.equal((await visit(server, '/a.txt')).status, 404)
  const direct = await send(portOf(server), { path: `/${account}/$web/a.txt` })
  assert.equal(direct.status, 404)
})

testBlobs('blobs of the root container need no name of a container', async (server) => {
  const root = server.client.getContainerClient('$root')
  await root.create()
  await upload(root, 'logo.txt', 'A')
  const path = `/${account}/logo.txt`
  assert.equal((await send(portOf(server), { path })).status, 404)
  await root.setAccessPolicy('blob')
  for (const each of [path, `/${account}/$root/logo.txt`])
    assert.equal((await send(portOf(server), { path: each })).body, 'A', each)
  assert.equal((await send(portOf(server), { path: `/${account}/logo.txt?restype=container` })).status, 404)
  assert.equal((await send(portOf(server), { method: 'DELETE', path })).status, 401)
})
