import assert from 'node:assert/strict'
import { failsWith, held, orders, testQueue } from './queue-bench.ts'

testQueue('a queue made twice exists, and is refused with other metadata', async ({ catalog }) => {
  const queue = { account: 'a', queue: 'tagged' }
  assert.equal(await catalog.create(queue, { Color: 'red', size: '1' }), 'created')
  assert.equal(await catalog.create(queue, { size: '1', color: 'red' }), 'exists')
  await assert.rejects(catalog.create(queue, {}), failsWith('QueueAlreadyExists'))
  assert.deepEqual((await catalog.properties(queue)).metadata, { Color: 'red', size: '1' })
})

testQueue('accounts do not see the queues of each other', async ({ catalog }) => {
  await assert.rejects(catalog.properties({ ...orders, account: 'other' }), failsWith('QueueNotFound'))
  assert.deepEqual((await catalog.list('other', { prefix: '', from: '', limit: 10 })).queues, [])
})

testQueue('queues are listed by name, prefix and page', async ({ catalog }) => {
  for (const queue of ['b-2', 'b-1', 'b', 'c']) await catalog.create({ account: 'a', queue }, {})
  const list = async (prefix: string, from: string, limit: number) => {
    const { queues, next } = await catalog.list('a', { prefix, from, limit })
    return [queues.map(({ name }) => name), next]
  }
  assert.deepEqual(await list('', '', 10), [['b', 'b-1', 'b-2', 'c'], undefined])
  assert.deepEqual(await list('b', '', 2), [['b', 'b-1'], 'b-2'])
  assert.deepEqual(await list('b', 'b-2', 2), [['b-2'], undefined])
  assert.deepEqual(await list('d', '', 2), [[], undefined])
})

testQueue('a queue made anew has nothing of the old one', async ({ catalog, messages }) => {
  const [old] = await messages.send(orders, [{ text: 'old', ttlMs: undefined }])
  await catalog.delete(orders)
  await assert.rejects(messages.receive(orders, 1, 1000), failsWith('QueueNotFound'))
  await catalog.create(orders, { anew: 'yes' })
  assert.equal((await catalog.properties(orders)).messageCount, 0)
  await messages.send(orders, [{ text: 'new', ttlMs: undefined }])
  assert.ok(old)
  await assert.rejects(messages.delete(orders, held(old)), failsWith('MessageNotFound'))
})

testQueue('what is done to a queue that is not there says so', async ({ catalog, messages }) => {
  const missing = { account: 'a', queue: 'missing' }
  const refused = failsWith('QueueNotFound')
  await assert.rejects(catalog.delete(missing), refused)
  await assert.rejects(catalog.setMetadata(missing, {}), refused)
  await assert.rejects(catalog.setPolicies(missing, []), refused)
  await assert.rejects(catalog.requirePolicies(missing), refused)
  await assert.rejects(messages.send(missing, [{ text: '', ttlMs: undefined }]), refused)
  await assert.rejects(messages.peek(missing, 1), refused)
  await assert.rejects(messages.clear(missing), refused)
  assert.equal(await catalog.policies(missing), undefined)
})

testQueue('metadata and policies are replaced as a whole', async ({ catalog }) => {
  await catalog.setMetadata(orders, { one: '1' })
  await catalog.setMetadata(orders, { two: '2' })
  assert.deepEqual((await catalog.properties(orders)).metadata, { two: '2' })
  const policy = { id: 'p', start: undefined, expiry: '2030-01-01', permissions: 'r' }
  await catalog.setPolicies(orders, [policy])
  assert.deepEqual(await catalog.policies(orders), [{ id: 'p', expiry: '2030-01-01', permissions: 'r' }])
})

testQueue('the count has hidden and delayed messages in it', async ({ catalog, messages }) => {
  await messages.send(orders, [
    { text: 'a', ttlMs: undefined },
    { text: 'b', ttlMs: undefined },
    { text: 'c', ttlMs: undefined, delayMs: 60_000 },
  ])
  await messages.receive(orders, 1, 30_000)
  assert.equal((await catalog.properties(orders)).messageCount, 3)
})

testQueue('the queues of one account are deleted without those of others', async ({ catalog, messages }) => {
  const others = { account: 'other', queue: 'orders' }
  await catalog.create(others, {})
  await messages.send(orders, [{ text: 'a', ttlMs: undefined }])
  await catalog.deleteAll(orders.account)
  await assert.rejects(catalog.properties(orders), failsWith('QueueNotFound'))
  assert.equal((await catalog.properties(others)).messageCount, 0)
})
