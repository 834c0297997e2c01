/** Functions that use their managed identity, through Azure's own packages, with nothing configured. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, openAuthority, systemClock } from '@aloft/kernel'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import type { Platform } from '../../src/compose.ts'
import { openEmbeddedStorage } from '../../src/embedded-storage.ts'
import { appFolder } from '../start/app-folder.ts'
import { ChildCli } from '../start/child-cli.ts'
import { until } from '../storage/storage-app.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { identityPlatform } from './identity-platform.ts'

const threeServices = `
const { app } = require('@azure/functions')
app.http('use', { authLevel: 'anonymous', handler: async (request) => {
  const { DefaultAzureCredential, ManagedIdentityCredential } = require('@azure/identity')
  const { BlobServiceClient } = require('@azure/storage-blob')
  const { QueueServiceClient } = require('@azure/storage-queue')
  const { TableClient } = require('@azure/data-tables')
  const { blob, queue, table } = Object.fromEntries(request.query)
  const credential = new DefaultAzureCredential()
  const container = new BlobServiceClient(blob, credential).getContainerClient('box')
  await container.create()
  await container.getBlockBlobClient('file').upload('hello', 5)
  const content = await container.getBlockBlobClient('file').downloadToBuffer()
  const orders = new QueueServiceClient(queue, new ManagedIdentityCredential()).getQueueClient('orders')
  await orders.create()
  await orders.sendMessage('first')
  const { peekedMessageItems: [message] } = await orders.peekMessages()
  const rows = new TableClient(table, 'rows', credential)
  await rows.createTable()
  await rows.createEntity({ partitionKey: 'p', rowKey: 'r', value: 1 })
  const { value } = await rows.getEntity('p', 'r')
  return { jsonBody: { content: content.toString(), message: message.messageText, value } }
}})`

test('a function opens all three services with its managed identity', async (t) => {
  const { start, urls } = await identityPlatform(t)
  const get = await start(threeServices)
  assert.deepEqual(await get(`use?${new URLSearchParams(urls)}`), {
    content: 'hello',
    message: 'first',
    value: 1,
  })
})

const environment = `
const { app } = require('@azure/functions')
app.http('environment', { authLevel: 'anonymous', handler: () => {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, NODE_EXTRA_CA_CERTS } = process.env
  return { jsonBody: { IDENTITY_ENDPOINT, IDENTITY_HEADER, NODE_EXTRA_CA_CERTS } }
}})`

test("an identity in the app's settings is left alone", async (t) => {
  const { start } = await identityPlatform(t)
  const get = await start(environment, { IDENTITY_ENDPOINT: '' })
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = (await get('environment')) as Record<string, string>
  assert.deepEqual([IDENTITY_ENDPOINT, IDENTITY_HEADER], ['', undefined])
})

test('certificates that the user trusts are trusted besides the local ones', async (t) => {
  const own = await openAuthority(await temporaryDirectory(t), systemClock)
  const directory = await appFolder(t, { 'src/app.js': environment })
  const words = ['start', '--port', '0', '--storage-ports', '0,0,0', '--identity-port', '0']
  const child = new ChildCli(t, words, {
    directory,
    environment: { NODE_EXTRA_CA_CERTS: own.certificatePath },
  })
  const [, url = ''] = await child.until(/environment: \[GET,POST\] (\S+)/)
  const { NODE_EXTRA_CA_CERTS: path = '' } = (await (await fetch(url)).json()) as Record<string, string>
  const trusted = await readFile(path, 'utf8')
  for (const each of [own.certificatePath, join(directory, '.aloft/tls/ca.pem')])
    assert.ok(trusted.includes((await readFile(each, 'utf8')).trim()), each)
})

const takes = `
const { app, output } = require('@azure/functions')
const results = output.storageQueue({ queueName: 'results', connection: 'Orders' })
app.storageQueue('take', {
  queueName: 'orders', connection: 'Orders', return: results, handler: (order) => 'took ' + order,
})`
const reads = `
app.storageBlob('read', {
  path: 'box/{name}', connection: 'AzureWebJobsStorage', return: results, handler: (blob) => 'read ' + blob,
})`

/** Not one of the library's: that remembers tokens for the whole process, of whatever issuer. */
function queuesAt(url: string, { identity }: Platform) {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = identity!.settingsOf('test')
  const query = new URLSearchParams({
    'api-version': '2019-08-01',
    resource: 'https://storage.azure.com',
  })
  const client = new QueueServiceClient(url, {
    async getToken() {
      const headers = { 'X-IDENTITY-HEADER': IDENTITY_HEADER }
      const response = await fetch(`${IDENTITY_ENDPOINT}?${query}`, { headers })
      const { access_token: token, expires_on } = (await response.json()) as Record<string, string>
      return { token: token!, expiresOnTimestamp: Number(expires_on) * 1000 }
    },
  })
  return {
    async send(queue: string, text: string) {
      await client.getQueueClient(queue).createIfNotExists()
      await client.getQueueClient(queue).sendMessage(Buffer.from(text).toString('base64'))
    },
    take: (queue: string) =>
      until(`a message in ${queue}`, async () => {
        const { receivedMessageItems } = await client
          .getQueueClient(queue)
          .receiveMessages()
          .catch(() => ({ receivedMessageItems: [] }))
        const [message] = receivedMessageItems
        if (!message) return undefined
        await client.getQueueClient(queue).deleteMessage(message.messageId, message.popReceipt)
        return Buffer.from(message.messageText, 'base64').toString()
      }),
  }
}

test('connections by name and by address lead to the storage of this process', async (t) => {
  const { start, urls, platform, log } = await identityPlatform(t)
  const blobs = BlobServiceClient.fromConnectionString(platform.storage!.developmentConnectionString)
  await blobs.getContainerClient('box').create()
  await start(takes + reads, {
    AzureWebJobsStorage__accountName: 'devstoreaccount1',
    Orders__queueServiceUri: urls.queue,
    Orders__credential: 'managedidentity',
  })
  const queues = queuesAt(urls.queue, platform)
  await queues.send('orders', 'seven')
  assert.equal(await queues.take('results'), 'took seven')
  await blobs.getContainerClient('box').getBlockBlobClient('file').upload('nine', 4)
  assert.equal(await queues.take('results'), 'read nine')
  const problems = log.filter(({ level }) => level === 'error')
  assert.deepEqual(problems, [])
})

test('a connection to storage elsewhere proves itself with the managed identity', async (t) => {
  const { start, platform, authority } = await identityPlatform(t, { hasStorage: 'no' })
  const engine = await openEngine({
    directory: await temporaryDirectory(t),
    clock: systemClock,
    log: new Logger(systemClock, []),
  })
  const storage = await openEmbeddedStorage({
    engine,
    clock: systemClock,
    log: new Logger(systemClock, []),
    environment: {},
    tls: () => authority.tlsOptions(),
    settings: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
    issuer: platform.identity,
  })
  t.after(async () => {
    await storage!.close()
    await engine.close()
  })
  const queue = `https://127.0.0.1:${storage!.ports.queue}/devstoreaccount1`
  const queues = queuesAt(queue, platform)
  await queues.send('orders', 'eight')
  await start(takes, {
    Orders__queueServiceUri: queue,
    Orders__credential: 'managedidentity',
    Orders__clientId: 'assigned',
  })
  assert.equal(await queues.take('results'), 'took eight')
})
