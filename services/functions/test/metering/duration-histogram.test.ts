import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addHistogram,
  countDuration,
  emptyHistogram,
  formatHistogram,
  parseHistogram,
  percentileMs,
} from '../../src/metering/duration-histogram.ts'

const durations = fc.array(fc.double({ min: 0.07, max: 10_000_000, noNaN: true }), { minLength: 1 })

function histogramOf(values: readonly number[]) {
  const histogram = emptyHistogram()
  for (const value of values) countDuration(histogram, value)
  return histogram
}

test('a percentile is at most 10 % off the true one', () => {
  fc.assert(
    fc.property(durations, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const sorted = values.toSorted((left, right) => left - right)
      const exact = sorted[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1]!
      const found = percentileMs(histogramOf(values), percent)
      assert.ok(Math.abs(found / exact - 1) < 0.1, `${found} for ${exact}`)
    }),
  )
})

test('a histogram comes back from its text, and sums are those of all values', () => {
  fc.assert(
    fc.property(durations, durations, (some, others) => {
      const sum = parseHistogram(formatHistogram(histogramOf(some)))
      addHistogram(sum, histogramOf(others))
      assert.deepEqual(sum, histogramOf([...some, ...others]))
    }),
  )
})

test('durations beyond both ends are counted at the ends', () => {
  assert.equal(formatHistogram(histogramOf([0, 0.001, 1e12])), '0:2 111:1')
})

test('nothing has no percentile', () => {
  assert.equal(percentileMs(emptyHistogram(), 50), Number.NaN)
})
