/** What callers in the process get: the same rules, the log of changes, upkeep and checks. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { Logger, type ResourceEvent } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { account, blockId, testBlobs, textOf, upload } from './blob-server.ts'

const address = { account, container: 'box', name: 'b' }

testBlobs(
  'callers in the process see what clients wrote, and the other way round',
  async ({ box, service }) => {
    const { store } = service
    await upload(box, 'b', 'by http')
    const opened = await store.open(address, { range: { start: 3, end: undefined } })
    assert.equal(Buffer.from(opened.content as Uint8Array).toString(), 'http')
    await store.upload(address, Buffer.from('in process'), { properties: { contentType: 'a/b' } })
    assert.equal(await textOf(box, 'b'), 'in process')
    const lease = await store.acquireLease(address, 15)
    await assert.rejects(upload(box, 'b'), { code: 'LeaseIdMissing' })
    await store.renewLease(address, lease.id)
    await store.setMetadata(address, { a: '1' }, { leaseId: lease.id })
    await store.releaseLease(address, lease.id)
    await store.delete(address)
    await assert.rejects(store.getProperties(address), { code: 'BlobNotFound' })
  },
)

testBlobs('every change is in the log and told as an event, in the order of the writes', async (server) => {
  const { box, service, events } = server
  await upload(box, 'b', 'one')
  await box.getBlobClient('b').setMetadata({ a: '1' })
  await upload(box, 'b', 'three')
  await box.getBlobClient('b').delete()
  await assert.rejects(
    upload(box, 'b').then(() =>
      box.getBlockBlobClient('b').upload('', 0, { conditions: { ifNoneMatch: '*' } }),
    ),
  )
  const { changes } = await service.store.changes(account, 0, 10)
  assert.deepEqual(
    changes.map(({ kind, api, length }) => [kind, api, length]),
    [
      ['created', 'PutBlob', 3],
      ['updated', 'SetBlobMetadata', 3],
      ['created', 'PutBlob', 5],
      ['deleted', 'DeleteBlob', 5],
      ['created', 'PutBlob', 5],
    ],
  )
  const sequencers = changes.map(({ sequencer }) => sequencer)
  assert.deepEqual(sequencers, sequencers.toSorted())
  const [first, , deleted] = events as ResourceEvent[]
  assert.equal(first?.subject, '/blobServices/default/containers/box/blobs/b')
  assert.equal(deleted?.type, 'Microsoft.Storage.BlobDeleted')
  assert.equal('eTag' in (deleted?.data as object), false)
  assert.equal((first?.data as { contentLength: number }).contentLength, 3)
})

testBlobs(
  'changes stay in order when the clock goes back between two runs',
  async ({ box, clock, engine, service }) => {
    await upload(box, 'b', 'one')
    const { changes } = await service.store.changes(account, 0, 10)
    const past = new VirtualClock(clock.now() - 3_600_000)
    const log = new Logger(past, [])
    const again = await blobService({ engine, clock: past, log, properties: () => defaultServiceProperties })
    await again.store.upload(address, Buffer.from('two'))
    const { changes: after } = await again.store.changes(account, 1, 10)
    assert.ok((after[0]?.sequencer ?? '') > (changes[0]?.sequencer ?? ''))
    assert.ok((after[0]?.etag ?? '') > (changes[0]?.etag ?? ''))
    await again.close()
  },
)

testBlobs('old changes and uncommitted blocks go with time, bytes with their blobs', async (server) => {
  const { box, clock, engine, service } = server
  await box.getBlockBlobClient('staged').stageBlock(blockId('1'), randomBytes(100_000), 100_000)
  await upload(box, 'b')
  await clock.advance(8 * 24 * 3600 * 1000)
  const report = await service.maintain()
  assert.equal(report.uncommitted, 1)
  assert.equal(report.changes, 1)
  await assert.rejects(box.getBlockBlobClient('staged').getBlockList('all'), { code: 'BlobNotFound' })
  await box
    .getBlockBlobClient('big')
    .uploadData(randomBytes(100_000), { maxSingleShotSize: 1, blockSize: 40_000 })
  await box.getPageBlobClient('pages').create(512)
  await box.getPageBlobClient('pages').uploadPages(Buffer.alloc(512, 1), 0, 512)
  await box.delete()
  await service.maintain()
  await engine.blobs.collect(0)
  for (const table of [
    'storage_blob_item',
    'storage_blob_body',
    'storage_blob_extent',
    'storage_blob_staged',
    'blob',
  ])
    assert.deepEqual(
      await engine.database.read((snapshot) => snapshot.all(`SELECT * FROM ${table}`)),
      [],
      table,
    )
})

testBlobs('a refused upload leaves no bytes behind', async ({ box, engine }) => {
  const content = randomBytes(200_000)
  await upload(box, 'b')
  const refused = box
    .getBlockBlobClient('b')
    .upload(content, content.length, { conditions: { ifNoneMatch: '*' } })
  await assert.rejects(refused, { code: 'BlobAlreadyExists' })
  const aborted = new AbortController()
  const slow = async function* () {
    yield content
    aborted.abort()
    yield content
  }
  const stream = Readable.from(slow())
  await assert.rejects(
    box.getBlockBlobClient('c').upload(() => stream, 400_000, { abortSignal: aborted.signal }),
  )
  await engine.blobs.collect(0)
  assert.deepEqual(await engine.database.read((snapshot) => snapshot.all('SELECT key FROM blob')), [])
})

testBlobs(
  'a check finds content that is not what was written, and removes it',
  async ({ box, engine, service }) => {
    await upload(box, 'good')
    await upload(box, 'bad')
    await box
      .getBlockBlobClient('blocks')
      .uploadData(randomBytes(90_000), { maxSingleShotSize: 1, blockSize: 40_000 })
    const sound = await service.store.check({ damaged: 'report' })
    assert.deepEqual([sound.checked, sound.damages], [3, []])
    await engine.database.write((transaction) =>
      transaction.run(
        `UPDATE storage_blob_body SET bytes = ? WHERE id = (SELECT body FROM storage_blob_item WHERE name = 'bad')`,
        Buffer.from('hellO'),
      ),
    )
    const found = await service.store.check({ damaged: 'remove' })
    assert.deepEqual(
      found.damages.map(({ blob }) => blob),
      ['bad'],
    )
    assert.equal(found.removed, 1)
    await assert.rejects(box.getBlobClient('bad').download(), { code: 'BlobNotFound' })
    assert.equal(await textOf(box, 'good'), 'hello')
  },
)
