/** Which pages were written, and which have changed since a snapshot. */
import assert from 'node:assert/strict'
import type { PageBlobClient } from '@azure/storage-blob'
import { arrayOf, failure, testBlobs } from './blob-server.ts'

const page = 512
const write = (blob: PageBlobClient, at: number, pages = 1) =>
  blob.uploadPages(Buffer.alloc(pages * page, 1), at * page, pages * page)
/** As `offset/count` of whole pages. */
const inPages = (ranges: readonly { readonly offset: number; readonly count?: number }[] = []) =>
  ranges.map(({ offset, count = 0 }) => [offset / page, (count + 1) / page])
const asOffsets = (ranges: readonly { readonly start: number; readonly end: number }[] = []) =>
  inPages(ranges.map(({ start, end }) => ({ offset: start, count: end - start })))

testBlobs('a diff has what was written and what was cleared, within the range', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(16 * page)
  await write(blob, 0, 4)
  const { snapshot: first = '' } = await blob.createSnapshot()
  await write(blob, 2, 4)
  await blob.clearPages(0, page)
  // These were empty at the time of the snapshot: nothing changed.
  await write(blob, 10)
  await blob.clearPages(10 * page, page)
  await blob.clearPages(12 * page, page)
  const { snapshot: second = '' } = await blob.createSnapshot()
  await write(blob, 15)
  const all = await blob.getPageRangesDiff(0, 16 * page, first)
  assert.deepEqual(
    [inPages(all.pageRange), inPages(all.clearRange)],
    [
      [
        [2, 4],
        [15, 1],
      ],
      [[0, 1]],
    ],
  )
  const between = await blob.withSnapshot(second).getPageRangesDiff(0, 16 * page, first)
  assert.deepEqual(inPages(between.pageRange), [[2, 4]])
  const part = await blob.getPageRangesDiff(3 * page, 2 * page, first)
  assert.deepEqual([inPages(part.pageRange), inPages(part.clearRange)], [[[3, 2]], []])
  const none = await blob.withSnapshot(second).getPageRangesDiff(0, 16 * page, second)
  assert.deepEqual([none.pageRange, none.clearRange], [[], []])
})

testBlobs('the earlier snapshot may be named by its address', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(4 * page)
  const { snapshot = '' } = await blob.createSnapshot()
  await write(blob, 1)
  const diff = await blob.getPageRangesDiffForManagedDisks(0, 4 * page, blob.withSnapshot(snapshot).url)
  assert.deepEqual(inPages(diff.pageRange), [[1, 1]])
  const other = box.getPageBlobClient('other').withSnapshot(snapshot).url
  await assert.rejects(
    blob.getPageRangesDiffForManagedDisks(0, 4 * page, other),
    failure(400, 'InvalidHeaderValue'),
  )
})

testBlobs('a diff needs an earlier snapshot of the same blob', async ({ box, clock }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(4 * page)
  const { snapshot: first = '' } = await blob.createSnapshot()
  const { snapshot: second = '' } = await blob.createSnapshot()
  await assert.rejects(
    blob.withSnapshot(first).getPageRangesDiff(0, page, second),
    failure(400, 'PreviousSnapshotCannotBeNewer'),
  )
  await blob.withSnapshot(second).delete()
  await assert.rejects(blob.getPageRangesDiff(0, page, second), failure(409, 'PreviousSnapshotNotFound'))
  await clock.advance(1000)
  await blob.create(4 * page)
  await assert.rejects(blob.getPageRangesDiff(0, page, first), failure(409, 'BlobOverwritten'))
})

testBlobs('ranges come in pages of an answer', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(40 * page)
  const { snapshot = '' } = await blob.createSnapshot()
  for (const at of [0, 4, 8, 12, 16]) await write(blob, at, 2)
  await blob.clearPages(4 * page, page)
  const expected = [
    [0, 2],
    [5, 1],
    [8, 2],
    [12, 2],
    [16, 2],
  ]
  const pages = await arrayOf(blob.listPageRanges(0, 40 * page).byPage({ maxPageSize: 2 }))
  assert.deepEqual(
    pages.map(({ pageRange }) => pageRange?.length),
    [2, 2, 1],
  )
  assert.deepEqual(asOffsets(pages.flatMap(({ pageRange = [] }) => pageRange)), expected)
  const diff = await arrayOf(blob.listPageRangesDiff(0, 40 * page, snapshot).byPage({ maxPageSize: 3 }))
  assert.deepEqual(asOffsets(diff.flatMap(({ pageRange = [] }) => pageRange)), expected)
  assert.deepEqual(
    (await arrayOf(blob.listPageRangesDiff(0, 40 * page, snapshot))).map(({ isClear }) => isClear),
    [false, false, false, false, false],
  )
  const [refused] = [blob.listPageRanges(0, 40 * page).byPage({ maxPageSize: 2, continuationToken: 'x' })]
  await assert.rejects(arrayOf(refused!), failure(400, 'InvalidQueryParameterValue'))
})
