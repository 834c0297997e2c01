/** Copies within the store, across accounts, and from other hosts. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BlobClient, type ContainerClient, ContainerSASPermissions } from '@azure/storage-blob'
import { send } from '../protocol/raw-client.ts'
import { arrayOf, blockId, failure, testBlobs, textOf, upload } from './blob-server.ts'

/** A server elsewhere. */
async function elsewhere(
  answer: (path: string) => Promise<string | undefined>,
): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const text = await answer(request.url ?? '')
    if (text === undefined) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'content-type': 'text/x-other', 'content-length': text.length })
        .end(request.method === 'HEAD' ? undefined : text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

testBlobs('a copy has content, properties and metadata of its source', async ({ box }) => {
  const source = box.getBlockBlobClient('source')
  await source.stageBlock(blockId('1'), 'hello', 5)
  await source.commitBlockList([blockId('1')], {
    blobHTTPHeaders: { blobContentType: 'a/b' },
    metadata: { a: '1' },
  })
  const target = box.getBlockBlobClient('target')
  const done = await (await target.beginCopyFromURL(source.url)).pollUntilDone()
  assert.equal(done.copyStatus, 'success')
  const properties = await target.getProperties()
  assert.equal(properties.contentType, 'a/b')
  assert.deepEqual(properties.metadata, { a: '1' })
  assert.equal(properties.copyProgress, '5/5')
  assert.equal(properties.copySource, source.url)
  await source.delete()
  assert.equal(await textOf(box, 'target'), 'hello')
  assert.equal((await target.getBlockList('committed')).committedBlocks?.length, 1)
  await target.syncCopyFromURL(target.url, { metadata: { b: '2' } })
  assert.deepEqual((await target.getProperties()).metadata, { b: '2' })
  await assert.rejects(
    target.abortCopyFromURL(properties.copyId ?? ''),
    failure(409, 'NoPendingCopyOperation'),
  )
})

testBlobs('a copy may be on conditions of its source', async ({ box }) => {
  await upload(box, 'source')
  const options = { sourceConditions: { ifMatch: '"0x1"' } }
  const copy = box.getBlobClient('target').syncCopyFromURL(box.getBlobClient('source').url, options)
  await assert.rejects(copy, failure(412, 'SourceConditionNotMet'))
  const missing = box.getBlobClient('target').beginCopyFromURL(box.getBlobClient('none').url)
  await assert.rejects(missing, failure(404, 'CannotVerifyCopySource'))
})

testBlobs('page blobs are copied with their holes', async ({ box }) => {
  const source = box.getPageBlobClient('source')
  await source.create(4096)
  await source.uploadPages(Buffer.alloc(512, 1), 1024, 512)
  const target = box.getPageBlobClient('target')
  await (await target.beginCopyFromURL(source.url)).pollUntilDone()
  await source.uploadPages(Buffer.alloc(512, 2), 1024, 512)
  assert.deepEqual((await target.getPageRanges()).pageRange, [{ offset: 1024, count: 511 }])
  assert.equal((await target.downloadToBuffer())[1024], 1)
})

testBlobs('a source in another account needs a signature or to be public', async ({ box, otherClient }) => {
  const others = otherClient.getContainerClient('theirs')
  await others.create()
  await upload(others, 'b', 'secret')
  const target = box.getBlobClient('target')
  await assert.rejects(target.syncCopyFromURL(others.getBlobClient('b').url), {
    code: 'CannotVerifyCopySource',
  })
  const url = await others.generateSasUrl({
    permissions: ContainerSASPermissions.parse('r'),
    expiresOn: new Date(Date.now() + 3_600_000),
  })
  const signed = url.replace('/theirs?', '/theirs/b?')
  await target.syncCopyFromURL(signed)
  assert.equal(await textOf(box, 'target'), 'secret')
  await others.setAccessPolicy('blob')
  await (await box.getBlobClient('second').beginCopyFromURL(others.getBlobClient('b').url)).pollUntilDone()
  assert.equal(await textOf(box, 'second'), 'secret')
})

testBlobs('a source is found by the names that only clients can resolve', async ({ box, otherClient }) => {
  const { port } = new URL(box.url)
  const others = otherClient.getContainerClient('theirs')
  await others.create()
  await upload(others, 'source', 'theirs')
  await box.getBlockBlobClient('source').upload('ours', 4, { metadata: { a: '1' } })
  const expiresOn = new Date(Date.now() + 3_600_000)
  const signed = async (container: ContainerClient, letters: string) => {
    const permissions = ContainerSASPermissions.parse(letters)
    return new URL(await container.generateSasUrl({ permissions, expiresOn })).search
  }
  const host = `devstoreaccount1.blob.localhost:${port}`
  const path = `/box/target${await signed(box, 'w')}`
  const copied = async (source: string, headers: Record<string, string> = {}) => {
    const answer = await send(Number(port), {
      method: 'PUT',
      path,
      headers: { Host: host, 'x-ms-copy-source': source, 'Content-Length': 0, ...headers },
    })
    return answer.status === 404 || answer.status === 403
      ? [answer.status, /<CopySourceErrorCode>(\w+)/.exec(answer.body)?.[1]]
      : [answer.status, await textOf(box, 'target')]
  }
  const readable = await signed(box, 'r')
  const theirs = `http://otheraccount.blob.localhost:${port}/theirs/source${await signed(others, 'r')}`
  for (const synchronously of [{ 'x-ms-requires-sync': 'true' }, undefined]) {
    assert.deepEqual(await copied(`http://${host}/box/source${readable}`, synchronously), [202, 'ours'])
    assert.deepEqual(await copied(theirs, synchronously), [202, 'theirs'])
  }
  assert.deepEqual(await copied(`http://${host}/box/missing${readable}`), [404, 'BlobNotFound'])
  assert.deepEqual(await copied(theirs.replace(/sig=[^&]*/, 'sig=AAAA')), [403, 'AuthenticationFailed'])
  const put = { 'x-ms-blob-type': 'BlockBlob' }
  assert.deepEqual(await copied(`http://${host}/box/source${readable}`, put), [201, 'ours'])
  assert.deepEqual((await box.getBlobClient('target').getProperties()).metadata, { a: '1' })
})

testBlobs('blobs, blocks and pages are put from URLs', async ({ box }) => {
  await upload(box, 'source', 'hello world')
  const { url } = box.getBlobClient('source')
  const whole = box.getBlockBlobClient('whole')
  await whole.syncUploadFromURL(url)
  assert.equal(await textOf(box, 'whole'), 'hello world')
  const blocks = box.getBlockBlobClient('blocks')
  await blocks.stageBlockFromURL(blockId('1'), url, 6, 5)
  await blocks.stageBlockFromURL(blockId('2'), url, 0, 5)
  await blocks.commitBlockList([blockId('1'), blockId('2')])
  assert.equal(await textOf(box, 'blocks'), 'worldhello')
  const log = box.getAppendBlobClient('log')
  await log.create()
  await log.appendBlockFromURL(url, 0, 5)
  assert.equal(await textOf(box, 'log'), 'hello')
  const pages = box.getPageBlobClient('pages')
  await pages.create(1024)
  await pages.uploadPages(Buffer.alloc(1024, 7), 0, 1024)
  const other = box.getPageBlobClient('other')
  await other.create(1024)
  await other.uploadPagesFromURL(pages.url, 512, 0, 512)
  assert.deepEqual(
    (await other.downloadToBuffer()).subarray(0, 513),
    Buffer.concat([Buffer.alloc(512, 7), Buffer.alloc(1)]),
  )
})

testBlobs('content of other hosts is copied in the background, and at once when asked', async ({ box }) => {
  const server = await elsewhere(async (path) => (path === '/file' ? 'from afar' : undefined))
  try {
    const target = box.getBlobClient('target')
    const done = await (
      await target.beginCopyFromURL(`${server.url}/file`, { intervalInMs: 5 })
    ).pollUntilDone()
    assert.equal(done.copyStatus, 'success')
    assert.equal(await textOf(box, 'target'), 'from afar')
    assert.equal((await target.getProperties()).contentType, 'text/x-other')
    await box.getBlobClient('second').syncCopyFromURL(`${server.url}/file`)
    assert.equal(await textOf(box, 'second'), 'from afar')
    await assert.rejects(target.syncCopyFromURL(`${server.url}/none`), failure(404, 'CannotVerifyCopySource'))
  } finally {
    server.close()
  }
})

testBlobs('a copy under way keeps others out and can be aborted', async ({ box }) => {
  let asked = 0
  const server = await elsewhere(async () => (asked++ === 0 ? 'slow' : new Promise<undefined>(() => {})))
  try {
    const target = box.getBlobClient('target')
    const poller = await target.beginCopyFromURL(`${server.url}/file`)
    const { copyId = '', copyStatus } = await target.getProperties()
    assert.equal(copyStatus, 'pending')
    await upload(box, 'other')
    const second = target.syncCopyFromURL(box.getBlobClient('other').url)
    await assert.rejects(second, failure(409, 'PendingCopyOperation'))
    await assert.rejects(target.abortCopyFromURL('another'), failure(409, 'CopyIdMismatch'))
    await target.abortCopyFromURL(copyId)
    assert.equal((await target.getProperties()).copyStatus, 'aborted')
    assert.equal((await target.getProperties()).contentLength, 0)
    poller.stopPolling()
  } finally {
    server.close()
  }
})

testBlobs('an incremental copy gains a snapshot with each snapshot of its source', async ({ box }) => {
  const source = box.getPageBlobClient('disk')
  await source.create(2048)
  await source.uploadPages(Buffer.alloc(512, 'a'), 0, 512)
  const first = await source.createSnapshot()
  await source.uploadPages(Buffer.alloc(512, 'b'), 1024, 512)
  const second = await source.createSnapshot()
  const backup = box.getPageBlobClient('backup')
  const copySnapshot = async (snapshot: string | undefined) =>
    (await backup.startCopyIncremental(source.withSnapshot(snapshot!).url)).copyStatus
  assert.equal(await copySnapshot(first.snapshot), 'success')
  const { destinationSnapshot: made, isIncrementalCopy } = await backup.getProperties()
  assert.equal(isIncrementalCopy, true)
  assert.equal(await copySnapshot(second.snapshot), 'success')
  const { destinationSnapshot: latest } = await backup.getProperties()
  const read = (snapshot: string | undefined) => backup.withSnapshot(snapshot!).downloadToBuffer()
  assert.deepEqual(await read(made), await source.withSnapshot(first.snapshot!).downloadToBuffer())
  assert.deepEqual(await read(latest), await source.withSnapshot(second.snapshot!).downloadToBuffer())
  const { pageRange, clearRange } = await backup.withSnapshot(latest!).getPageRangesDiff(0, 2048, made!)
  assert.deepEqual([pageRange, clearRange], [[{ offset: 1024, count: 511 }], []])
  const listed = await arrayOf(
    box.listBlobsFlat({ prefix: 'backup', includeSnapshots: true, includeCopy: true }),
  )
  assert.deepEqual(
    listed.map(({ snapshot }) => snapshot || undefined),
    [made, latest, undefined],
  )
})

testBlobs(
  'an incremental copy is of one blob, goes forward, and is read by its snapshots',
  async ({ box }) => {
    const source = box.getPageBlobClient('disk')
    await source.create(512)
    const { snapshot: first } = await source.createSnapshot()
    const { snapshot: second } = await source.createSnapshot()
    const backup = box.getPageBlobClient('backup')
    await backup.startCopyIncremental(source.withSnapshot(second!).url)
    const again = (blob: Pick<BlobClient, 'withSnapshot'>, snapshot = '') =>
      backup.startCopyIncremental(blob.withSnapshot(snapshot).url)
    const earlier = failure(409, 'IncrementalCopyOfEarlierSnapshotNotAllowed')
    await assert.rejects(again(source, first), earlier)
    await assert.rejects(again(source, second), earlier)
    await assert.rejects(again(source), failure(409, 'IncrementalCopySourceMustBeSnapshot'))
    const other = box.getPageBlobClient('other')
    await other.create(512)
    const { snapshot } = await other.createSnapshot()
    await assert.rejects(again(other, snapshot), failure(409, 'IncrementalCopyBlobMismatch'))
    await upload(box, 'text')
    const text = await box.getBlobClient('text').createSnapshot()
    await assert.rejects(
      again(box.getBlobClient('text'), text.snapshot),
      failure(409, 'InvalidSourceBlobType'),
    )
    const refused = failure(409, 'OperationNotAllowedOnIncrementalCopyBlob')
    await assert.rejects(backup.downloadToBuffer(), { statusCode: 409 })
    await assert.rejects(backup.uploadPages(Buffer.alloc(512), 0, 512), refused)
    await assert.rejects(backup.createSnapshot(), refused)
    await backup.delete({ deleteSnapshots: 'include' })
  },
)
