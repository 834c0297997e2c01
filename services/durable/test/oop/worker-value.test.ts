import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypedData } from '@aloft/wire'
import fc from 'fast-check'
import { activityFailure } from '../../src/oop/activity-failure.ts'
import { pollRequest, retryAfterMs } from '../../src/oop/http-call.ts'
import { toActivityDatum, toJsonText, toNodeDatum } from '../../src/oop/worker-value.ts'

test('an input reaches the worker as text, null as nothing', () => {
  assert.deepEqual(toActivityDatum('["\\"Tokyo\\""]'), { string: '"Tokyo"' })
  assert.deepEqual(toActivityDatum('[{"a":1}]'), { string: '{"a":1}' })
  assert.deepEqual(toActivityDatum('[5]'), { string: '5' })
  assert.deepEqual(toActivityDatum('[true]'), { string: 'true' })
  assert.deepEqual(toActivityDatum('[null]'), {})
  assert.deepEqual(toActivityDatum(null), {})
})

test('what a worker returns becomes JSON, texts are never taken apart', () => {
  assert.equal(toJsonText({ string: '{"a":1}' }), '"{\\"a\\":1}"')
  assert.equal(toJsonText({ json: '{"a":1}' }), '{"a":1}')
  assert.equal(toJsonText({ int: 5 }), '5')
  assert.equal(toJsonText({ double: 1.5 }), '1.5')
  assert.equal(toJsonText({ bytes: Buffer.from('hi') }), '"aGk="')
  assert.equal(toJsonText(undefined), null)
})

test('a failure tells the class and the message of what was thrown', () => {
  const error = new Error('out of reach')
  error.stack = 'RangeError: out of reach\n    at f (app.js:1)'
  const result = activityFailure('A', error)
  assert.ok(result.kind === 'failed')
  assert.equal(result.reason, "Activity function 'A' failed: out of reach")
  assert.deepEqual([result.failure.ErrorType, result.failure.ErrorMessage], ['RangeError', 'out of reach'])
})

test('a failure has the properties that the app gave it', () => {
  const own = { errorType: 'Mine', errorMessage: 'm', isNonRetriable: true, properties: { code: 7 } }
  const result = activityFailure('A', new Error(JSON.stringify(own)))
  assert.ok(result.kind === 'failed')
  assert.deepEqual(result.failure.Properties, { code: 7 })
  assert.equal(result.failure.IsNonRetriable, true)
})

test('credentials stay with the host that they were meant for', () => {
  const request = {
    method: 'POST',
    uri: 'https://one.example/start',
    headers: { Authorization: 'secret', 'x-functions-key': 'k', Accept: 'text/plain' },
    content: 'x',
  }
  const same = pollRequest(request, '/status')
  assert.deepEqual([same.method, same.uri, same.content], ['GET', 'https://one.example/status', undefined])
  assert.equal(same.headers?.Authorization, 'secret')
  assert.deepEqual(pollRequest(request, 'https://two.example/').headers, { Accept: 'text/plain' })
})

test('when to look again is said in seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(retryAfterMs('5', now), 5000)
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:10 GMT', now), 10_000)
  assert.equal(retryAfterMs('soon', now), undefined)
})

test('a Node library makes the same of a text that goes as JSON', () => {
  /** As the library does. */
  const seen = ({ string, json }: TypedData) => {
    if (string == null) return JSON.parse(json!) as unknown
    try {
      return JSON.parse(string) as unknown
    } catch {
      return string
    }
  }
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[\s\d.eE+-]*$/)), (string) => {
      assert.deepEqual(seen(toNodeDatum({ string })), seen({ string }))
    }),
  )
  assert.deepEqual(toNodeDatum({ string: 'Tokyo' }), { json: '"Tokyo"' })
  assert.deepEqual(toNodeDatum({ string: '6f1c' }), { json: '"6f1c"' })
  assert.deepEqual(toNodeDatum({ string: '61' }), { string: '61' })
  assert.deepEqual(toNodeDatum({}), {})
})
