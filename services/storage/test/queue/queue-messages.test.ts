import assert from 'node:assert/strict'
import type { NewMessage } from '../../src/queue/queue-messages.ts'
import { failsWith, held, orders, testQueue } from './queue-bench.ts'

const day = 86_400_000

function message(text: string, more: Partial<NewMessage> = {}): NewMessage {
  return { text, ttlMs: 7 * day, ...more }
}

testQueue('a message is received with all that is known of it', async ({ messages, clock }) => {
  const [sent] = await messages.send(orders, [message('héllo', { traceParent: '00-1' })])
  await clock.advance(1000)
  const [received] = await messages.receive(orders, 32, 5000)
  assert.ok(sent && received)
  assert.match(sent.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.notEqual(received.popReceipt, sent.popReceipt)
  assert.deepEqual(received, {
    id: sent.id,
    text: 'héllo',
    popReceipt: received.popReceipt,
    insertedAt: sent.insertedAt,
    expiresAt: sent.insertedAt + 7 * day,
    visibleAt: clock.now() + 5000,
    dequeueCount: 1,
    traceParent: '00-1',
  })
})

testQueue('the sender may delete or change a message that nobody has received', async ({ messages }) => {
  const [a, b] = await messages.send(orders, [message('a'), message('b')])
  assert.ok(a && b)
  await messages.delete(orders, held(a))
  const { popReceipt } = await messages.update(orders, held(b), 0, 'b2')
  await assert.rejects(messages.delete(orders, held(b)), failsWith('PopReceiptMismatch'))
  assert.deepEqual(
    (await messages.peek(orders, 32)).map(({ text, dequeueCount }) => [text, dequeueCount]),
    [['b2', 0]],
  )
  await messages.delete(orders, held({ id: b.id, popReceipt }))
  assert.deepEqual(await messages.peek(orders, 32), [])
})

testQueue('receipts are different ones for every message and every receive', async ({ messages, clock }) => {
  await messages.send(orders, [message('a'), message('b')])
  const receipts = new Set<string>()
  for (let round = 0; round < 3; round++) {
    for (const { popReceipt } of await messages.receive(orders, 2, 1000)) receipts.add(popReceipt)
    await clock.advance(1000)
  }
  assert.equal(receipts.size, 6)
})

testQueue('an old receipt is good until somebody else receives the message', async ({ messages, clock }) => {
  await messages.send(orders, [message('a'), message('b')])
  const [a, b] = await messages.receive(orders, 2, 1000)
  assert.ok(a && b)
  await clock.advance(60_000)
  await messages.delete(orders, held(a))
  await messages.receive(orders, 1, 1000)
  await assert.rejects(messages.delete(orders, held(b)), failsWith('PopReceiptMismatch'))
})

testQueue('an update hides a message anew, keeps its text and gives another receipt', async (bench) => {
  const { messages, clock } = bench
  await messages.send(orders, [message('a')])
  const [first] = await messages.receive(orders, 1, 1000)
  assert.ok(first)
  const { popReceipt, visibleAt } = await messages.update(orders, held(first), 10_000, undefined)
  assert.equal(visibleAt, clock.now() + 10_000)
  await assert.rejects(messages.update(orders, held(first), 0, undefined), failsWith('PopReceiptMismatch'))
  await clock.advance(9999)
  assert.deepEqual(await messages.receive(orders, 1, 1000), [])
  await clock.advance(1)
  assert.equal((await messages.receive(orders, 1, 1000))[0]?.text, 'a')
  await assert.rejects(
    messages.delete(orders, held({ id: first.id, popReceipt })),
    failsWith('PopReceiptMismatch'),
  )
})

testQueue('an expired message is nowhere to be found', async ({ messages, clock }) => {
  const [sent] = await messages.send(orders, [message('short', { ttlMs: 2000 })])
  const [received] = await messages.receive(orders, 1, 1000)
  assert.ok(sent && received)
  await clock.advance(2000)
  assert.deepEqual(await messages.peek(orders, 1), [])
  assert.deepEqual(await messages.receive(orders, 1, 1000), [])
  await assert.rejects(messages.update(orders, held(received), 1, ''), failsWith('MessageNotFound'))
  await assert.rejects(messages.delete(orders, held(received)), failsWith('MessageNotFound'))
})

testQueue('a message without a time to live does not expire', async ({ messages, clock }) => {
  await messages.send(orders, [message('for ever', { ttlMs: undefined })])
  await clock.advance(100 * day)
  const [received] = await messages.receive(orders, 1, 1000)
  assert.equal(received?.expiresAt, undefined)
  assert.ok(received)
  await messages.delete(orders, held(received))
})

testQueue('what is deleted twice, or goes by the name of another, is refused', async ({ messages }) => {
  const [a, b] = await messages.send(orders, [message('a'), message('b')])
  assert.ok(a && b)
  const mixed = held({ id: b.id, popReceipt: a.popReceipt })
  await assert.rejects(messages.delete(orders, mixed), failsWith('PopReceiptMismatch'))
  await messages.delete(orders, held(a))
  await assert.rejects(messages.delete(orders, held(a)), failsWith('MessageNotFound'))
  const foreign = held({ id: 'no-guid', popReceipt: b.popReceipt })
  await assert.rejects(messages.delete(orders, foreign), failsWith('MessageNotFound'))
})

testQueue('messages come in order of becoming visible, then of arrival', async ({ messages, clock }) => {
  await messages.send(orders, [message('late', { delayMs: 2000 }), message('a'), message('b')])
  const [a] = await messages.receive(orders, 1, 1000)
  assert.equal(a?.text, 'a')
  await clock.advance(2000)
  const texts = (await messages.receive(orders, 32, 1000)).map(({ text }) => text)
  assert.deepEqual(texts, ['b', 'a', 'late'])
})

testQueue('clear takes hidden messages too', async ({ messages, catalog }) => {
  await messages.send(orders, [message('a'), message('b')])
  await messages.receive(orders, 1, 1000)
  await messages.clear(orders)
  assert.equal((await catalog.properties(orders)).messageCount, 0)
})

testQueue('a moved message is in the other queue, which is made, and only there', async ({ messages }) => {
  await messages.send(orders, [message('bad')])
  const [bad] = await messages.receive(orders, 1, 1000)
  assert.ok(bad)
  const poison = { ...orders, queue: 'orders-poison' }
  await messages.move(orders, held(bad), poison, message('bad'))
  assert.deepEqual(
    (await messages.peek(poison, 32)).map(({ text, dequeueCount }) => [text, dequeueCount]),
    [['bad', 0]],
  )
  await assert.rejects(messages.delete(orders, held(bad)), failsWith('MessageNotFound'))
  await assert.rejects(messages.move(orders, held(bad), poison, message('bad')), failsWith('MessageNotFound'))
  assert.equal((await messages.peek(poison, 32)).length, 1)
})

testQueue('listeners are told of messages that come or come back', async ({ messages, engine }) => {
  let calls = 0
  const stop = messages.listen(orders, () => calls++)
  const settle = () => engine.database.write(() => undefined)
  await messages.send(orders, [message('a')])
  await settle()
  assert.equal(calls, 1)
  const [received] = await messages.receive(orders, 1, 60_000)
  await settle()
  assert.equal(calls, 1)
  assert.ok(received)
  await messages.update(orders, held(received), 0, undefined)
  await settle()
  assert.equal(calls, 2)
  await messages.sendOrCreate({ ...orders, queue: 'others' }, [message('b')])
  stop()
  await messages.send(orders, [message('c')])
  await settle()
  assert.equal(calls, 2)
})

testQueue('it is known when the next message can be received', async ({ messages, clock }) => {
  assert.equal(await messages.nextVisibleAt(orders), undefined)
  assert.equal(await messages.nextVisibleAt({ account: 'a', queue: 'missing' }), undefined)
  await messages.send(orders, [message('a', { delayMs: 5000 })])
  assert.equal(await messages.nextVisibleAt(orders), clock.now() + 5000)
})

testQueue(
  'what has expired is removed from the disk within the hour',
  async ({ messages, engine, clock }) => {
    await messages.send(orders, [message('a', { ttlMs: 1000 })])
    const rows = () => engine.database.read((snapshot) => snapshot.all('SELECT id FROM queue_message'))
    assert.equal((await rows()).length, 1)
    await clock.advance(3_600_000)
    await engine.database.write(() => undefined)
    assert.equal((await rows()).length, 0)
  },
)
