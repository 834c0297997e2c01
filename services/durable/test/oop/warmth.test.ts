import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Warmth } from '../../src/oop/warmth.ts'

test('after many cold answers workers are not asked for a while', () => {
  const warmth = new Warmth()
  for (let count = 0; count < 500; count++) warmth.learn(count % 2 === 0 ? 'cold' : 'warm')
  assert.ok(warmth.isWorthwhile(), 'half of them warm is well enough')
  for (let count = 0; count < 100; count++) warmth.learn('cold')
  let pause = 0
  while (!warmth.isWorthwhile()) pause++
  assert.equal(pause, 10_000)
})
