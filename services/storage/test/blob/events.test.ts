/** Events are raised with the changes that they tell: by the same commit, or not at all. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { BlobBatchClient, BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { openStorage, type StorageOptions, type StorageService } from '../../src/index.ts'
import { killPoints, runUntilKilled } from '../killed-child.ts'
import { textOf, upload } from './blob-server.ts'
import { EventOutbox, type KeptEvent } from './event-outbox.ts'

interface Opened {
  readonly engine: Engine
  readonly storage: StorageService
  readonly outbox: EventOutbox
}

async function open(t: TestContext, directory: string, blobs: StorageOptions['blobs'] = {}): Promise<Opened> {
  const log = new Logger(systemClock, [])
  const engine = await openEngine({ directory, clock: systemClock, log })
  const outbox = await EventOutbox.open(engine)
  const storage = await openStorage({ engine, clock: systemClock, log, events: outbox, blobs })
  t.after(async () => {
    await storage.close()
    await engine.close()
  })
  return { engine, storage, outbox }
}

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-events-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function boxOf(storage: StorageService): Promise<{ client: BlobServiceClient; box: ContainerClient }> {
  await storage.listen({ ports: { blob: 0, queue: 0, table: 0 } })
  const client = BlobServiceClient.fromConnectionString(storage.connectionString('devstoreaccount1')!, {
    retryOptions: { maxTries: 1 },
  })
  const box = client.getContainerClient('box')
  await box.create()
  return { client, box }
}

function dataOf(event: KeptEvent | undefined): Record<string, unknown> {
  return JSON.parse(event?.data ?? '{}')
}

test('each operation that makes, deletes or moves a blob raises its event, and no other does', async (t) => {
  const { storage, outbox } = await open(t, await folder(t))
  const { client, box } = await boxOf(storage)
  const blob = box.getBlockBlobClient('a b/1.txt')
  await blob.upload('one', 3, { blobHTTPHeaders: { blobContentType: 'text/plain' } })
  await blob.stageBlock('AAAA', 'two', 3)
  await blob.commitBlockList(['AAAA'])
  await blob.setMetadata({ a: '1' })
  await blob.setTags({ a: '1' })
  await blob.createSnapshot()
  await (await box.getBlobClient('copy').beginCopyFromURL(blob.url)).pollUntilDone()
  await box.getBlobClient('copy').syncCopyFromURL(blob.url)
  await box.getAppendBlobClient('log').create()
  await box.getAppendBlobClient('log').appendBlock('x', 1)
  await blob.setAccessTier('Archive')
  await blob.setAccessTier('Hot')
  await blob.delete({ deleteSnapshots: 'include' })
  await new BlobBatchClient(client.url, client.credential).deleteBlobs([box.getBlobClient('copy')])
  await upload(client.getContainerClient('$logs'), 'x').catch(() => {})
  const raised = await outbox.events()
  assert.deepEqual(
    raised.map((event) => [event.type.replace('Microsoft.Storage.', ''), dataOf(event).api]),
    [
      ['BlobCreated', 'PutBlob'],
      ['BlobCreated', 'PutBlockList'],
      ['BlobCreated', 'CopyBlob'],
      ['BlobCreated', 'CopyBlob'],
      ['BlobCreated', 'PutBlob'],
      ['BlobTierChanged', 'SetBlobTier'],
      ['AsyncOperationInitiated', 'SetBlobTier'],
      ['BlobDeleted', 'DeleteBlob'],
      ['BlobDeleted', 'DeleteBlob'],
    ],
  )
  const sequencers = raised.map((event) => String(dataOf(event).sequencer))
  assert.deepEqual(sequencers, sequencers.toSorted())
})

test('an event has what the schema of Event Grid says', async (t) => {
  const topic = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a'
  const { storage, outbox } = await open(t, await folder(t), { resourceId: () => topic })
  const { box } = await boxOf(storage)
  const blob = box.getBlockBlobClient('a b/1.txt')
  const { etag, requestId, clientRequestId } = await blob.upload('one', 3, {
    blobHTTPHeaders: { blobContentType: 'text/plain' },
  })
  await blob.delete()
  const [created, deleted] = await outbox.events()
  assert.equal(created?.topic, topic)
  assert.equal(created.subject, '/blobServices/default/containers/box/blobs/a b/1.txt')
  const { sequencer, storageDiagnostics, ...data } = dataOf(created)
  assert.deepEqual(data, {
    api: 'PutBlob',
    clientRequestId,
    requestId,
    eTag: etag?.slice(1, -1),
    contentType: 'text/plain',
    contentLength: 3,
    blobType: 'BlockBlob',
    url: blob.url,
  })
  assert.match(String(sequencer), /^[0-9A-F]{32}$/i)
  assert.deepEqual(Object.keys(storageDiagnostics as object), ['batchId'])
  assert.deepEqual(
    Object.keys(dataOf(deleted)).filter((name) => name === 'eTag' || name === 'contentLength'),
    [],
  )
})

test('what is undone raises nothing, and what cannot be told does not happen', async (t) => {
  const { storage, outbox } = await open(t, await folder(t))
  const { box } = await boxOf(storage)
  await upload(box, 'kept', 'one')
  const again = box.getBlockBlobClient('kept').upload('two', 3, { conditions: { ifNoneMatch: '*' } })
  await assert.rejects(again, { statusCode: 409 })
  await assert.rejects(upload(box, 'refused'), { statusCode: 500 })
  await assert.rejects(box.getBlobClient('gone').delete(), { statusCode: 404 })
  assert.equal(await box.getBlobClient('refused').exists(), false)
  assert.equal(await textOf(box, 'kept'), 'one')
  assert.deepEqual(
    (await outbox.events()).map(({ subject }) => subject.split('/').at(-1)),
    ['kept'],
  )
})

test('after a kill there is an event for each change, and none without', async (t) => {
  const directory = await folder(t)
  const said = new Set<string>()
  for (const [round, lines] of killPoints().entries()) {
    const script = join(import.meta.dirname, 'events-child.ts')
    for (const line of await runUntilKilled(script, [directory, `r${round}`], lines)) said.add(line)
  }
  const { storage, outbox } = await open(t, directory)
  const raised = new Set<string>()
  for (const { type, subject } of await outbox.events())
    raised.add(
      `${type === 'Microsoft.Storage.BlobCreated' ? 'created' : 'deleted'} ${subject.split('/').at(-1)}`,
    )
  for (const line of said) assert.ok(raised.has(line), `${line} was acknowledged without an event`)
  const there = await namesIn(storage)
  for (const line of raised) {
    const [verb, name = ''] = line.split(' ')
    if (verb === 'deleted') assert.ok(!there.has(name), `${name} is there in spite of its event`)
    else
      assert.ok(
        there.has(name) || raised.has(`deleted ${name}`),
        `${name} is not there in spite of its event`,
      )
  }
  for (const name of there) assert.ok(raised.has(`created ${name}`), `${name} is there without an event`)
})

async function namesIn({ blobs }: StorageService): Promise<Set<string>> {
  const names = new Set<string>()
  const box = { account: 'devstoreaccount1', container: 'box' }
  let after: Parameters<typeof blobs.list>[1]['after']
  do {
    const page = await blobs.list(box, {
      prefix: '',
      delimiter: undefined,
      limit: 5000,
      after,
      include: new Set(),
    })
    for (const entry of page.entries) if (entry.kind === 'item') names.add(entry.item.name)
    after = page.next
  } while (after)
  return names
}
