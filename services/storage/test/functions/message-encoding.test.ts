import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeMessage, decodeText, encodeMessage } from '../../src/functions/queue/message-encoding.ts'

test('bytes come back as they were sent in base64', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeMessage({ kind: 'bytes', bytes }, 'base64')
      assert.deepEqual(decodeMessage(text, 'base64'), Buffer.from(bytes))
    }),
  )
})

test('text comes back as it was sent, in either encoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('base64', 'none'), (text, encoding) => {
      const sent = encodeMessage({ kind: 'text', text }, encoding)
      assert.equal(decodeText(decodeMessage(sent, encoding)!), text)
    }),
  )
})

test('base64 may be folded, and bits that do not count may be set', () => {
  assert.equal(decodeMessage('aGVs\r\nbG8=', 'base64')?.toString(), 'hello')
  assert.equal(decodeMessage('aGVsbG9=', 'base64')?.toString(), 'hello')
  assert.equal(decodeMessage('', 'base64')?.length, 0)
})

test('what is no base64 is not decoded', () => {
  for (const text of ['hello', '{"a":1}', 'aGVsbG8', 'aGVsbG8_', '=', 'ab=='.repeat(2)])
    assert.equal(decodeMessage(text, 'base64'), undefined, text)
})

test('bytes that are no UTF-8 are no text', () => {
  assert.equal(decodeText(Buffer.from([0xff, 0xfe])), undefined)
  assert.equal(decodeText(Buffer.from('\ufeffä')), '\ufeffä')
})
