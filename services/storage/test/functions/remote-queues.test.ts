/** Queues of an account elsewhere: Azurite plays it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type FunctionDefinition, Logger, systemClock } from '@aloft/kernel'
import { QueueServiceClient } from '@azure/storage-queue'
import type { RemoteConnection } from '../../src/functions/connections.ts'
import { resolveStorageConnection } from '../../src/functions/connections.ts'
import { queueConnections } from '../../src/functions/queue/queue-connections.ts'
import { queueTrigger } from '../../src/functions/queue/queue-trigger.ts'
import { pollingPause, remoteQueues } from '../../src/functions/queue/remote-queues.ts'
import { appContext, queueBinding } from './app-context.ts'
import { startAzurite } from './azurite.ts'

const azurite = await startAzurite('queue')
after(() => azurite.close())
const settings = { There: azurite.connectionString }
const connection = resolveStorageConnection(appContext({ settings }), 'There', 'queue', undefined)
const access = remoteQueues(connection as RemoteConnection, systemClock)
const client = QueueServiceClient.fromConnectionString(azurite.connectionString)
const never = new AbortController().signal

async function texts(queue: string): Promise<string[]> {
  const { peekedMessageItems } = await client.getQueueClient(queue).peekMessages({ numberOfMessages: 32 })
  return peekedMessageItems.map(({ messageText }) => messageText)
}

test('messages are sent in order to a queue that is made for them', async () => {
  await access.send('sent', ['one', 'two'], undefined)
  assert.deepEqual(await texts('sent'), ['one', 'two'])
  await access.ensure('sent')
  await access.ensure('ensured')
  assert.equal(await client.getQueueClient('ensured').exists(), true)
})

test('a message is received, renewed and completed', async () => {
  await access.send('work', ['x'], undefined)
  const source = access.open('work', 60_000)
  const [message, ...others] = await source.receive(32, 30_000)
  assert.ok(message)
  assert.equal(others.length, 0)
  const { insertedAt, expiresAt, visibleAt } = message
  assert.deepEqual([message.text, message.dequeueCount, message.traceParent], ['x', 1, ''])
  assert.equal(Number(expiresAt) - insertedAt, 604_800_000)
  assert.ok(visibleAt > insertedAt)
  const renewed = await source.renew(message, 60_000)
  assert.ok(renewed)
  assert.notEqual(renewed.popReceipt, message.popReceipt)
  assert.equal(await source.complete(message), false)
  assert.equal(await source.renew(message, 60_000), undefined)
  assert.equal(await source.complete(renewed), true)
  assert.equal(await source.complete(renewed), false)
})

test('a message that is given back comes again', async () => {
  await access.send('again', ['x'], undefined)
  const source = access.open('again', 60_000)
  const [first] = await source.receive(1, 30_000)
  assert.ok(first)
  assert.equal(await source.release(first, 0), true)
  assert.equal((await source.receive(1, 30_000))[0]?.dequeueCount, 2)
  assert.equal(await source.release(first, 0), false)
})

test('a message is moved to a queue that is made for it', async () => {
  await access.send('bad', ['poison'], undefined)
  const source = access.open('bad', 60_000)
  const [message] = await source.receive(1, 30_000)
  assert.ok(message)
  assert.equal(await source.move(message, 'bad-poison'), true)
  assert.deepEqual([await texts('bad'), await texts('bad-poison')], [[], ['poison']])
})

test('a queue that is not there has no messages', async () => {
  assert.deepEqual(await access.open('missing', 60_000).receive(1, 1000), [])
})

test('waiting ends when it is to end', async () => {
  const source = access.open('waiting', 60_000)
  await source.idle(1, 1000, AbortSignal.abort())
  await source.idle(1, 1000, never)
})

test('an account that refuses is an error', async () => {
  const text = azurite.connectionString.replace(/AccountKey=[^;]+/, 'AccountKey=b3RoZXI=')
  const other = remoteQueues({ kind: 'connection-string', text }, systemClock)
  await assert.rejects(other.open('work', 60_000).receive(1, 1000), { statusCode: 403 })
})

test('pauses grow from 100 ms to the longest, give or take a fifth', () => {
  const pauses = (random: number) =>
    [0, 1, 2, 3, 20, 2000].map((count) => pollingPause(count, 60_000, random))
  assert.deepEqual(pauses(0.5), [100, 200, 300, 500, 60_000, 60_000])
  assert.deepEqual(pauses(0).slice(0, 3), [100, 180, 260])
  assert.deepEqual(pauses(1).slice(0, 3), [100, 220, 340])
})

test('a trigger takes its messages from an account elsewhere, and puts aside what fails', async () => {
  const app = appContext({
    settings,
    extensions: { queues: { maxDequeueCount: 1, maxPollingInterval: '00:00:00.1' } },
    clock: systemClock,
  })
  const binding = queueBinding({ queueName: 'elsewhere', connection: 'There' })
  const trigger = queueTrigger(queueConnections(undefined, systemClock), systemClock)
  const got: unknown[] = []
  const done = Promise.withResolvers<void>()
  const listener = trigger.listen({
    app,
    binding,
    log: new Logger(systemClock, []),
    function: { name: 'work' } as FunctionDefinition,
    invoke: async ({ data }) => {
      got.push(data.string)
      if (got.length === 2) done.resolve()
      const status = data.string === 'bad' ? 'failed' : 'succeeded'
      return { invocationId: '', status, returnValue: undefined, error: undefined, durationMs: 0 }
    },
  })
  await listener.start()
  await access.send(
    'elsewhere',
    [Buffer.from('good').toString('base64'), Buffer.from('bad').toString('base64')],
    undefined,
  )
  await done.promise
  await listener.stop(never)
  assert.deepEqual(got, ['good', 'bad'])
  assert.deepEqual(await texts('elsewhere-poison'), [Buffer.from('bad').toString('base64')])
  assert.equal((await client.getQueueClient('elsewhere').getProperties()).approximateMessagesCount, 0)
})
