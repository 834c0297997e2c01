/** Conditions and checksums of what is said about a blob: its tags, its list of blocks. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { BlobSASPermissions } from '@azure/storage-blob'
import { send } from '../protocol/raw-client.ts'
import { arrayOf, blockId, failure, testBlobs, upload } from './blob-server.ts'

testBlobs('tags are read and set on conditions of the blob', async ({ box }) => {
  await upload(box, 'b')
  const blob = box.getBlobClient('b')
  const { etag } = await blob.getProperties()
  const met = { conditions: { ifMatch: etag! } }
  const unmet = { conditions: { ifMatch: '"0x1"' } }
  await assert.rejects(blob.setTags({ a: '1' }, unmet), failure(412, 'ConditionNotMet'))
  await blob.setTags({ a: '1' }, met)
  await assert.rejects(blob.getTags(unmet), failure(412, 'ConditionNotMet'))
  assert.deepEqual((await blob.getTags(met)).tags, { a: '1' })
})

testBlobs('lists of blocks and sets of tags are held to their checksums', async ({ box }) => {
  const blocks = box.getBlockBlobClient('b')
  await blocks.stageBlock(blockId('1'), 'x', 1)
  const signed = new URL(
    await blocks.generateSasUrl({
      permissions: BlobSASPermissions.parse('rcwt'),
      expiresOn: new Date(Date.now() + 3_600_000),
    }),
  )
  const put = (comp: string, body: string, md5: string) =>
    send(Number(signed.port), {
      method: 'PUT',
      path: `${signed.pathname}${signed.search}&comp=${comp}`,
      headers: { 'content-md5': md5 },
      body,
    })
  const md5 = (text: string) => createHash('md5').update(text).digest('base64')
  const list = `<BlockList><Latest>${blockId('1')}</Latest></BlockList>`
  const wrong = await put('blocklist', list, md5('other'))
  assert.deepEqual([wrong.status, wrong.headers['x-ms-error-code']], [400, 'Md5Mismatch'])
  const right = await put('blocklist', list, md5(list))
  assert.deepEqual([right.status, right.headers['content-md5']], [201, md5(list)])
  assert.ok(right.headers['x-ms-content-crc64'])
  const tags = '<Tags><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tags>'
  assert.equal((await put('tags', tags, md5('other'))).status, 400)
  assert.equal((await put('tags', tags, md5(tags))).status, 204)
})

testBlobs('a list may begin at a name', async ({ box }) => {
  for (const name of ['a', 'b/1', 'b/2', 'b/3', 'c']) await upload(box, name)
  const names = async (options: { startFrom: string; prefix?: string }) =>
    (await arrayOf(box.listBlobsFlat(options))).map(({ name }) => name)
  assert.deepEqual(await names({ startFrom: 'b/2' }), ['b/2', 'b/3', 'c'])
  assert.deepEqual(await names({ startFrom: 'b/2', prefix: 'b/' }), ['b/2', 'b/3'])
  assert.deepEqual(await names({ startFrom: 'a', prefix: 'b/' }), ['b/1', 'b/2', 'b/3'])
  const grouped = await arrayOf(box.listBlobsByHierarchy('/', { startFrom: 'b/2' }))
  assert.deepEqual(
    grouped.map(({ name }) => name),
    ['b/', 'c'],
  )
  const paged: string[] = []
  for await (const page of box.listBlobsFlat({ startFrom: 'b/2' }).byPage({ maxPageSize: 1 }))
    paged.push(...page.segment.blobItems.map(({ name }) => name))
  assert.deepEqual(paged, ['b/2', 'b/3', 'c'])
})

testBlobs('what is copied while the client waits has 256 MiB at most', async ({ box }) => {
  const source = box.getPageBlobClient('source')
  const MiB = 1024 ** 2
  await source.create(257 * MiB)
  const target = box.getBlobClient('target')
  await assert.rejects(target.syncCopyFromURL(source.url), failure(409, 'CannotVerifyCopySource'))
  await (await target.beginCopyFromURL(source.url)).pollUntilDone()
  await source.resize(256 * MiB)
  await target.syncCopyFromURL(source.url)
})

testBlobs('who names a lease that is over has lost it', async ({ box, clock }) => {
  await upload(box, 'b')
  const blob = box.getBlobClient('b')
  const lease = blob.getBlobLeaseClient()
  const { leaseId } = await lease.acquireLease(15)
  await clock.advance(16_000)
  const byHolder = { conditions: { leaseId: leaseId! } }
  await assert.rejects(blob.setMetadata({ a: '1' }, byHolder), failure(412, 'LeaseLost'))
  await lease.releaseLease()
  const none = failure(412, 'LeaseNotPresentWithBlobOperation')
  await assert.rejects(blob.setMetadata({ a: '1' }, byHolder), none)
})
