/** Rules without a store: block lists, ranges, tags, names, batches. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Block,
  byId,
  decodeBlocks,
  encodeBlocks,
  resolveBlockList,
} from '../../src/blob/model/block-list.ts'
import { clipRange, parseRange } from '../../src/blob/model/byte-range.ts'
import { checkBlobName, checkContainerName } from '../../src/blob/model/names.ts'
import { matchesTags, parseTagFilter, parseTagQuery } from '../../src/blob/model/tag-filter.ts'
import { checkTags, parseTagsHeader } from '../../src/blob/model/tags.ts'
import { boundaryOf, parseBatch } from '../../src/blob/operations/batch.ts'
import { parseBlockList } from '../../src/blob/operations/put-operations.ts'
import { blobAt } from '../../src/blob/wire/copy-source.ts'
import { parsePath } from '../../src/blob/wire/paths.ts'

const block = (id: string, key: string): Block => ({ id, key, length: 1, sum: '' })

test('a block list takes each block from where it says, in its order', () => {
  const committed = byId([block('a', 'old-a'), block('b', 'old-b')])
  const uncommitted = byId([block('a', 'new-a'), block('c', 'new-c')])
  const keys = (...references: [id: string, from: 'latest' | 'committed' | 'uncommitted'][]) =>
    resolveBlockList(
      references.map(([id, from]) => ({ id, from })),
      committed,
      uncommitted,
    ).map(({ key }) => key)
  assert.deepEqual(
    keys(['c', 'latest'], ['a', 'committed'], ['a', 'latest'], ['a', 'uncommitted'], ['b', 'latest']),
    ['new-c', 'old-a', 'new-a', 'new-a', 'old-b'],
  )
  assert.throws(() => keys(['b', 'uncommitted']), { code: 'InvalidBlockList' })
  assert.throws(() => keys(['c', 'committed']), { code: 'InvalidBlockList' })
  assert.throws(() => keys(['d', 'latest']), { code: 'InvalidBlockList' })
})

test('a stored block list is read as it was written', () => {
  const blocks = [block('a', '1'), { id: 'b', key: '2', length: 7, sum: 'x' }]
  assert.deepEqual(decodeBlocks(encodeBlocks(blocks)), blocks)
})

test('the order of mixed elements in a block list stays', () => {
  const xml =
    '<?xml version="1.0"?><BlockList><Latest>YQ==</Latest><Committed>Yg==</Committed><Uncommitted>Yw==</Uncommitted><Latest>ZA==</Latest></BlockList>'
  assert.deepEqual(parseBlockList(Buffer.from(xml)), [
    { id: 'YQ==', from: 'latest' },
    { id: 'Yg==', from: 'committed' },
    { id: 'Yw==', from: 'uncommitted' },
    { id: 'ZA==', from: 'latest' },
  ])
  for (const wrong of ['', 'no xml', '<List/>', '<BlockList><Other>YQ==</Other></BlockList>'])
    assert.throws(() => parseBlockList(Buffer.from(wrong)), { code: 'InvalidXmlDocument' })
})

test('a range is cut at the end, refused behind it, and let be when it is none', () => {
  assert.deepEqual(parseRange('bytes=1-3'), { start: 1, end: 3 })
  assert.deepEqual(parseRange('bytes=1-'), { start: 1, end: undefined })
  for (const other of [undefined, 'bytes=-5', 'bytes=3-1', 'items=1-2', 'bytes=a-b', 'bytes=1-2,4-5'])
    assert.equal(parseRange(other), undefined)
  const ranges = fc.property(fc.nat(30), fc.nat(30), fc.nat(30), (start, more, length) => {
    const range = { start, end: start + more }
    if (start >= length) return assert.throws(() => clipRange(range, length), { code: 'InvalidRange' })
    const expected = Buffer.alloc(length).subarray(start, start + more + 1).length
    assert.deepEqual(clipRange(range, length), { start, count: expected })
  })
  fc.assert(ranges)
})

test('conditions on tags mean what they say', () => {
  const tags = { color: 'red', 'a b': '7' }
  const isMet = (text: string) => matchesTags(parseTagFilter(text), tags)
  assert.ok(isMet(`color = 'red'`) && isMet(`color <> 'blue'`) && isMet(`"a b" >= '7'`))
  assert.ok(isMet(`color='blue' OR ("a b" > '6' AND color < 'ree')`))
  assert.ok(!isMet(`color = 'red' AND missing <> 'x'`) && !isMet(`"a b" < '7'`))
  for (const wrong of [
    '',
    'color',
    `color == 'red'`,
    `color = red`,
    `(color = 'red'`,
    `color = 'red' AND`,
    `@container = 'c'`,
    `color = 'a?'`,
  ])
    assert.throws(() => parseTagFilter(wrong), { name: 'TagFilterError' }, wrong)
})

test('a search takes conditions that an index can answer', () => {
  assert.equal(parseTagQuery(`a = '1' AND b > '1' AND b <= '3' AND @container = 'c'`).length, 4)
  for (const wrong of [
    `a <> '1'`,
    `a = '1' OR b = '2'`,
    `a = '1' AND a = '2'`,
    `a > '1' AND a > '2'`,
    `@container > 'c'`,
  ])
    assert.throws(() => parseTagQuery(wrong), /Error parsing query/, wrong)
  const many = Array.from({ length: 11 }, (_, index) => `k${index} = 'v'`).join(' AND ')
  assert.throws(() => parseTagQuery(many), /at most 10 unique tags/)
})

test('tags have their limits', () => {
  assert.deepEqual(parseTagsHeader('a=1&b%20c=x%2By'), { a: '1', 'b c': 'x+y' })
  const code = (...pairs: [string, string][]) => {
    try {
      return checkTags(pairs)
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  assert.equal(code(['', '1']), 'EmptyTagName')
  assert.equal(code(['a', '1'], ['a', '2']), 'DuplicateTagNames')
  assert.equal(code(['a', 'ü']), 'InvalidTag')
  assert.equal(code(['a'.repeat(129), '']), 'TagsTooLarge')
  assert.deepEqual(code(['a'.repeat(128), 'b'.repeat(256)]), { ['a'.repeat(128)]: 'b'.repeat(256) })
})

test('names are held against their rules', () => {
  for (const good of ['abc', 'a-b-c', '$root', '$web', 'a'.repeat(63)]) checkContainerName(good)
  assert.throws(() => checkContainerName('a'.repeat(64)), { code: 'OutOfRangeInput' })
  assert.throws(() => checkContainerName('a_b'), { code: 'InvalidResourceName' })
  checkBlobName('a'.repeat(1024))
  assert.throws(() => checkBlobName('a'.repeat(1025)), { code: 'OutOfRangeInput' })
  assert.throws(() => checkBlobName('/'.repeat(254)), { code: 'InvalidUri' })
})

test('a path is decoded once, and its backslashes are slashes', () => {
  assert.deepEqual(parsePath('/c/a%2520b/%C3%A9\\x'), { container: 'c', blob: 'a%20b/é/x' })
  assert.deepEqual(parsePath('/c/'), { container: 'c', blob: '' })
  assert.throws(() => parsePath('/c/%E0%A4%A'), { code: 'InvalidUri' })
})

test('a batch is taken apart into its requests', () => {
  const body = [
    '--b_1',
    'Content-Type: application/http',
    'Content-ID: 0',
    '',
    'DELETE /acct/c/a%20b?x=1 HTTP/1.1',
    'x-ms-date: now',
    'Authorization: SharedKey acct:x=',
    '',
    '--b_1--',
    '',
  ].join('\r\n')
  assert.deepEqual(parseBatch(body, 'b_1'), [
    {
      method: 'DELETE',
      target: '/acct/c/a%20b?x=1',
      rawHeaders: ['x-ms-date', 'now', 'Authorization', 'SharedKey acct:x='],
      contentId: '0',
    },
  ])
  for (const wrong of ['', '--b_1--\r\n', '--b_1\r\nno request\r\n--b_1--\r\n'])
    assert.throws(() => parseBatch(wrong, 'b_1'), { code: 'InvalidInput' }, wrong)
  assert.equal(boundaryOf('multipart/mixed; boundary= a=b'), 'a=b')
  for (const wrong of ['multipart/mixed', 'multipart/mixed; boundary='])
    assert.throws(() => boundaryOf(wrong), { code: 'InvalidHeaderValue' }, wrong)
  assert.throws(() => boundaryOf('multipart/mixed; boundary=a; boundary=b'), { code: 'InvalidInput' })
})

test('a source of this store is known by its address in both styles', () => {
  const at = (url: string, endpoint: string) =>
    blobAt(new URL(url), { endpoint, account: { name: 'a', keys: ['', ''] } })
  const pathStyle = 'http://127.0.0.1:10000/acct'
  const expected = { account: 'other', container: 'c', name: 'x/y z' }
  assert.deepEqual(at('http://localhost:10000/other/c/x/y%20z', pathStyle), expected)
  assert.deepEqual(
    at('http://other.blob.localhost:10000/c/x/y%20z', 'http://acct.blob.localhost:10000'),
    expected,
  )
  assert.equal(at('http://example.com:10000/other/c/x', pathStyle), undefined)
  assert.equal(at('http://127.0.0.1:10001/other/c/x', pathStyle), undefined)
})
