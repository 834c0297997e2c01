import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invocationIdOf, newRunIds, spanIdOf, traceIdOf } from '@aloft/wire/trace'

test('the ids of an invocation are a version 4 UUID, a trace and a span, never the same', () => {
  const all = Array.from({ length: 1000 }, () => newRunIds(undefined))
  for (const ids of all) {
    assert.match(invocationIdOf(ids), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(traceIdOf(ids), /^[0-9a-f]{32}$/)
    assert.match(spanIdOf(ids), /^[0-9a-f]{16}$/)
  }
  for (const part of [invocationIdOf, traceIdOf, spanIdOf])
    assert.equal(new Set(all.map(part)).size, all.length)
})

test('an invocation that belongs to a trace has its id, and a span of its own', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const [one, two] = [newRunIds(traceId), newRunIds(traceId)]
  assert.equal(traceIdOf(one), traceId)
  assert.equal(traceIdOf(two), traceId)
  assert.notEqual(spanIdOf(one), spanIdOf(two))
  assert.notEqual(invocationIdOf(one), invocationIdOf(two))
})
