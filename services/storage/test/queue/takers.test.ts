import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Taker } from '../../src/queue/takers.ts'
import { held, orders, testQueue } from './queue-bench.ts'

const minute = 60_000
const message = (text: string) => ({ text, ttlMs: undefined })
const textsOf = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text)

testQueue('who waits gets the message when it is put, and holds it', async ({ messages, clock }) => {
  const taker = messages.take(orders, 5, minute)
  await messages.send(orders, [message('a')])
  const [taken] = await taker.messages
  assert.deepEqual([taken?.text, taken?.dequeueCount], ['a', 1])
  assert.deepEqual(await messages.receive(orders, 1, minute), [])
  await clock.advance(minute)
  assert.deepEqual(textsOf(await messages.receive(orders, 1, minute)), ['a'])
})

testQueue('who waits gets at most as many as he asked for', async ({ messages }) => {
  const taker = messages.take(orders, 2, minute)
  await messages.send(orders, ['a', 'b', 'c'].map(message))
  const taken = await taker.messages
  assert.deepEqual(textsOf(taken), ['a', 'b'])
  assert.deepEqual(textsOf(await messages.receive(orders, 5, minute)), ['c'])
  await messages.delete(orders, held(taken[0]!))
})

testQueue(
  'messages that are put at once go to one after the other of those who wait',
  async ({ messages }) => {
    const takers = [1, 2].map(() => messages.take(orders, 1, minute))
    await Promise.all(['a', 'b', 'c'].map((text) => messages.send(orders, [message(text)])))
    const taken = await Promise.all(takers.map((taker) => taker.messages))
    assert.deepEqual(taken.map(textsOf), [['a'], ['b']])
    assert.deepEqual(textsOf(await messages.receive(orders, 5, minute)), ['c'])
  },
)

testQueue('who has left gets nothing, and no message that has to wait is given', async ({ messages }) => {
  const gone = messages.take(orders, 1, minute)
  gone.leave()
  const taker = messages.take(orders, 1, minute)
  await messages.send(orders, [{ ...message('later'), delayMs: minute }])
  assert.deepEqual(await gone.messages, [])
  taker.leave()
  assert.deepEqual(await taker.messages, [])
  assert.deepEqual(await messages.receive(orders, 1, minute), [])
})

testQueue('a message that is moved goes to who waits for it', async ({ messages }) => {
  const target = { ...orders, queue: 'aside' }
  await messages.send(orders, [message('a')])
  const [received] = await messages.receive(orders, 1, minute)
  const taker = messages.take(target, 1, minute)
  await messages.move(orders, held(received!), target, message('b'))
  assert.deepEqual(textsOf(await taker.messages), ['b'])
})

test('who leaves while a transaction claims for him waits for its outcome', async () => {
  const outcomes: string[] = []
  const given = new Taker(1, minute, () => outcomes.push('end'))
  given.engage()
  given.leave()
  assert.equal(outcomes.length, 0)
  given.give([])
  assert.deepEqual(outcomes, ['end'])

  const undone = new Taker(1, minute, () => outcomes.push('end too'))
  undone.engage()
  undone.leave()
  undone.disengage()
  assert.deepEqual(await undone.messages, [])
  assert.deepEqual(outcomes, ['end', 'end too'])
})

test('who was engaged in vain waits on', () => {
  const taker = new Taker(1, minute, () => assert.fail())
  taker.engage()
  assert.equal(taker.isFree, false)
  taker.disengage()
  assert.equal(taker.isFree, true)
})
