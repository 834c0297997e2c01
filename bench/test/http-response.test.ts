import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readResponse } from '../harness/http-response.ts'

const withLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello'
const chunked =
  'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n'

for (const [name, text] of Object.entries({ withLength, chunked })) {
  test(`a response (${name}) is complete with its last byte and not before`, () => {
    const bytes = Buffer.from(text)
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(readResponse(bytes.subarray(0, length)), undefined, `${length} bytes`)
    }
    assert.equal(readResponse(bytes)?.end, bytes.length)
  })
}

test('the status is read, and whether the connection stays open', () => {
  assert.deepEqual(readResponse(Buffer.from(withLength)), { status: 200, end: 52, keepsAlive: true })
  const closing = 'HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
  assert.deepEqual(readResponse(Buffer.from(closing)), {
    status: 503,
    end: closing.length,
    keepsAlive: false,
  })
})

test('a status without a body ends behind its head', () => {
  const head = 'HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n'
  assert.equal(readResponse(Buffer.from(head))?.end, head.length)
})

test('what is not framed, or no HTTP/1.1 at all, is refused instead of waited for', () => {
  assert.throws(() => readResponse(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello')), /neither Content-Length/)
  assert.throws(() => readResponse(Buffer.from('SSH-2.0-x\r\n\r\n')), /not an HTTP\/1.1 response: SSH/)
})
