import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatMessageId,
  formatPopReceipt,
  parseMessageId,
  parsePopReceipt,
} from '../../src/queue/message-id.ts'

const number = fc.integer({ min: 0, max: 2 ** 48 - 2 })

test('an id leads back to its number, in its own generation only', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), number, (generation, other, value) => {
      const id = formatMessageId(generation, value)
      assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.equal(parseMessageId(generation, id.toUpperCase()), value)
      if (other.slice(0, 24) !== generation.slice(0, 24)) assert.equal(parseMessageId(other, id), undefined)
    }),
  )
})

test('a receipt says what was put into it, in either alphabet of base64', () => {
  fc.assert(
    fc.property(number, number, fc.option(number, { nil: undefined }), (id, version, expiresAt) => {
      const receipt = { number: id, receipt: String(version), expiresAt }
      const text = formatPopReceipt(receipt)
      assert.match(text, /^[\w-]{24}$/)
      assert.deepEqual(parsePopReceipt(text), receipt)
      assert.deepEqual(parsePopReceipt(text.replaceAll('-', '+').replaceAll('_', '/')), receipt)
    }),
  )
})

test('other texts are no receipts', () => {
  for (const text of ['', 'invalid', 'AAAA', 'A'.repeat(23), 'A'.repeat(25), 'AgAAAAMAAAAAAAAA2WSMNdl6zAE='])
    assert.equal(parsePopReceipt(text), undefined, text)
})
