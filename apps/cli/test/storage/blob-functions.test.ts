/** Blob triggers, inputs and outputs in real apps, on the platform as `aloft start` opens it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { StorageApp, until } from './storage-app.ts'

const v4 = `
const { app, input, output } = require('@azure/functions')
const results = output.storageQueue({ queueName: 'results', connection: '' })

app.storageBlob('csv', {
  path: 'incoming/{folder}/{name}.{ext}', connection: 'AzureWebJobsStorage', extraOutputs: [results],
  handler: (blob, context) => {
    const { blobTrigger, uri, properties, metadata, folder, name, ext } = context.triggerMetadata
    context.extraOutputs.set(results, {
      isBuffer: Buffer.isBuffer(blob), text: blob.toString(), blobTrigger, uri, metadata, folder, name, ext,
      length: properties.contentLength ?? properties.ContentLength,
    })
  },
})
app.storageBlob('copy', {
  path: 'originals/{name}', return: output.storageBlob({ path: 'copies/{name}.copy' }), connection: 'AzureWebJobsStorage',
  handler: (blob) => blob,
})
app.storageBlob('failing', { path: 'broken/{name}', connection: '', handler: () => { throw new Error('never') } })
app.storageBlob('grid', {
  path: 'grid/{name}', connection: '', source: 'EventGrid', extraOutputs: [results],
  handler: (blob, context) => context.extraOutputs.set(results, 'grid ' + context.triggerMetadata.name),
})

const text = input.storageBlob({ path: 'inputs/{id}', connection: '' })
const bytes = input.storageBlob({ path: 'inputs/{id}', connection: '', dataType: 'binary' })
const out = output.storageBlob({ path: 'outputs/{id}', connection: '' })
app.http('read', {
  route: 'read/{id}', authLevel: 'anonymous', extraInputs: [text, bytes],
  handler: (_, context) => {
    const found = context.extraInputs.get(bytes)
    return { jsonBody: { text: context.extraInputs.get(text) ?? null, bytes: found ? [...found] : null } }
  },
})
app.http('write', {
  methods: ['POST'], route: 'write/{id}', authLevel: 'anonymous', extraOutputs: [out],
  handler: async (request, context) => {
    const { kind } = await request.json()
    const values = { text: 'ünï', object: { a: [1] }, list: ['one', 2], bytes: Buffer.from([0, 255]), json: '["x"]', none: undefined }
    context.extraOutputs.set(out, values[kind])
    return { jsonBody: null }
  },
})`

async function container(app: StorageApp, name: string): Promise<ContainerClient> {
  const connection = app.platform.storage!.developmentConnectionString
  const client = BlobServiceClient.fromConnectionString(connection).getContainerClient(name)
  await client.createIfNotExists()
  return client
}

const put = (client: ContainerClient, name: string, content: string, metadata = {}) =>
  client.getBlockBlobClient(name).upload(content, Buffer.byteLength(content), { metadata })

test('blob functions of the v4 model', async (t) => {
  const app = await StorageApp.start(t, {
    files: { 'src/app.js': v4 },
    host: { extensions: { blobs: { poisonBlobThreshold: 2 } } },
  })
  const result = async () => JSON.parse(await app.take('results'))

  await t.test('a blob comes as bytes, with what its path and its properties say', async () => {
    const incoming = await container(app, 'incoming')
    await put(incoming, 'no-folder.csv', 'ignored')
    await put(incoming, 'a/b/data.v1.csv', 'x,y', { Owner: 'ann' })
    const url = incoming.getBlobClient('a/b/data.v1.csv').url
    assert.deepEqual(await result(), {
      isBuffer: true,
      text: 'x,y',
      blobTrigger: 'incoming/a/b/data.v1.csv',
      uri: url.replaceAll('%2F', '/'),
      // The library writes the names of metadata in camel case.
      metadata: { owner: 'ann' },
      folder: 'a/b',
      name: 'data.v1',
      ext: 'csv',
      length: 3,
    })
    assert.ok(
      app.find(
        /Executing 'Functions.csv' \(Reason='New blob detected\(LogsAndContainerScan\): incoming\/a\/b\/data\.v1\.csv', Id=/,
      ),
    )
    assert.ok(
      app.find(
        /^Trigger Details: MessageId: [0-9a-f-]{36}, DequeueCount: 1, InsertionTime: .*BlobCreated: .*BlobLastModified: /,
      ),
    )
  })

  await t.test('a blob that is written again is a new one, each with its receipt', async () => {
    const incoming = await container(app, 'incoming')
    await put(incoming, 'again/one.txt', '1')
    assert.equal((await result()).text, '1')
    await put(incoming, 'again/one.txt', '2')
    assert.equal((await result()).text, '2')
    const hosts = await container(app, 'azure-webjobs-hosts')
    const receipts: string[] = []
    for await (const { name } of hosts.listBlobsFlat({ prefix: 'blobreceipts/' })) receipts.push(name)
    const ofThis = receipts.filter((name) => name.endsWith('/incoming/again/one.txt'))
    assert.equal(ofThis.length, 2)
    assert.match(ofThis[0]!, /^blobreceipts\/[^/]+\/Host\.Functions\.csv\/"0x8D[0-9A-F]+"\//)
  })

  await t.test('what a function returns becomes a blob beside it, byte for byte', async () => {
    const originals = await container(app, 'originals')
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 251))
    await originals.getBlockBlobClient('deep/image.bin').upload(content, content.length)
    const copies = await container(app, 'copies')
    const copy = await until('the copy', () =>
      copies
        .getBlobClient('deep/image.bin.copy')
        .downloadToBuffer()
        .catch(() => undefined),
    )
    assert.ok(copy.equals(content))
  })

  await t.test('a function that keeps failing leaves a message in the poison queue', async () => {
    await put(await container(app, 'broken'), 'bad', 'x')
    const poison = JSON.parse(await app.take('webjobs-blobtrigger-poison'))
    assert.deepEqual(Object.keys(poison), ['FunctionId', 'BlobType', 'ContainerName', 'BlobName', 'ETag'])
    assert.deepEqual(
      [poison.FunctionId, poison.BlobType, poison.ContainerName, poison.BlobName],
      ['Host.Functions.failing', 'BlockBlob', 'broken', 'bad'],
    )
    const failed = app.log.filter(({ message }) => /^Executed 'Functions.failing' \(Failed/.test(message))
    assert.equal(failed.length, 2)
  })

  await t.test('inputs are text or bytes, and nothing for a blob that is not there', async () => {
    const inputs = await container(app, 'inputs')
    await put(inputs, 'one', 'ünï')
    assert.deepEqual(await app.fetch('/api/read/one'), { text: 'ünï', bytes: [...Buffer.from('ünï')] })
    assert.deepEqual(await app.fetch('/api/read/none'), { text: null, bytes: null })
  })

  await t.test('outputs make their container and take text, JSON, bytes and lists whole', async () => {
    const outputs = await container(app, 'outputs')
    const write = async (kind: string) => {
      await app.fetch(`/api/write/${kind}`, { method: 'POST', body: JSON.stringify({ kind }) })
      return outputs.getBlobClient(kind).downloadToBuffer()
    }
    assert.equal((await write('text')).toString(), 'ünï')
    assert.equal((await write('object')).toString(), '{"a":[1]}')
    assert.equal((await write('list')).toString(), '["one",2]')
    assert.equal((await write('json')).toString(), '["x"]')
    assert.deepEqual([...(await write('bytes'))], [0, 255])
    await assert.rejects(write('none'), { statusCode: 404 })
  })

  await t.test('Event Grid tells of blobs through the webhook, which answers its handshake', async () => {
    const path = '/runtime/webhooks/blobs?functionName=Host.Functions.grid'
    const post = (events: object, type = 'Notification') =>
      app.fetch(path, {
        method: 'POST',
        headers: { 'aeg-event-type': type, 'content-type': 'application/json' },
        body: JSON.stringify(events),
      })
    const handshake = [
      { eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data: { validationCode: 'c0de' } },
    ]
    assert.deepEqual(await post(handshake, 'SubscriptionValidation'), { validationResponse: 'c0de' })
    const grid = await container(app, 'grid')
    const { etag } = await put(grid, 'seen', 'x')
    assert.equal(await app.take('results'), 'grid seen')
    // The storage has told of it already: once is enough.
    const subject = '/blobServices/default/containers/grid/blobs/seen'
    await post([
      { eventType: 'Microsoft.Storage.BlobCreated', subject, data: { eTag: etag, blobType: 'BlockBlob' } },
    ])
    await put(grid, 'next', 'y')
    assert.equal(await app.take('results'), 'grid next')
  })

  await t.test('a function is run by hand with the path of a blob', async () => {
    const incoming = await container(app, 'incoming')
    await put(incoming, 'hand/made.txt', 'by hand')
    assert.equal((await result()).text, 'by hand')
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ input: 'incoming/hand/made.txt' })
    await app.fetch('/admin/functions/csv', { method: 'POST', headers, body })
    assert.equal((await result()).text, 'by hand')
  })
})

test('blob functions of the v3 model find what was there before them, once', async (t) => {
  const files = {
    'package.json': '{"name":"app"}',
    'work/function.json': JSON.stringify({
      bindings: [
        { type: 'blobTrigger', direction: 'in', name: 'item', path: 'photos/{name}.jpg', connection: '' },
        { type: 'queue', direction: 'out', name: '$return', queueName: 'results', connection: '' },
      ],
    }),
    'work/index.js': `module.exports = async (context, item) =>
      context.bindingData.name + ' ' + item.length + ' ' + context.bindingData.blobTrigger`,
  }
  const app = await StorageApp.start(t, { files: { 'package.json': '{"name":"app"}', 'host.txt': '' } })
  const photos = await container(app, 'photos')
  await put(photos, 'boat.jpg', 'boat')
  await put(photos, 'notes.txt', 'notes')
  const again = await app.restart(files)
  assert.equal(await app.take('results'), 'boat 4 photos/boat.jpg')
  await again.restart(files)
  await put(photos, 'ship.jpg', 'a ship')
  assert.equal(await app.take('results'), 'ship 6 photos/ship.jpg')
})

test('what the host keeps of timers and its lock lies where tools look for it', async (t) => {
  const app = await StorageApp.start(t, {
    files: {
      'src/app.js': `
        const { app } = require('@azure/functions')
        app.timer('tick', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler() {} })`,
    },
  })
  const hosts = await container(app, 'azure-webjobs-hosts')
  const { hostId } = app.running.configuration.context
  const status = await until('the status of the timer', async () =>
    hosts
      .getBlobClient(`timers/${hostId}/Host.Functions.tick/status`)
      .downloadToBuffer()
      .catch(() => undefined),
  )
  const { Last, Next, LastUpdated } = JSON.parse(status.toString())
  assert.equal(Last, LastUpdated)
  assert.match(Next, /^\d{4}-01-01T00:00:00/)
  const lock = await until('the lock', () =>
    hosts
      .getBlobClient(`locks/${hostId}/host`)
      .getProperties()
      .catch(() => undefined),
  )
  assert.equal(lock.metadata?.functioninstance, app.running.instanceId)
})

test('with dynamic concurrency the blob functions of an app begin one at a time', async (t) => {
  // Each stays for some round trips through the host, in any of which it could begin another one.
  const handler = `async (blob, context) => {
    running++
    for (let trip = 0; trip < 5; trip++) await fetch('http://' + process.env.WEBSITE_HOSTNAME + '/api/ping')
    context.extraOutputs.set(results, { most: running })
    running--
  }`
  const app = await StorageApp.start(t, {
    files: {
      'src/app.js': `
const { app, output } = require('@azure/functions')
const results = output.storageQueue({ queueName: 'results', connection: '' })
let running = 0
app.get('ping', { handler: () => ({ body: 'here' }) })
for (const name of ['one', 'two'])
  app.storageBlob(name, { path: name + '/{name}', connection: '', extraOutputs: [results], handler: ${handler} })`,
    },
    host: { concurrency: { dynamicConcurrencyEnabled: true, snapshotPersistenceEnabled: false } },
  })
  for (const name of ['one', 'two']) {
    const client = await container(app, name)
    await Promise.all([put(client, 'a', '1'), put(client, 'b', '2')])
  }
  for (let taken = 0; taken < 4; taken++) assert.deepEqual(JSON.parse(await app.take('results')), { most: 1 })
})
