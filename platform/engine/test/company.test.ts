import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { GatedDatabase, turn } from './gated-database.ts'

test('who writes alone waits for nobody', async (context) => {
  const gated = await GatedDatabase.open(context, new VirtualClock())
  const before = gated.syncs
  for (let id = 0; id < 20; id++) await gated.insert(id)
  assert.equal(gated.syncs - before, 20)
})

test('a batch begins when as many have come as were there the last time', async (context) => {
  const gated = await GatedDatabase.open(context, new VirtualClock())
  await Promise.all([1, 2, 3].map((id) => gated.insert(id)))
  const before = gated.syncs
  const writing = [gated.insert(4)]
  for (let turns = 0; turns < 5; turns++) await turn()
  writing.push(gated.insert(5))
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(await gated.ids(), [1, 2, 3])
  writing.push(gated.insert(6))
  await Promise.all(writing)
  assert.equal(gated.syncs - before, 1)
})

test('a batch waits three milliseconds for others, and the next one no more for those who did not come', async (context) => {
  const clock = new VirtualClock()
  const gated = await GatedDatabase.open(context, clock)
  await Promise.all([1, 2, 3].map((id) => gated.insert(id)))
  const writing = gated.insert(4)
  await clock.advance(2)
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(await gated.ids(), [1, 2, 3])
  await clock.advance(1)
  await writing
  await gated.insert(5)
  assert.deepEqual(await gated.ids(), [1, 2, 3, 4, 5])
})

test('after a wait in vain there is none for a while', async (context) => {
  const clock = new VirtualClock()
  const gated = await GatedDatabase.open(context, clock)
  await Promise.all([1, 2, 3].map((id) => gated.insert(id)))
  const inVain = gated.insert(4)
  await clock.advance(3)
  await inVain
  await Promise.all([5, 6].map((id) => gated.insert(id)))
  await gated.insert(7)
  await clock.advance(20)
  await Promise.all([8, 9].map((id) => gated.insert(id)))
  const waiting = gated.insert(10)
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.ok(!(await gated.ids()).includes(10))
  await clock.advance(3)
  await waiting
})

test('company of long ago is not expected', async (context) => {
  const clock = new VirtualClock()
  const gated = await GatedDatabase.open(context, clock)
  await Promise.all([1, 2, 3].map((id) => gated.insert(id)))
  await clock.advance(21)
  await gated.insert(4)
})

test('what waits for company when the database closes is done first', async (context) => {
  const clock = new VirtualClock()
  const gated = await GatedDatabase.open(context, clock)
  await Promise.all([1, 2, 3].map((id) => gated.insert(id)))
  const writing = gated.insert(4)
  const closing = gated.database.close()
  await clock.advance(3)
  await writing
  await closing
})
