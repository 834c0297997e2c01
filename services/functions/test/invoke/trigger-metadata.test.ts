import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toTriggerMetadata } from '../../src/invoke/trigger-metadata.ts'

test('text stays text, everything else is JSON, and what is not there is left out', () => {
  const metadata = toTriggerMetadata({
    id: '7',
    empty: '',
    count: 5,
    isNew: true,
    Query: { q: '1' },
    list: [1],
    nothing: null,
    missing: undefined,
  })
  assert.deepEqual(metadata, {
    id: { string: '7' },
    empty: { string: '' },
    count: { json: '5' },
    isNew: { json: 'true' },
    Query: { json: '{"q":"1"}' },
    list: { json: '[1]' },
  })
})

test('long whole numbers keep their digits', () => {
  assert.deepEqual(toTriggerMetadata({ id: 12345678901234567890n }), { id: { json: '12345678901234567890' } })
})
