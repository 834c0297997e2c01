import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryHistory } from '../../src/metering/memory-history.ts'

function historyOf(...samples: readonly (readonly [time: number, shareMb: number])[]): MemoryHistory {
  const history = new MemoryHistory()
  for (const [time, shareMb] of samples) history.add(time, shareMb)
  return history
}

test('an average weighs each sample with the time it speaks for', () => {
  const history = historyOf([0, 100], [10, 200], [20, 400])
  assert.equal(history.averageMb(0, 20), 300)
  assert.equal(history.averageMb(5, 15), 300)
  assert.equal(history.averageMb(10, 20), 400)
})

test('after the last sample memory is taken to stay as it was', () => {
  assert.equal(historyOf([0, 100], [10, 200]).averageMb(0, 30), 200)
})

test('what began before the first sample counts from that on', () => {
  assert.equal(historyOf([100, 50], [200, 150]).averageMb(0, 200), 150)
  assert.equal(historyOf([100, 50]).averageMb(0, 100), 50)
})

test('without samples there is no memory', () => {
  assert.equal(new MemoryHistory().averageMb(0, 10), 0)
})

test('very old samples are dropped, and averages of what is left stay right', () => {
  const history = new MemoryHistory()
  for (let time = 0; time <= 1000; time++) history.add(time, time < 900 ? 100 : 300)
  assert.equal(history.averageMb(900, 1000), 300)
  assert.equal(history.averageMb(800, 1000), (99 * 100 + 101 * 300) / 200)
})

test('a clock that was set back begins a new history', () => {
  const history = historyOf([1000, 100], [2000, 100], [10, 500], [20, 500])
  assert.equal(history.averageMb(0, 20), 500)
})
