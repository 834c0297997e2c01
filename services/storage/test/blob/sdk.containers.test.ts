/** Containers, soft delete and versions through Azure's client. */
import assert from 'node:assert/strict'
import { account, arrayOf, failure, testBlobs, textOf, upload } from './blob-server.ts'

const dayMs = 24 * 3600 * 1000

testBlobs('a container is made, described, listed and deleted', async ({ client }) => {
  const container = client.getContainerClient('photos')
  const { etag } = await container.create({ metadata: { Owner: 'me' }, access: 'blob' })
  await assert.rejects(container.create(), failure(409, 'ContainerAlreadyExists'))
  const properties = await container.getProperties()
  assert.equal(properties.etag, etag)
  assert.equal(properties.blobPublicAccess, 'blob')
  assert.deepEqual(properties.metadata, { owner: 'me' })
  await container.setMetadata({ a: '1' })
  const listed = await arrayOf(client.listContainers({ includeMetadata: true, prefix: 'p' }))
  assert.deepEqual(
    listed.map(({ name, metadata }) => [name, metadata]),
    [['photos', { a: '1' }]],
  )
  await upload(container, 'b')
  await container.delete()
  await assert.rejects(container.getProperties(), failure(404, 'ContainerNotFound'))
  await container.create()
  assert.deepEqual(await arrayOf(container.listBlobsFlat()), [])
})

testBlobs('names of containers have their form', async ({ client }) => {
  for (const name of ['Upper', 'a--b', '-ab', 'ab-'])
    await assert.rejects(client.createContainer(name), failure(400, 'InvalidResourceName'), name)
  await assert.rejects(client.createContainer('ab'), failure(400, 'OutOfRangeInput'))
  await client.createContainer('$root')
})

testBlobs('containers are listed page by page', async ({ client }) => {
  for (const name of ['aa1', 'aa2', 'aa3']) await client.createContainer(name)
  const pages = await arrayOf(client.listContainers({ prefix: 'aa' }).byPage({ maxPageSize: 2 }))
  assert.deepEqual(
    pages.map(({ containerItems }) => containerItems.map(({ name }) => name)),
    [['aa1', 'aa2'], ['aa3']],
  )
})

testBlobs('policies and public access are kept', async ({ box }) => {
  const accessPolicy = {
    permissions: 'r',
    startsOn: new Date('2026-01-01'),
    expiresOn: new Date('2027-01-01'),
  }
  await box.setAccessPolicy('container', [{ id: 'reader', accessPolicy }])
  const { blobPublicAccess, signedIdentifiers } = await box.getAccessPolicy()
  assert.equal(blobPublicAccess, 'container')
  assert.deepEqual(signedIdentifiers, [{ id: 'reader', accessPolicy }])
  const policies = Array.from({ length: 6 }, (_, index) => ({ id: String(index), accessPolicy }))
  await assert.rejects(box.setAccessPolicy(undefined, policies), failure(400, 'InvalidXmlDocument'))
})

testBlobs('a lease keeps a container from being deleted, and nothing else', async ({ box }) => {
  const lease = box.getBlobLeaseClient()
  await lease.acquireLease(-1)
  await upload(box, 'b')
  await assert.rejects(box.delete(), failure(412, 'LeaseIdMissing'))
  await lease.breakLease(0)
  assert.equal((await box.getProperties()).leaseState, 'broken')
  await box.delete()
})

testBlobs(
  'blobs that are deleted softly come back with their snapshots until their time is over',
  async (server) => {
    const { box, client, clock, service, events } = server
    await client.setProperties({ deleteRetentionPolicy: { enabled: true, days: 3 } })
    await upload(box, 'b', 'one')
    const blob = box.getBlobClient('b')
    await blob.createSnapshot()
    await blob.delete({ deleteSnapshots: 'include' })
    await assert.rejects(blob.download(), failure(404, 'BlobNotFound'))
    assert.deepEqual(await arrayOf(box.listBlobsFlat()), [])
    const deleted = await arrayOf(box.listBlobsFlat({ includeDeleted: true, includeSnapshots: true }))
    assert.deepEqual(
      deleted.map(({ name, deleted }) => [name, deleted]),
      [
        ['b', true],
        ['b', true],
      ],
    )
    assert.equal(deleted[0]?.properties.remainingRetentionDays, 3)
    await blob.undelete()
    assert.equal(await textOf(box, 'b'), 'one')
    assert.equal((await arrayOf(box.listBlobsFlat({ includeSnapshots: true }))).length, 2)
    await upload(box, 'b', 'two')
    await blob.delete({ deleteSnapshots: 'include' })
    await clock.advance(3 * dayMs + 1)
    assert.equal((await service.maintain()).purged, 3)
    await assert.rejects(blob.undelete(), failure(404, 'BlobNotFound'))
    assert.equal(events.filter(({ type }) => type === 'Microsoft.Storage.BlobDeleted').length, 2)
  },
)

testBlobs(
  'what a deleted name held before is not mixed up with what it holds anew',
  async ({ box, client }) => {
    await client.setProperties({ deleteRetentionPolicy: { enabled: true, days: 1 } })
    await upload(box, 'b', 'one')
    await box.getBlobClient('b').delete()
    await upload(box, 'b', 'two')
    await box.getBlobClient('b').undelete()
    assert.equal(await textOf(box, 'b'), 'two')
    const [snapshot] = await arrayOf(box.listBlobsFlat({ includeSnapshots: true }))
    const past = await box
      .getBlobClient('b')
      .withSnapshot(snapshot?.snapshot ?? '')
      .downloadToBuffer()
    assert.equal(past.toString(), 'one')
  },
)

testBlobs(
  'versions keep what is overwritten and deleted',
  async ({ box }) => {
    const blob = box.getBlockBlobClient('b')
    const { versionId: first = '' } = await blob.upload('one', 3)
    const { versionId: second = '' } = await blob.upload('two', 3)
    assert.ok(first < second)
    assert.equal((await blob.withVersion(first).downloadToBuffer()).toString(), 'one')
    assert.equal((await blob.getProperties()).isCurrentVersion, true)
    await blob.setMetadata({ a: '1' })
    assert.equal((await blob.withVersion(second).getProperties()).metadata?.a, undefined)
    await blob.delete()
    await assert.rejects(blob.download(), failure(404, 'BlobNotFound'))
    const versions = await arrayOf(box.listBlobsFlat({ includeVersions: true }))
    assert.deepEqual(versions.map(({ versionId }) => versionId).slice(0, 2), [first, second])
    assert.equal(versions.length, 3)
    await blob.withVersion(first).delete()
    await assert.rejects(blob.withVersion(first).download(), { statusCode: 404 })
    await blob.syncCopyFromURL(blob.withVersion(second).url)
    assert.equal(await textOf(box, 'b'), 'two')
  },
  { hasVersions: (name) => name === account },
)

testBlobs(
  'a container that is deleted softly comes back with its blobs',
  async ({ box, client, clock, service }) => {
    await upload(box, 'b', 'kept')
    await box.delete()
    const [deleted] = await arrayOf(client.listContainers({ includeDeleted: true, prefix: 'box' }))
    assert.equal(deleted?.deleted, true)
    await client.undeleteContainer('box', deleted?.version ?? '')
    assert.equal(await textOf(box, 'b'), 'kept')
    await box.delete()
    await clock.advance(2 * dayMs)
    assert.equal((await service.maintain()).containers, 1)
    await assert.rejects(
      client.undeleteContainer('box', deleted?.version ?? ''),
      failure(404, 'ContainerNotFound'),
    )
  },
  { containerSoftDeleteDays: () => 1 },
)
