/** Page blobs against a plain buffer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { diffExtents, type Extent, rangesOf, within, without } from '../../src/blob/model/extents.ts'
import { testBlobs } from './blob-server.ts'

const runs = { seed: Number(process.env.ALOFT_SEED ?? 1), numRuns: Number(process.env.ALOFT_RUNS ?? 15) }
const pages = 12
const writes = fc.array(
  fc.record({
    action: fc.constantFrom('write', 'clear', 'resize', 'snapshot'),
    start: fc.integer({ min: 0, max: pages - 1 }),
    count: fc.integer({ min: 1, max: 5 }),
    fill: fc.integer({ min: 1, max: 255 }),
  }),
  { maxLength: 20 },
)

testBlobs(
  'a page blob reads as a buffer to which the same was done, and so do its snapshots',
  async ({ box }) => {
    let number = 0
    const property = fc.asyncProperty(writes, async (steps) => {
      const blob = box.getPageBlobClient(`p${number++}`)
      let model = Buffer.alloc(pages * 512)
      await blob.create(model.length)
      const snapshots: { readonly moment: string; readonly content: Buffer }[] = []
      for (const { action, start, count, fill } of steps) {
        const length = Math.min(count * 512, model.length - start * 512)
        if (action === 'snapshot') {
          const { snapshot = '' } = await blob.createSnapshot()
          snapshots.push({ moment: snapshot, content: Buffer.from(model) })
        } else if (action === 'resize') {
          const resized = Buffer.alloc((start + 1) * 512)
          model.copy(resized)
          model = resized
          await blob.resize(model.length)
        } else if (length > 0 && action === 'write') {
          model.fill(fill, start * 512, start * 512 + length)
          await blob.uploadPages(Buffer.alloc(length, fill), start * 512, length)
        } else if (length > 0) {
          model.fill(0, start * 512, start * 512 + length)
          await blob.clearPages(start * 512, length)
        }
      }
      assert.deepEqual(await blob.downloadToBuffer(), model)
      for (const { moment, content } of snapshots)
        assert.deepEqual(await blob.withSnapshot(moment).downloadToBuffer(), content)
      const { pageRange = [] } = await blob.getPageRanges()
      const outside = Buffer.from(model)
      for (const { offset, count = 0 } of pageRange) outside.fill(0, offset, offset + count + 1)
      assert.ok(outside.every((byte) => byte === 0))
    })
    await fc.assert(property, runs)
  },
)

const extent = (start: number, length: number, key = 'k'): Extent => ({
  start,
  length,
  key,
  skip: 0,
  sum: '',
})

test('what is taken out of an extent leaves the rest of it', () => {
  const bounds = fc.integer({ min: 0, max: 20 })
  const property = fc.property(bounds, bounds, bounds, bounds, (start, length, from, count) => {
    const whole = extent(start, length + 1)
    const rest = without(whole, from, from + count + 1)
    const taken = within(whole, from, from + count + 1)
    const covered = [...rest, ...(taken ? [taken] : [])].sort((a, b) => a.start - b.start)
    assert.deepEqual(rangesOf(covered), [{ start, end: start + length }])
    for (const piece of covered) assert.equal(piece.skip, piece.start - start)
  })
  fc.assert(property)
})

test('a diff tells what was written and what was cleared', () => {
  const before = [extent(0, 512, 'a'), extent(1024, 512, 'b')]
  const after = [extent(0, 512, 'a'), extent(512, 512, 'c')]
  assert.deepEqual(diffExtents(before, after), {
    written: [{ start: 512, end: 1023 }],
    cleared: [{ start: 1024, end: 1535 }],
  })
})

testBlobs('a client can ask which pages changed since a snapshot', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(2048)
  await blob.uploadPages(Buffer.alloc(1024, 1), 0, 1024)
  const { snapshot = '' } = await blob.createSnapshot()
  await blob.uploadPages(Buffer.alloc(512, 2), 1024, 512)
  await blob.clearPages(0, 512)
  const diff = await blob.getPageRangesDiff(0, 2048, snapshot)
  assert.deepEqual(diff.pageRange, [{ offset: 1024, count: 511 }])
  assert.deepEqual(diff.clearRange, [{ offset: 0, count: 511 }])
})

testBlobs('sequence numbers guard writes of pages', async ({ box }) => {
  const blob = box.getPageBlobClient('p')
  await blob.create(512, { blobSequenceNumber: 5 })
  const options = { conditions: { ifSequenceNumberLessThan: 5 } }
  await assert.rejects(blob.uploadPages(Buffer.alloc(512), 0, 512, options), {
    code: 'SequenceNumberConditionNotMet',
  })
  assert.equal((await blob.updateSequenceNumber('increment')).blobSequenceNumber, 6)
  assert.equal((await blob.updateSequenceNumber('max', 3)).blobSequenceNumber, 6)
  assert.equal((await blob.updateSequenceNumber('update', 3)).blobSequenceNumber, 3)
  await assert.rejects(blob.uploadPages(Buffer.alloc(512), 512, 512), { code: 'InvalidPageRange' })
})
