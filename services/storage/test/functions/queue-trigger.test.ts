import assert from 'node:assert/strict'
import { orders } from '../queue/queue-bench.ts'
import { heldFunction, testTrigger } from './trigger-bench.ts'

const isEmpty = async (bench: {
  catalog: { properties(address: typeof orders): Promise<{ messageCount: number }> }
}) => (await bench.catalog.properties(orders)).messageCount === 0

testTrigger('a message runs the function and is gone when it has succeeded', async (bench) => {
  await bench.listen(() => undefined)
  await bench.send(['hello'])
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(bench.started, ['hello'])
  assert.equal(bench.inputs[0]?.details?.DequeueCount, '1')
})

testTrigger(
  'messages that wait are taken at the start, and new ones without any time going by',
  async (bench) => {
    await bench.send(['before'])
    await bench.listen(() => undefined)
    await bench.until(() => bench.started.length === 1)
    await bench.send(['after'])
    await bench.until(() => isEmpty(bench))
    assert.deepEqual(bench.started, ['before', 'after'])
  },
)

testTrigger('a delayed message runs the function at its time', async (bench) => {
  await bench.listen(() => undefined)
  await bench.send(['later'], { delayMs: 30_000 })
  await bench.until(() => bench.clock.nextAt !== undefined)
  await bench.clock.advance(29_000)
  assert.deepEqual(bench.started, [])
  await bench.until(() => bench.clock.pendingCount > 1)
  await bench.clock.advance(1000)
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(bench.started, ['later'])
})

testTrigger('the queue is made when it is missing', async (bench) => {
  await bench.listen(() => undefined, { queueName: 'Missing-Queue' })
  const missing = { ...orders, queue: 'missing-queue' }
  await bench.until(async () => (await bench.catalog.policies(missing)) !== undefined)
})

testTrigger('a queue that is deleted and made anew is listened to', async (bench) => {
  await bench.listen(() => undefined)
  await bench.send(['old'])
  await bench.until(() => isEmpty(bench))
  await bench.catalog.delete(orders)
  await bench.catalog.create(orders, {})
  await bench.send(['new'])
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(bench.started, ['old', 'new'])
})

testTrigger('a failure gives the message back, at once unless host.json says otherwise', async (bench) => {
  let failures = 2
  await bench.listen(() => {
    if (failures-- > 0) throw new Error('not now')
  })
  await bench.send(['again'])
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(
    bench.inputs.map(({ details }) => details?.DequeueCount),
    ['1', '2', '3'],
  )
})

testTrigger('a failed message waits for visibilityTimeout', async (bench) => {
  let failures = 1
  const body = () => {
    if (failures-- > 0) throw new Error('not now')
  }
  await bench.listen(body, { queues: { visibilityTimeout: '00:00:20' } })
  await bench.send(['again'])
  const returnsAt = bench.clock.now() + 20_000
  await bench.until(async () => (await bench.messages.nextVisibleAt(orders)) === returnsAt)
  await bench.clock.advance(19_999)
  assert.equal(bench.started.length, 1)
  await bench.clock.advance(1)
  await bench.until(() => isEmpty(bench))
  assert.equal(bench.started.length, 2)
})

testTrigger('after maxDequeueCount failures a message is in the poison queue', async (bench) => {
  const body = () => {
    throw new Error('never')
  }
  await bench.listen(body, { queues: { maxDequeueCount: 3 } })
  await bench.send(['bad'])
  await bench.until(() => isEmpty(bench))
  assert.equal(bench.started.length, 3)
  assert.deepEqual(await bench.waiting('orders-poison'), ['bad'])
  assert.deepEqual(bench.warnings, [
    "Message has reached MaxDequeueCount of 3. Moving message to queue 'orders-poison'.",
  ])
})

testTrigger('what hosts have died of is put aside without another run', async (bench) => {
  await bench.send(['killer'])
  for (let count = 0; count < 5; count++)
    await bench.messages.receive(orders, 1, 1).then(() => bench.clock.advance(1))
  await bench.listen(() => undefined)
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(bench.started, [])
  assert.deepEqual(await bench.waiting('orders-poison'), ['killer'])
})

testTrigger('a message of a poison queue that fails stays there, hidden for a while', async (bench) => {
  const poison = { ...orders, queue: 'orders-poison' }
  await bench.messages.sendOrCreate(poison, [{ text: 'YmFk', ttlMs: undefined }])
  const body = () => {
    throw new Error('never')
  }
  await bench.listen(body, { queueName: 'orders-poison' })
  await bench.until(() => bench.started.length === 1)
  await bench.until(async () => (await bench.messages.nextVisibleAt(poison)) === bench.clock.now() + 600_000)
  assert.equal((await bench.catalog.properties(poison)).messageCount, 1)
})

testTrigger(
  'a message that is no base64 goes to the poison queue as it is, and the log says why',
  async (bench) => {
    await bench.messages.send(orders, [{ text: '{"plain":1}', ttlMs: undefined }])
    await bench.listen(() => undefined)
    await bench.until(() => isEmpty(bench))
    assert.deepEqual(bench.started, [])
    const [message] = await bench.messages.peek({ ...orders, queue: 'orders-poison' }, 1)
    assert.equal(message?.text, '{"plain":1}')
    assert.match(bench.warnings[0] ?? '', /is not encoded in base64.*messageEncoding/)
  },
)

testTrigger('with messageEncoding none the text is the message', async (bench) => {
  await bench.messages.send(orders, [{ text: '{"plain":1}', ttlMs: undefined }])
  await bench.listen(() => undefined, { queues: { messageEncoding: 'none' } })
  await bench.until(() => isEmpty(bench))
  assert.deepEqual(bench.started, ['{"plain":1}'])
})

testTrigger('at most batchSize and newBatchThreshold together run at once', async (bench) => {
  const work = heldFunction()
  await bench.send(Array.from({ length: 12 }, (_, index) => String(index)))
  await bench.listen(work.body, { queues: { batchSize: 3, newBatchThreshold: 2 } })
  // Three, which is more than the threshold: no further batch.
  await bench.until(() => work.running === 3)
  work.finishOne()
  // Two left, which is not: another batch of three.
  await bench.until(() => work.running === 5)
  let most = 0
  while (!(await isEmpty(bench))) {
    await bench.engine.database.write(() => undefined)
    most = Math.max(most, work.running)
    work.finishOne()
  }
  assert.deepEqual([most, bench.started.length], [5, 12])
})

testTrigger('a long run keeps its message from others', async (bench) => {
  const work = heldFunction()
  await bench.send(['long'])
  await bench.listen(work.body)
  await bench.until(() => work.running === 1)
  const firstUntil = bench.clock.now() + 600_000
  for (let minutes = 5; minutes <= 30; minutes += 5) {
    await bench.clock.advance(300_000)
    const hiddenUntil = bench.clock.now() + 600_000
    await bench.until(async () => (await bench.messages.nextVisibleAt(orders)) === hiddenUntil)
  }
  assert.ok(bench.clock.now() > firstUntil)
  work.finishAll()
  await bench.until(() => isEmpty(bench))
  assert.equal(bench.started.length, 1)
})

testTrigger('a listener that stops takes nothing more, and waits for what runs', async (bench) => {
  const work = heldFunction()
  await bench.send(['running'])
  const listener = await bench.listen(work.body)
  await bench.until(() => work.running === 1)
  let hasStopped = false
  const stopping = listener.stop(new AbortController().signal).then(() => {
    hasStopped = true
  })
  await bench.send(['late'])
  assert.equal(hasStopped, false)
  work.finishAll()
  await stopping
  assert.deepEqual(bench.started, ['running'])
  assert.deepEqual(await bench.waiting(), ['late'])
  assert.equal((await bench.catalog.properties(orders)).messageCount, 1)
})

testTrigger('a listener whose time is over does not wait', async (bench) => {
  const work = heldFunction()
  await bench.send(['running'])
  const listener = await bench.listen(work.body)
  await bench.until(() => work.running === 1)
  await listener.stop(AbortSignal.abort())
  work.finishAll()
  await bench.until(() => isEmpty(bench))
})

testTrigger('the trace of the sender goes on', async (bench) => {
  const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await bench.send(['traced'], { traceParent })
  await bench.listen(() => undefined)
  await bench.until(() => isEmpty(bench))
  assert.equal(bench.inputs[0]?.traceParent, traceParent)
})

testTrigger('with dynamic concurrency the host says how many messages are worked on', async (bench) => {
  const held = heldFunction()
  let most = 1
  const listeners = new Set<() => void>()
  const concurrency = {
    available: (pendingCount: number) => Math.max(0, most - pendingCount),
    onAvailable: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  await bench.send(Array.from({ length: 10 }, (_, index) => `${index}`))
  const listener = await bench.listen(held.body, { concurrency, queues: { batchSize: 32 } })
  await bench.until(() => held.running === 1)
  held.finishOne()
  await bench.until(() => bench.started.length === 2)
  assert.equal(held.running, 1)
  most = 4
  for (const tell of listeners) tell()
  await bench.until(() => held.running === 4)
  most = 0
  held.finishAll()
  await bench.until(async () => (await bench.catalog.properties(orders)).messageCount === 5)
  assert.equal(bench.started.length, 5)
  await listener.stop(AbortSignal.timeout(1000))
  assert.equal(listeners.size, 0)
})
