/** Listing against a naive model: everything sorted in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareNames, prefixEnd } from '../../src/blob/model/names.ts'
import type { ListPage, Position } from '../../src/blob/store/listing.ts'
import { account, arrayOf, blockId, testBlobs, upload } from './blob-server.ts'

const runs = { seed: Number(process.env.ALOFT_SEED ?? 1), numRuns: Number(process.env.ALOFT_RUNS ?? 60) }
const letters = fc.constantFrom('a', 'b', '/', '//', '-', '.', 'é', '\u{ffee}', '😀')
const names = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))

testBlobs(
  'lists what is there in order of its bytes, in pages, flat and by delimiter',
  async ({ service }) => {
    let number = 0
    const property = fc.asyncProperty(
      fc.uniqueArray(names, { maxLength: 25 }),
      fc.array(letters, { maxLength: 2 }).map((parts) => parts.join('')),
      fc.constantFrom(undefined, '/', '//', '-.'),
      fc.integer({ min: 1, max: 7 }),
      async (present, prefix, delimiter, limit) => {
        const address = { account, container: `list-${number++}` }
        await service.store.createContainer(address)
        await Promise.all(present.map((name) => service.store.upload({ ...address, name }, Buffer.from('x'))))
        const found: string[] = []
        let after: Position | undefined
        for (;;) {
          const options = { prefix, delimiter, limit, after, include: new Set<never>() }
          const page: ListPage = await service.store.list(address, options)
          assert.ok(page.entries.length <= limit)
          found.push(...page.entries.map((entry) => (entry.kind === 'item' ? entry.item.name : entry.name)))
          if (!page.next) break
          assert.equal(page.entries.length, limit)
          after = page.next
        }
        assert.deepEqual(found, naiveList(present, prefix, delimiter))
      },
    )
    await fc.assert(property, runs)
  },
)

function naiveList(present: readonly string[], prefix: string, delimiter: string | undefined): string[] {
  const entries = present
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const at = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length)
      return delimiter === undefined || at < 0 ? name : name.slice(0, at + delimiter.length)
    })
  return [...new Set(entries)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

test('names compare as their UTF-8 does', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 5 })
  const property = fc.property(text, text, (a, b) => {
    const expected = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.equal(Math.sign(compareNames(a, b)), expected)
  })
  fc.assert(property, runs)
})

test('what begins with a prefix lies between it and its end', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
  const property = fc.property(text, text, (prefix, rest) => {
    const end = prefixEnd(prefix)
    assert.ok(end !== undefined && compareNames(prefix + rest, end) < 0 && compareNames(prefix, end) < 0)
  })
  fc.assert(property, runs)
})

testBlobs(
  'lists snapshots before their blob, uncommitted blobs when asked, with all their parts',
  async ({ box }) => {
    await upload(box, 'b')
    const first = await box.getBlobClient('b').createSnapshot()
    const second = await box.getBlobClient('b').createSnapshot()
    await box.getBlockBlobClient('a').upload('x', 1, { metadata: { Key: 'v' }, tags: { t: '1' } })
    await box.getBlockBlobClient('c').stageBlock(blockId('1'), 'x', 1)
    const all = await arrayOf(
      box.listBlobsFlat({
        includeSnapshots: true,
        includeUncommitedBlobs: true,
        includeMetadata: true,
        includeTags: true,
      }),
    )
    assert.deepEqual(
      all.map(({ name, snapshot }) => [name, snapshot]),
      [
        ['a', undefined],
        ['b', first.snapshot],
        ['b', second.snapshot],
        ['b', undefined],
        ['c', undefined],
      ],
    )
    assert.deepEqual(all[0]?.metadata, { Key: 'v' })
    assert.deepEqual(all[0]?.tags, { t: '1' })
    assert.deepEqual(
      (await arrayOf(box.listBlobsFlat())).map(({ name }) => name),
      ['a', 'b'],
    )
    const pages = await arrayOf(box.listBlobsFlat({ includeSnapshots: true }).byPage({ maxPageSize: 1 }))
    assert.deepEqual(
      pages.map(({ segment }) => segment.blobItems.map(({ snapshot }) => snapshot)),
      [[undefined], [first.snapshot], [second.snapshot], [undefined]],
    )
  },
)

testBlobs('gives names back that no XML document can hold', async ({ box }) => {
  const name = 'a\u0001b&<c>'
  await upload(box, name)
  const [page] = await arrayOf(box.listBlobsFlat().byPage())
  assert.equal(page?.segment.blobItems[0]?.name, name)
})
