/** Block and append blobs through Azure's client. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Crc64 } from '@aloft/engine'
import { arrayOf, blockId, failure, testBlobs, textOf, upload } from './blob-server.ts'

testBlobs('a blob comes back with what it was given', async ({ box }) => {
  const blob = box.getBlockBlobClient('a/b c.txt')
  const put = await blob.upload('hello', 5, {
    blobHTTPHeaders: {
      blobContentType: 'text/plain',
      blobContentEncoding: 'identity',
      blobContentLanguage: 'en',
      blobContentDisposition: 'inline',
      blobCacheControl: 'no-store',
    },
    metadata: { First: '1', second: 'two' },
    tags: { kind: 'test' },
    tier: 'Cool',
  })
  assert.match(put.etag ?? '', /^"0x[0-9A-F]{15,}"$/)
  const got = await blob.download()
  assert.equal(got.etag, put.etag)
  assert.equal(got.contentType, 'text/plain')
  assert.equal(got.contentEncoding, 'identity')
  assert.equal(got.contentLanguage, 'en')
  assert.equal(got.contentDisposition, 'inline')
  assert.equal(got.cacheControl, 'no-store')
  assert.deepEqual(Buffer.from(got.contentMD5 ?? []), createHash('md5').update('hello').digest())
  assert.equal(got.tagCount, 1)
  const properties = await blob.getProperties()
  assert.deepEqual(properties.metadata, { first: '1', second: 'two' })
  assert.equal(properties.accessTier, 'Cool')
  assert.equal(properties.blobType, 'BlockBlob')
  assert.deepEqual((await blob.getTags()).tags, { kind: 'test' })
})

for (const length of [0, 1, 65_536, 65_537, 300_000])
  testBlobs(`content of ${length} bytes is read whole and in ranges`, async ({ box }) => {
    const content = randomBytes(length)
    const blob = box.getBlockBlobClient('b')
    await blob.uploadData(content)
    assert.deepEqual(await blob.downloadToBuffer(), content)
    if (length < 2) return
    const middle = await blob.downloadToBuffer(1, length - 2)
    assert.deepEqual(middle, content.subarray(1, length - 1))
    const beyond = await blob.download(length - 1, 100)
    assert.equal(beyond.contentLength, 1)
    assert.equal(beyond.contentRange, `bytes ${length - 1}-${length - 1}/${length}`)
    await assert.rejects(blob.download(length), failure(416, 'InvalidRange'))
  })

testBlobs('checksums are looked at and given', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  const md5 = createHash('md5').update('other').digest()
  const bad = blob.upload('hello', 5, { blobHTTPHeaders: { blobContentMD5: md5 } })
  await assert.rejects(bad, failure(400, 'Md5Mismatch'))
  await assert.rejects(blob.getProperties(), { statusCode: 404 })
  const crc = new Crc64().update(Buffer.from('hello')).digest()
  await blob.stageBlock(blockId('1'), 'hello', 5, { transactionalContentCrc64: crc })
  const wrong = blob.stageBlock(blockId('2'), 'hellO', 5, { transactionalContentCrc64: crc })
  await assert.rejects(wrong, failure(400, 'Crc64Mismatch'))
  await blob.commitBlockList([blockId('1')])
  const ranged = await blob.download(1, 2, { rangeGetContentMD5: true })
  assert.deepEqual(Buffer.from(ranged.contentMD5 ?? []), createHash('md5').update('el').digest())
  const other = await blob.download(1, 2, { rangeGetContentCrc64: true })
  assert.deepEqual(
    Buffer.from(other.contentCrc64 ?? []),
    Buffer.from(new Crc64().update(Buffer.from('el')).digest()),
  )
})

testBlobs('blocks make a blob in the order of their list', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  const [one, two, three] = ['1', '2', '3'].map(blockId) as [string, string, string]
  await blob.stageBlock(one, 'one ', 4)
  await blob.stageBlock(two, 'two ', 4)
  await assert.rejects(blob.getProperties(), { statusCode: 404 })
  const staged = await blob.getBlockList('uncommitted')
  assert.deepEqual(
    staged.uncommittedBlocks?.map(({ name, size }) => [name, size]),
    [
      [one, 4],
      [two, 4],
    ],
  )
  await blob.commitBlockList([two, one, two])
  assert.equal(await textOf(box, 'b'), 'two one two ')
  await blob.stageBlock(one, 'ONE ', 4)
  await blob.stageBlock(three, 'three ', 6)
  await blob.commitBlockList([three, two, one])
  assert.equal(await textOf(box, 'b'), 'three two ONE ')
  const lists = await blob.getBlockList('all')
  assert.deepEqual(
    lists.committedBlocks?.map(({ name }) => name),
    [three, two, one],
  )
  assert.deepEqual(lists.uncommittedBlocks ?? [], [])
  await assert.rejects(blob.commitBlockList([blockId('9')]), failure(400, 'InvalidBlockList'))
  await assert.rejects(
    blob.stageBlock(blockId('long'), 'x', 1).then(() => blob.stageBlock(one, 'x', 1)),
    failure(400, 'InvalidBlobOrBlock'),
  )
  await assert.rejects(blob.stageBlock('not base64!', 'x', 1), failure(400, 'InvalidQueryParameterValue'))
  await blob.commitBlockList([])
  assert.equal((await blob.getProperties()).contentLength, 0)
})

testBlobs('many blocks and long ones are put together', async ({ box }) => {
  const content = randomBytes(2_000_000)
  const blob = box.getBlockBlobClient('big')
  await blob.uploadData(content, { blockSize: 150_000, maxSingleShotSize: 1, concurrency: 4 })
  assert.deepEqual(await blob.downloadToBuffer(0, undefined, { blockSize: 333_333 }), content)
})

testBlobs('an append blob grows at its end, on its conditions, until it is sealed', async ({ box }) => {
  const blob = box.getAppendBlobClient('log')
  await blob.create()
  assert.equal((await blob.appendBlock('one', 3)).blobAppendOffset, '0')
  const { snapshot = '' } = await blob.createSnapshot()
  const second = await blob.appendBlock('two', 3, { conditions: { appendPosition: 3 } })
  assert.equal(second.blobCommittedBlockCount, 2)
  const wrong = blob.appendBlock('x', 1, { conditions: { appendPosition: 3 } })
  await assert.rejects(wrong, failure(412, 'AppendPositionConditionNotMet'))
  const full = blob.appendBlock('x', 1, { conditions: { maxSize: 6 } })
  await assert.rejects(full, failure(412, 'MaxBlobSizeConditionNotMet'))
  assert.equal(await textOf(box, 'log'), 'onetwo')
  assert.equal((await blob.withSnapshot(snapshot).downloadToBuffer()).toString(), 'one')
  await blob.syncCopyFromURL(blob.withSnapshot(snapshot).url)
  await blob.appendBlock('!', 1)
  assert.equal(await textOf(box, 'log'), 'one!')
  assert.equal((await blob.withSnapshot(snapshot).downloadToBuffer()).toString(), 'one')
  await blob.seal()
  await assert.rejects(blob.appendBlock('x', 1), failure(409, 'BlobIsSealed'))
  const copy = async (name: string, sealBlob?: boolean) => {
    const client = box.getAppendBlobClient(name)
    await client.beginCopyFromURL(blob.url, sealBlob === undefined ? {} : { sealBlob })
    return client
  }
  await assert.rejects((await copy('as it is')).appendBlock('x', 1), failure(409, 'BlobIsSealed'))
  await (await copy('open again', false)).appendBlock('x', 1)
  await assert.rejects(
    box.getBlockBlobClient('log').stageBlock(blockId('1'), 'x', 1),
    failure(409, 'InvalidBlobType'),
  )
})

testBlobs('a lease decides over what may only make a new blob, as on Azure', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  await blob.upload('x', 1)
  const lease = blob.getBlobLeaseClient()
  await lease.acquireLease(15)
  const upload = (leaseId?: string) =>
    blob.upload('y', 1, { conditions: { ifNoneMatch: '*', ...(leaseId !== undefined && { leaseId }) } })
  await assert.rejects(upload(), failure(412, 'LeaseIdMissing'))
  await upload(lease.leaseId)
  await lease.releaseLease()
  await assert.rejects(upload(), failure(409, 'BlobAlreadyExists'))
})

testBlobs('a block is answered with its CRC, and with its MD5 when that was sent', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  const id = Buffer.from('1').toString('base64')
  const plain = await blob.stageBlock(id, 'x', 1)
  assert.deepEqual([plain.contentMD5, plain.xMsContentCrc64?.length], [undefined, 8])
  const transactionalContentMD5 = createHash('md5').update('x').digest()
  const checked = await blob.stageBlock(id, 'x', 1, { transactionalContentMD5 })
  assert.deepEqual([checked.contentMD5?.length, checked.xMsContentCrc64?.length], [16, 8])
})

testBlobs('conditions decide over reads and writes', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  const missing = blob.upload('x', 1, { conditions: { ifMatch: '"0x1"' } })
  await assert.rejects(missing, failure(412, 'ConditionNotMet'))
  const { etag } = await blob.upload('x', 1, { conditions: { ifNoneMatch: '*' } })
  const again = blob.upload('y', 1, { conditions: { ifNoneMatch: '*' } })
  await assert.rejects(again, failure(409, 'BlobAlreadyExists'))
  await blob.setMetadata({ a: '1' }, { conditions: { ifMatch: etag } })
  await assert.rejects(
    blob.setMetadata({}, { conditions: { ifMatch: etag } }),
    failure(412, 'ConditionNotMet'),
  )
  const { etag: current } = await blob.getProperties()
  assert.notEqual(current, etag)
  await assert.rejects(blob.getProperties({ conditions: { ifNoneMatch: current } }), { statusCode: 304 })
  await blob.setTags({ color: 'red' })
  await assert.rejects(
    blob.download(0, undefined, { conditions: { tagConditions: "color = 'blue'" } }),
    failure(412, 'ConditionNotMet'),
  )
  await blob.delete({ conditions: { tagConditions: "color = 'red' OR color = 'blue'" } })
})

testBlobs('what is not there is said to be so', async ({ box, client }) => {
  const nowhere = client.getContainerClient('nowhere').getBlockBlobClient('b')
  await assert.rejects(nowhere.upload('x', 1), failure(404, 'ContainerNotFound'))
  await assert.rejects(nowhere.upload(Buffer.alloc(100_000), 100_000), failure(404, 'ContainerNotFound'))
  const blob = box.getBlobClient('b')
  await assert.rejects(blob.download(), failure(404, 'BlobNotFound'))
  await assert.rejects(blob.setMetadata({}), failure(404, 'BlobNotFound'))
  await assert.rejects(blob.delete(), failure(404, 'BlobNotFound'))
  await assert.rejects(blob.setAccessTier('Hot'), failure(404, 'BlobNotFound'))
})

testBlobs('properties, metadata and tags are replaced as a whole', async ({ box }) => {
  const blob = box.getBlobClient('b')
  await upload(box, 'b')
  const { etag } = await blob.setHTTPHeaders({ blobContentType: 'a/b', blobCacheControl: 'c' })
  await blob.setHTTPHeaders({ blobContentLanguage: 'de' })
  const properties = await blob.getProperties()
  assert.equal(properties.contentType, undefined)
  assert.equal(properties.cacheControl, undefined)
  assert.equal(properties.contentLanguage, 'de')
  assert.notEqual(properties.etag, etag)
  await blob.setTags({ a: '1' })
  assert.equal((await blob.getProperties()).etag, properties.etag)
  await assert.rejects(blob.setTags({ 'a?': '1' }), failure(400, 'InvalidTag'))
  const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, '']))
  await assert.rejects(blob.setTags(many), failure(400, 'TagsTooLarge'))
})

testBlobs('blobs are found by their tags, page by page', async ({ box, client }) => {
  for (let index = 0; index < 7; index++) {
    const tags = { color: index % 2 === 0 ? 'red' : 'blue', size: String(index) }
    await box.getBlockBlobClient(`b${index}`).upload('x', 1, { tags })
  }
  const names = async (where: string) =>
    (await arrayOf(client.findBlobsByTags(where))).map(({ name }) => name)
  assert.deepEqual(await names(`color = 'red'`), ['b0', 'b2', 'b4', 'b6'])
  assert.deepEqual(await names(`size >= '2' AND size < '5' AND @container = 'box'`), ['b2', 'b3', 'b4'])
  assert.deepEqual(await names(`"size" > '2' AND "color" = 'blue'`), ['b3', 'b5'])
  assert.deepEqual(await names(`color = 'red' AND @container = 'other'`), [])
  const pages = await arrayOf(box.findBlobsByTags(`color = 'red'`).byPage({ maxPageSize: 3 }))
  assert.deepEqual(
    pages.map(({ blobs }) => blobs.map(({ name }) => name)),
    [['b0', 'b2', 'b4'], ['b6']],
  )
  await box.getBlobClient('b2').setTags({ color: 'green' })
  await box.getBlobClient('b4').delete()
  assert.deepEqual(await names(`color = 'red'`), ['b0', 'b6'])
  await assert.rejects(names('color == red'), failure(400, 'InvalidQueryParameterValue'))
})

testBlobs('snapshots stay as they are, and in the way of a delete', async ({ box }) => {
  await upload(box, 'b', 'one')
  const blob = box.getBlobClient('b')
  const { snapshot = '' } = await blob.createSnapshot({ metadata: { of: 'one' } })
  assert.match(snapshot, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/)
  await upload(box, 'b', 'two')
  const past = blob.withSnapshot(snapshot)
  assert.equal((await past.downloadToBuffer()).toString(), 'one')
  assert.deepEqual((await past.getProperties()).metadata, { of: 'one' })
  await assert.rejects(blob.delete(), failure(409, 'SnapshotsPresent'))
  await blob.delete({ deleteSnapshots: 'only' })
  await assert.rejects(past.getProperties(), { statusCode: 404 })
  await blob.createSnapshot()
  await blob.delete({ deleteSnapshots: 'include' })
  assert.deepEqual(await arrayOf(box.listBlobsFlat({ includeSnapshots: true })), [])
})

testBlobs('leases keep others from writing, and end with time', async ({ box, clock }) => {
  await upload(box, 'b')
  const blob = box.getBlockBlobClient('b')
  const lease = blob.getBlobLeaseClient()
  const { etag } = await blob.getProperties()
  await lease.acquireLease(15)
  assert.equal((await blob.getProperties()).etag, etag)
  await assert.rejects(upload(box, 'b'), failure(412, 'LeaseIdMissing'))
  await assert.rejects(blob.delete(), failure(412, 'LeaseIdMissing'))
  const wrong = { conditions: { leaseId: '00000000-0000-0000-0000-000000000000' } }
  await assert.rejects(blob.setMetadata({}, wrong), failure(412, 'LeaseIdMismatchWithBlobOperation'))
  await blob.setMetadata({}, { conditions: { leaseId: lease.leaseId } })
  await blob.upload('new', 3, { conditions: { leaseId: lease.leaseId } })
  assert.equal((await blob.getProperties()).leaseState, 'leased')
  await assert.rejects(blob.getBlobLeaseClient().acquireLease(15), failure(409, 'LeaseAlreadyPresent'))
  await clock.advance(10_000)
  await lease.renewLease()
  await clock.advance(15_000)
  assert.equal((await blob.getProperties()).leaseState, 'expired')
  await upload(box, 'b')
  assert.equal((await blob.getProperties()).leaseState, 'available')
  await assert.rejects(lease.renewLease(), failure(409, 'LeaseIdMismatchWithLeaseOperation'))
})

testBlobs('what is archived is read again when it has come back', async ({ box, clock, events, service }) => {
  await upload(box, 'b')
  const blob = box.getBlobClient('b')
  await blob.setAccessTier('Archive')
  await assert.rejects(blob.download(), failure(409, 'BlobArchived'))
  await assert.rejects(blob.setMetadata({}), failure(409, 'BlobArchived'))
  const copy = box.getBlobClient('copy')
  await (await copy.beginCopyFromURL(blob.url, { tier: 'Hot' })).pollUntilDone()
  assert.equal(await textOf(box, 'copy'), 'hello')
  await blob.setAccessTier('Hot', { rehydratePriority: 'High' })
  assert.equal((await blob.getProperties()).archiveStatus, 'rehydrate-pending-to-hot')
  await assert.rejects(blob.setAccessTier('Cool'), failure(409, 'BlobBeingRehydrated'))
  await clock.advance(1000)
  assert.equal(await textOf(box, 'b'), 'hello')
  assert.equal((await service.maintain()).rehydrated, 1)
  assert.deepEqual(events.map(({ type }) => type.replace('Microsoft.Storage.', '')).slice(1), [
    'BlobTierChanged',
    'BlobCreated',
    'AsyncOperationInitiated',
    'BlobTierChanged',
  ])
  await assert.rejects(
    box
      .getAppendBlobClient('a')
      .create()
      .then(() => box.getBlobClient('a').setAccessTier('Cool')),
    {
      code: 'AccessTierNotSupportedForBlobType',
    },
  )
})

testBlobs('a batch deletes or changes tiers, each part by itself', async ({ box, client }) => {
  await Promise.all(['a', 'b'].map((name) => upload(box, name)))
  const batch = client.getBlobBatchClient()
  const blobs = ['a', 'missing', 'b'].map((name) => box.getBlobClient(name))
  const tiers = await batch.setBlobsAccessTier(blobs, 'Cool')
  assert.deepEqual(
    tiers.subResponses.map(({ status }) => status),
    [200, 404, 200],
  )
  assert.equal(tiers.subResponses[1]?.errorCode, 'BlobNotFound')
  const deletes = await batch.deleteBlobs(blobs)
  assert.equal(deletes.subResponsesSucceededCount, 2)
  assert.deepEqual(await arrayOf(box.listBlobsFlat()), [])
})

testBlobs('a policy and a legal hold keep a blob as it is', async ({ box, clock }) => {
  await upload(box, 'b')
  const blob = box.getBlobClient('b')
  await blob.setLegalHold(true)
  await assert.rejects(upload(box, 'b'), failure(409, 'BlobImmutableDueToPolicy'))
  await assert.rejects(blob.delete(), failure(409, 'BlobImmutableDueToPolicy'))
  await blob.setLegalHold(false)
  const until = new Date(clock.now() + 60_000)
  await blob.setImmutabilityPolicy({ expiriesOn: until, policyMode: 'Unlocked' })
  await assert.rejects(blob.setMetadata({}), failure(409, 'BlobImmutableDueToPolicy'))
  await clock.advance(61_000)
  await blob.delete()
})
