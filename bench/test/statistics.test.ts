import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { median, percentile } from '../harness/statistics.ts'

test('the median of an odd count is its middle value, of an even count the mean of the middle two', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([7]), 7)
})

test('there is no median and no percentile of nothing', () => {
  assert.ok(Number.isNaN(median([])))
  assert.ok(Number.isNaN(percentile([], 50)))
})

test('percentiles are nearest-rank: a value that was seen', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.equal(percentile(values, 50), 50)
  assert.equal(percentile(values, 99), 99)
  assert.equal(percentile(values, 100), 100)
  assert.equal(percentile(values, 0), 1)
})

test('at least the asked share of the values does not exceed the percentile', () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 100 }), (sample, percent) => {
      const limit = percentile(sample, percent)
      const below = sample.filter((value) => value <= limit).length
      return below / sample.length >= percent / 100 && sample.includes(limit)
    }),
  )
})
