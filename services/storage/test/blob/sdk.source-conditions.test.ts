/** Conditions on the source of what is put from a URL, answered as Azure does: each operation in its own way. */
import assert from 'node:assert/strict'
import type { BlobClient, ContainerClient } from '@azure/storage-blob'
import { BlobSASPermissions } from '@azure/storage-blob'
import { blockId, failureOf, testBlobs, upload } from './blob-server.ts'

type Conditions = NonNullable<Parameters<BlobClient['syncCopyFromURL']>[1]>['sourceConditions'] & {}

/** Conditions that `source` does not meet: what its reader would be told, 412 or 304. */
async function failing(source: BlobClient): Promise<[status: number, conditions: Conditions][]> {
  const { etag, lastModified } = await source.getProperties()
  const earlier = new Date(lastModified!.getTime() - 60_000)
  const later = new Date(lastModified!.getTime() + 60_000)
  return [
    [412, { ifMatch: '"0x1"' }],
    [412, { ifUnmodifiedSince: earlier }],
    [304, { ifNoneMatch: etag! }],
    [304, { ifModifiedSince: later }],
  ]
}

/** The source's address for the account's owner, and for somebody with a signature. */
async function addressesOf(source: BlobClient): Promise<string[]> {
  const expiresOn = new Date(Date.now() + 3_600_000)
  return [source.url, await source.generateSasUrl({ permissions: BlobSASPermissions.parse('rt'), expiresOn })]
}

async function sourceIn(box: ContainerClient): Promise<BlobClient> {
  await upload(box, 'source', 'a'.repeat(512))
  await box.getBlobClient('source').setTags({ kind: 'plain' })
  return box.getBlobClient('source')
}

testBlobs('a copy says that its source is not as it should be', async ({ box }) => {
  const source = await sourceIn(box)
  const target = box.getBlockBlobClient('target')
  for (const url of await addressesOf(source))
    for (const [, sourceConditions] of await failing(source)) {
      const expected = failureOf(412, 'SourceConditionNotMet')
      await assert.rejects(target.beginCopyFromURL(url, { sourceConditions }), expected)
      await assert.rejects(target.syncCopyFromURL(url, { sourceConditions }), expected)
    }
  const tags = { sourceConditions: { tagConditions: `kind = 'other'` } }
  await assert.rejects(target.beginCopyFromURL(source.url, tags), failureOf(412, 'SourceConditionNotMet'))
  assert.equal(await target.exists(), false)
})

testBlobs('a blob put from a URL says so too, but passes on that nothing is new', async ({ box }) => {
  const source = await sourceIn(box)
  const target = box.getBlockBlobClient('target')
  for (const url of await addressesOf(source)) {
    for (const [status, sourceConditions] of await failing(source))
      await assert.rejects(
        target.syncUploadFromURL(url, { sourceConditions }),
        failureOf(status, status === 412 ? 'SourceConditionNotMet' : 'CannotVerifyCopySource'),
      )
    const tags = { sourceConditions: { tagConditions: `kind = 'other'` } }
    await assert.rejects(target.syncUploadFromURL(url, tags), failureOf(412, 'SourceConditionNotMet'))
    await target.syncUploadFromURL(url, { sourceConditions: { tagConditions: `kind = 'plain'` } })
    await target.delete()
  }
})

testBlobs('appends and pages from a URL pass on what the source answers', async ({ box }) => {
  const source = await sourceIn(box)
  const log = box.getAppendBlobClient('log')
  await log.create()
  const pages = box.getPageBlobClient('pages')
  await pages.create(512)
  for (const url of await addressesOf(source))
    for (const [status, sourceConditions] of await failing(source)) {
      const expected = failureOf(status, 'CannotVerifyCopySource')
      await assert.rejects(log.appendBlockFromURL(url, 0, 512, { sourceConditions }), expected)
      await assert.rejects(pages.uploadPagesFromURL(url, 0, 0, 512, { sourceConditions }), expected)
    }
})

testBlobs('a source that cannot be read is told with its own status', async ({ box }) => {
  const missing = box.getBlobClient('missing').url
  const blocks = box.getBlockBlobClient('target')
  await assert.rejects(blocks.stageBlockFromURL(blockId('1'), missing), (error: unknown) => {
    const { statusCode, code, details } = error as {
      statusCode: number
      code: string
      details: Record<string, string>
    }
    assert.deepEqual([statusCode, code], [404, 'CannotVerifyCopySource'])
    assert.equal(details.copySourceStatusCode, 404)
    assert.equal(details.copySourceErrorCode, 'BlobNotFound')
    return true
  })
})
