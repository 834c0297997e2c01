import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { closest, editDistance } from '../src/suggest.ts'

test('a slip finds the word that was meant', () => {
  const words = ['start', 'init', 'new', 'doctor']
  assert.equal(closest('strat', words), 'start')
  assert.equal(closest('Docter', words), 'doctor')
  assert.equal(closest('deploy', words), undefined)
})

test('the distance counts insertions, deletions, replacements and swaps', () => {
  assert.equal(editDistance('port', 'ports'), 1)
  assert.equal(editDistance('port', 'prot'), 1)
  assert.equal(editDistance('kitten', 'sitting'), 3)
  assert.equal(editDistance('', 'abc'), 3)
})

test('the distance is symmetric, zero only for equal words, and at most the longer length', () => {
  const word = fc.string({ maxLength: 8 })
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right)
      assert.equal(distance, editDistance(right, left))
      assert.equal(distance === 0, left === right)
      assert.ok(distance <= Math.max(left.length, right.length))
    }),
  )
})
