import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { TableClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { openStorage, parseAzuriteAccounts, type StorageOptions, type StorageService } from '../src/index.ts'
import { send } from './protocol/raw-client.ts'

const anyPort = { blob: 0, queue: 0, table: 0 }

async function open(
  t: TestContext,
  options: Partial<StorageOptions> = {},
  directory?: string,
): Promise<StorageService> {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'aloft-storage-')))
  const log = new Logger(systemClock, [])
  const engine = await openEngine({ directory: folder, clock: systemClock, log })
  const storage = await openStorage({ engine, clock: systemClock, log, ...options })
  t.after(async () => {
    await storage.close()
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  return storage
}

test('one connection string reaches all three services', async (t) => {
  const storage = await open(t)
  await storage.listen({ ports: anyPort })
  const connection = storage.connectionString('devstoreaccount1')!
  const container = BlobServiceClient.fromConnectionString(connection).getContainerClient('box')
  await container.create()
  await container.getBlockBlobClient('a/b.txt').upload('hello', 5)
  assert.equal((await container.getBlobClient('a/b.txt').downloadToBuffer()).toString(), 'hello')
  const queue = QueueServiceClient.fromConnectionString(connection).getQueueClient('work')
  await queue.create()
  await queue.sendMessage('hello')
  const { receivedMessageItems } = await queue.receiveMessages()
  assert.equal(receivedMessageItems[0]?.messageText, 'hello')
  const table = TableClient.fromConnectionString(connection, 'people', { allowInsecureConnection: true })
  await table.createTable()
  await table.createEntity({ partitionKey: 'p', rowKey: 'r', age: 36 })
  assert.equal((await table.getEntity('p', 'r')).age, 36)
})

test('a website has a port of its own, where its root is, whatever the host is called', async (t) => {
  const storage = await open(t)
  const { blob } = await storage.listen({ ports: anyPort, websitePort: 0 })
  const client = BlobServiceClient.fromConnectionString(storage.connectionString('devstoreaccount1')!)
  await client.setProperties({ staticWebsite: { enabled: true, indexDocument: 'index.html' } })
  await client.getContainerClient('$web').getBlockBlobClient('index.html').upload('home', 4)
  const at = `http://127.0.0.1:${storage.websitePort}`
  assert.notEqual(storage.websitePort, blob)
  assert.equal(await (await fetch(at)).text(), 'home')
  assert.equal((await fetch(`${at}/devstoreaccount1/index.html`)).status, 404)
  assert.equal((await fetch(`${at}/index.html`, { method: 'DELETE' })).status, 405)
  await storage.accounts.create('photos')
  const other = await send(storage.websitePort!, { path: '/', headers: { host: 'photos.web.localhost' } })
  assert.equal(other.status, 404)
})

test('an account sees only what is its own, and takes it along when it is deleted', async (t) => {
  const storage = await open(t)
  await storage.listen({ ports: anyPort })
  const clientOf = (account: string) =>
    BlobServiceClient.fromConnectionString(storage.connectionString(account)!, {
      retryOptions: { maxTries: 1 },
    })
  const names = async (client: BlobServiceClient) => {
    const found: string[] = []
    for await (const { name } of client.listContainers()) found.push(name)
    return found
  }
  await storage.accounts.create('photos')
  const photos = clientOf('photos')
  await photos.createContainer('mine')
  assert.deepEqual(await names(clientOf('devstoreaccount1')), [])
  assert.deepEqual(await names(photos), ['mine'])
  await storage.removeAccount('photos')
  assert.equal(storage.connectionString('photos'), undefined)
  await assert.rejects(names(photos), { statusCode: 404 })
  await storage.accounts.create('photos')
  assert.deepEqual(await names(clientOf('photos')), [])
})

test('a rotated key is refused, and the other one still good', async (t) => {
  const storage = await open(t)
  await storage.listen({ ports: anyPort })
  const { keys } = await storage.accounts.create('photos')
  const before = storage.connectionString('photos')!
  await storage.accounts.rotate('photos', 'key1')
  const withFirst = BlobServiceClient.fromConnectionString(before, { retryOptions: { maxTries: 1 } })
  await assert.rejects(withFirst.getProperties(), { code: 'AuthenticationFailed' })
  const withSecond = BlobServiceClient.fromConnectionString(before.replace(keys[0], keys[1]))
  await withSecond.getProperties()
})

test('accounts of the environment are there too', async (t) => {
  const key = Buffer.from('a key').toString('base64')
  const storage = await open(t, { accounts: parseAzuriteAccounts(`custom1:${key}`) })
  await storage.listen({ ports: anyPort })
  const client = BlobServiceClient.fromConnectionString(storage.connectionString('custom1')!)
  await client.createContainer('box')
})

test('ports are had all together or not at all', async (t) => {
  const first = await open(t)
  const ports = await first.listen({ ports: anyPort })
  const second = await open(t)
  const attempt = second.listen({ ports: { blob: 0, queue: ports.queue, table: 0 } })
  await assert.rejects(attempt, { name: 'UserError', message: `Port ${ports.queue} is already in use.` })
  assert.equal(second.ports, undefined)
  await second.listen({ ports: anyPort })
})

test('versions and deleted containers are kept for those who ask for it', async (t) => {
  const storage = await open(t, { blobs: { hasVersions: () => true, containerSoftDeleteDays: () => 7 } })
  await storage.listen({ ports: anyPort })
  const client = BlobServiceClient.fromConnectionString(storage.connectionString('devstoreaccount1')!)
  const container = client.getContainerClient('box')
  await container.create()
  const blob = container.getBlockBlobClient('a.txt')
  const { versionId } = await blob.upload('one', 3)
  await blob.upload('two', 3)
  const version = blob.withVersion(versionId!)
  assert.equal((await version.downloadToBuffer()).toString(), 'one')
  await container.delete()
  for await (const { name, deleted, version: id } of client.listContainers({ includeDeleted: true }))
    if (deleted) await client.undeleteContainer(name, id!)
  assert.equal((await blob.downloadToBuffer()).toString(), 'two')
})

test('reads come after the changes that arrived before them', async (t) => {
  const storage = await open(t)
  await storage.listen({ ports: anyPort })
  const connection = storage.connectionString('devstoreaccount1')!
  const container = BlobServiceClient.fromConnectionString(connection).getContainerClient('box')
  const table = TableClient.fromConnectionString(connection, 'people', { allowInsecureConnection: true })
  await Promise.all([container.create(), table.createTable()])
  for (let round = 0; round < 20; round++) {
    const name = `log-${round}`
    await table.createEntity({ partitionKey: 'p', rowKey: name })
    const [, , page, , entity] = await Promise.all([
      container.getAppendBlobClient(name).create(),
      container.getAppendBlobClient(name).seal(),
      container.listBlobsFlat({ prefix: name }).byPage().next(),
      table.deleteEntity('p', name),
      table.getEntity('p', name).catch((error: { statusCode: number }) => error.statusCode),
    ])
    assert.equal(page.value.segment.blobItems[0]?.properties.isSealed, true)
    assert.equal(entity, 404)
  }
})

test('who opens the address of an account in a browser is told what is missing', async (t) => {
  const storage = await open(t)
  await storage.listen({ ports: anyPort })
  for (const [path, host] of [
    ['/devstoreaccount1', '127.0.0.1'],
    ['/', 'devstoreaccount1.blob.localhost'],
  ] as const) {
    const { status, body } = await send(storage.ports!.blob, { path, headers: { host } })
    assert.equal(status, 400)
    assert.match(
      body,
      /<Code>InvalidQueryParameterValue<\/Code>.*<QueryParameterName>comp<\/QueryParameterName>/s,
    )
  }
})
