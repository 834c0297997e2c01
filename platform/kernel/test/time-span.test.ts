import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTimeSpan, parseTimeSpan } from '@aloft/kernel'
import fc from 'fast-check'

test('TimeSpan texts are read as .NET reads them', () => {
  const minuteMs = 60_000
  const dayMs = 24 * 60 * minuteMs
  const cases: Record<string, number | undefined> = {
    '00:05:00': 5 * minuteMs,
    '01:30': 90 * minuteMs,
    '1:2:3': 3_723_000,
    ' 00:00:01.5 ': 1500,
    '00:00:00.0000001': 0.0001,
    '1.00:00:00': dayMs,
    '1:00:00:00': dayMs,
    '25:00:00:00': 25 * dayMs,
    '24:00:00': 24 * dayMs,
    '3': 3 * dayMs,
    '1.02:03': dayMs + 123 * minuteMs,
    '-00:01:00': -minuteMs,
    '10675199.00:00:00': 10_675_199 * dayMs,
    '10675200.00:00:00': undefined,
    '24:00': undefined,
    '00:60:00': undefined,
    '00:00:60': undefined,
    '24:00:00.5': undefined,
    '1.5': undefined,
    '00:00:00.12345678': undefined,
    '5s': undefined,
    '': undefined,
    '0 */5 * * * *': undefined,
  }
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseTimeSpan(text), expected, text)
})

test('TimeSpans are written as .NET writes them', () => {
  assert.equal(formatTimeSpan(0), '00:00:00')
  assert.equal(formatTimeSpan(5000), '00:00:05')
  assert.equal(formatTimeSpan(1234), '00:00:01.2340000')
  assert.equal(formatTimeSpan(0.0001), '00:00:00.0000001')
  assert.equal(formatTimeSpan(25 * 3_600_000), '1.01:00:00')
  assert.equal(formatTimeSpan(-1500), '-00:00:01.5000000')
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (ms) => {
      assert.equal(parseTimeSpan(formatTimeSpan(ms)), ms)
    }),
  )
})
