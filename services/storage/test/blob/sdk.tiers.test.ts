/** Access tiers: what each kind of blob may have, and conditions on when it was given. */
import assert from 'node:assert/strict'
import { arrayOf, failure, testBlobs, upload } from './blob-server.ts'

testBlobs('a block blob takes every tier that SDKs name, and no other', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  await upload(box, 'b')
  assert.deepEqual(
    [(await blob.getProperties()).accessTierInferred, (await blob.getProperties()).accessTierChangedOn],
    [true, undefined],
  )
  for (const tier of ['Hot', 'Cool', 'Cold', 'Smart']) {
    await blob.setAccessTier(tier)
    assert.equal((await blob.getProperties()).accessTier, tier)
  }
  await assert.rejects(blob.setAccessTier('P10'), failure(400, 'AccessTierNotSupportedForBlobType'))
  const options = { tier: 'P10' as string }
  await assert.rejects(blob.upload('x', 1, options), failure(400, 'AccessTierNotSupportedForBlobType'))
})

testBlobs('a blob in the smart tier tells the tier that it is in for now', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  await blob.upload('x', 1, { tier: 'Smart' as string })
  const properties = await blob.getProperties()
  assert.deepEqual([properties.accessTier, properties.smartAccessTier], ['Smart', 'Hot'])
  assert.ok(properties.accessTierChangedOn)
  const [listed] = await arrayOf(box.listBlobsFlat())
  assert.equal(listed?.properties.smartAccessTier, 'Hot')
  const download = await blob.download()
  assert.deepEqual([download.accessTier, download.smartAccessTier], ['Smart', 'Hot'])
})

testBlobs('the tier of a page blob holds its length, and only goes up', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  const GiB = 1024 ** 3
  await assert.rejects(
    blob.create(33 * GiB, { tier: 'P4' }),
    failure(409, 'BlobTierInadequateForContentLength'),
  )
  await assert.rejects(
    blob.create(512, { tier: 'Hot' as string }),
    failure(400, 'AccessTierNotSupportedForBlobType'),
  )
  await blob.create(32 * GiB, { tier: 'P4' })
  await assert.rejects(blob.resize(33 * GiB), failure(409, 'ContentLengthLargerThanTierLimit'))
  await blob.setAccessTier('P10')
  await assert.rejects(blob.setAccessTier('P6'), failure(409, 'CannotChangeToLowerTier'))
  await blob.resize(33 * GiB)
  assert.equal((await blob.getProperties()).accessTier, 'P10')
})

testBlobs('deleting may depend on when the access tier was given', async ({ box, clock }) => {
  const blob = box.getBlockBlobClient('b')
  await blob.upload('x', 1)
  const before = new Date(clock.now() + 10_000)
  await clock.advance(60_000)
  await blob.setMetadata({ a: '1' })
  // The tier is as old as the blob: metadata does not change it.
  const changed = { conditions: { accessTierIfModifiedSince: before } }
  const unchanged = { conditions: { accessTierIfUnmodifiedSince: before } }
  await assert.rejects(blob.delete(changed), failure(412, 'ConditionNotMet'))
  await blob.setAccessTier('Cool')
  await assert.rejects(blob.delete(unchanged), failure(412, 'ConditionNotMet'))
  await assert.rejects(
    blob.delete({ conditions: { ...changed.conditions, ...unchanged.conditions } }),
    failure(400, 'MultipleConditionHeadersNotSupported'),
  )
  await blob.delete(changed)
  await blob.upload('x', 1)
  const after = new Date(clock.now() + 1000)
  const { snapshot = '' } = await blob.createSnapshot()
  await assert.rejects(
    blob.withSnapshot(snapshot).delete({ conditions: { accessTierIfModifiedSince: after } }),
    failure(412, 'ConditionNotMet'),
  )
  await blob.delete({ deleteSnapshots: 'include', conditions: { accessTierIfUnmodifiedSince: after } })
})
