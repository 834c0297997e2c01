import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type LentBegin,
  type LentServedMessage,
  lentBeginJson,
  lentEndJson,
  lentServedJson,
} from '@aloft/wire'
import fc from 'fast-check'
import { readDirectRequest } from '../src/http/direct-request.ts'

/** Whatever the client says that can be read directly. */
const url = fc
  .string({ unit: 'binary-ascii' })
  .map((text) => `/${text}`)
  .filter(
    (text) => typeof readDirectRequest(Buffer.from(`GET ${text} HTTP/1.1\r\nHost: a\r\n\r\n`)) === 'object',
  )
const hex = fc.stringMatching(/^[0-9a-f]{16}$/)
const begin: fc.Arbitrary<LentBegin> = fc.tuple(
  fc.nat(),
  fc.nat(),
  hex,
  fc.constantFrom('', 'a1'),
  fc.nat(),
  url,
)
const error = fc.option(fc.record({ message: fc.string(), stackTrace: fc.string() }), { nil: undefined })

test('what is told of lent connections reads back as it was', () => {
  fc.assert(
    fc.property(fc.array(begin), fc.array(fc.tuple(begin, fc.nat(), fc.string(), error)), (begun, ended) => {
      const json = lentServedJson(
        begun.map(lentBeginJson).join(''),
        ended.map((end) => lentEndJson(...end)).join(''),
      )
      const expected: LentServedMessage = {
        begun,
        ended: ended.map(([start, duration, code, failure]) =>
          failure ? [...start, duration, code, failure] : [...start, duration, code],
        ),
      }
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(expected)))
    }),
  )
})
