import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { billedDurationMs, billedMemoryMb, toGbSeconds } from '../../src/metering/billing.ts'

test('an execution of 180 MB and 37 ms is billed as 256 MB and 100 ms', () => {
  const units = billedMemoryMb(180) * billedDurationMs(37)
  assert.equal(units, 25_600)
  assert.equal(toGbSeconds(units), 0.025)
})

test('memory is rounded up to steps of 128 MB, from 128 to 1536', () => {
  const billed = [0, 1, 128, 128.01, 1500, 1536, 9000].map(billedMemoryMb)
  assert.deepEqual(billed, [128, 128, 128, 256, 1536, 1536, 1536])
})

test('time is rounded up to whole milliseconds, at least 100', () => {
  assert.deepEqual([0, 99.9, 100, 100.2, 60_000].map(billedDurationMs), [100, 100, 100, 101, 60_000])
})

test('nothing is ever billed below what was used, up to the size of an instance', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1536, noNaN: true }), (memoryMb) => {
      const billed = billedMemoryMb(memoryMb)
      assert.ok(billed >= memoryMb && billed < memoryMb + 129 && billed % 128 === 0)
    }),
  )
})
