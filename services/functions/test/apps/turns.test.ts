import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../../src/apps/index.ts'

/** Work that ends when the test says so. */
function pieces(turns: Turns, count: number) {
  const begun: number[] = []
  const ends = Array.from({ length: count }, () => Promise.withResolvers<number>())
  const taken = ends.map((end, index) =>
    turns.take(() => {
      begun.push(index)
      return end.promise
    }),
  )
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { begun, ends, taken, settle }
}

test('no more run at a time than are allowed, in order of arrival', async () => {
  const { begun, ends, settle } = pieces(new Turns(2), 4)
  await settle()
  assert.deepEqual(begun, [0, 1])
  ends[1]!.resolve(1)
  await settle()
  assert.deepEqual(begun, [0, 1, 2])
})

test('the result is that of the work, a failure too, and lets the next one begin', async () => {
  const { begun, ends, taken, settle } = pieces(new Turns(1), 2)
  ends[0]!.reject(new Error('no'))
  await assert.rejects(taken[0]!.done, /no/)
  ends[1]!.resolve(7)
  assert.equal(await taken[1]!.done, 7)
  await settle()
  assert.deepEqual(begun, [0, 1])
})

test('who is in a hurry waits for nobody, and holds up nobody afterwards', async () => {
  const { begun, ends, taken, settle } = pieces(new Turns(1), 3)
  taken[2]!.hurry()
  taken[2]!.hurry()
  await settle()
  assert.deepEqual(begun, [0, 2])
  ends[2]!.resolve(2)
  ends[0]!.resolve(0)
  await settle()
  assert.deepEqual(begun, [0, 2, 1])
})
