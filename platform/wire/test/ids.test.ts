import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, randomHex, randomInteger } from '@aloft/kernel'

test('ids are version 4 UUIDs, never the same', () => {
  const ids = Array.from({ length: 1000 }, newId)
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, ids.length)
})

test('random bytes are as many as asked for, never the same, also across pages', () => {
  const texts = Array.from({ length: 2000 }, () => randomHex(16))
  for (const text of texts) assert.match(text, /^[0-9a-f]{32}$/)
  assert.equal(new Set(texts).size, texts.length)
  assert.equal(randomHex(4096).length, 8192)
  assert.equal(randomHex(1).length, 2)
})

test('random integers cover the range below the bound and nothing else', () => {
  const seen = new Set(Array.from({ length: 1000 }, () => randomInteger(4)))
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3])
})
