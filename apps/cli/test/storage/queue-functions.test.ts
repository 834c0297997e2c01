/** Queue triggers and outputs in real apps, on the platform as `aloft start` opens it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageApp, until } from './storage-app.ts'

const v4 = `
const { app, output } = require('@azure/functions')
const results = output.storageQueue({ queueName: '%Results%', connection: '' })

app.storageQueue('echo', {
  queueName: 'echo', connection: 'AzureWebJobsStorage', extraOutputs: [results],
  handler: (item, context) => {
    const { queueTrigger, id, popReceipt, dequeueCount, insertionTime, expirationTime, nextVisibleTime, ...members } = context.triggerMetadata
    const times = [insertionTime, expirationTime, nextVisibleTime]
    context.extraOutputs.set(results, { item, kind: typeof item, queueTrigger, id, popReceipt, dequeueCount, times, members })
  },
})
app.storageQueue('bytes', {
  queueName: 'bytes', dataType: 'binary', extraOutputs: [results],
  handler: (item, context) => context.extraOutputs.set(results, { isBuffer: Buffer.isBuffer(item), bytes: [...item] }),
})
app.storageQueue('failing', {
  queueName: 'failing',
  handler: () => { throw new Error('never') },
})
app.storageQueue('named', {
  queueName: 'named', return: output.storageQueue({ queueName: 'to-{customer.id}-{dequeueCount}' }),
  handler: (item) => item.text,
})
app.http('send', {
  methods: ['POST'], authLevel: 'anonymous', extraOutputs: [results],
  handler: async (request, context) => {
    const { kind } = await request.json()
    const values = {
      text: 'text', object: { a: 1, b: [null] }, number: 7, bytes: Buffer.from([1, 2, 255]),
      list: ['one', { two: 2 }, 3], json: '["x","y"]', none: undefined, large: 'x'.repeat(70_000),
    }
    context.extraOutputs.set(results, values[kind])
    return { jsonBody: 'sent' }
  },
})`

test('queue functions of the v4 model', async (t) => {
  const app = await StorageApp.start(t, {
    files: { 'src/app.js': v4 },
    settings: { Results: 'results' },
    host: { extensions: { queues: { maxDequeueCount: 2 } } },
  })
  const result = async () => JSON.parse(await app.take('results'))

  await t.test('a message comes as text, JSON or a number, with what is known of it', async () => {
    await app.send('echo', '{"customer":"ann","rank":1}')
    const got = await result()
    assert.deepEqual([got.item, got.kind], [{ customer: 'ann', rank: 1 }, 'object'])
    assert.deepEqual([got.queueTrigger, got.dequeueCount], [{ customer: 'ann', rank: 1 }, 1])
    assert.deepEqual(got.members, { customer: 'ann', rank: 1 })
    assert.match(got.id, /^[0-9a-f-]{36}$/)
    assert.equal(got.popReceipt.length, 24)
    const [inserted, expires, nextVisible] = got.times.map((time: string) => Date.parse(time))
    assert.equal(expires - inserted, 604_800_000)
    assert.ok(Math.abs(nextVisible - inserted - 600_000) <= 1000)
    assert.match(got.times[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
    for (const [text, item, kind] of [
      ['plain', 'plain', 'string'],
      ['123', 123, 'number'],
    ] as const) {
      await app.send('echo', text)
      const { item: gotItem, kind: gotKind } = await result()
      assert.deepEqual([gotItem, gotKind], [item, kind])
    }
  })

  await t.test('bytes come as a buffer when the function asks for them', async () => {
    const client = app.queues.getQueueClient('bytes')
    await client.sendMessage(Buffer.from([0, 255, 10]).toString('base64'))
    assert.deepEqual(await result(), { isBuffer: true, bytes: [0, 255, 10] })
  })

  await t.test('what a function sets becomes messages', async () => {
    for (const [kind, ...texts] of [
      ['text', 'text'],
      ['object', '{"a":1,"b":[null]}'],
      ['number', '7'],
      ['list', 'one', '{"two":2}', '3'],
      ['json', 'x', 'y'],
      ['none'],
    ] as const) {
      await app.fetch('/api/send', { method: 'POST', body: JSON.stringify({ kind }) })
      const got: string[] = []
      for (const _ of texts) got.push(await app.take('results'))
      assert.deepEqual(got, texts, kind)
    }
    await app.fetch('/api/send', { method: 'POST', body: JSON.stringify({ kind: 'bytes' }) })
    const [message] = (await app.queues.getQueueClient('results').receiveMessages()).receivedMessageItems
    assert.equal(message?.messageText, Buffer.from([1, 2, 255]).toString('base64'))
  })

  await t.test('a message that is too large fails the invocation', async () => {
    const sending = app.fetch('/api/send', { method: 'POST', body: JSON.stringify({ kind: 'large' }) })
    await assert.rejects(sending, /500/)
  })

  await t.test('a queue may be named by what the message says', async () => {
    await app.send('named', '{"customer":{"id":"c7"},"text":"hello"}')
    assert.equal(await app.take('to-c7-1'), 'hello')
  })

  await t.test('a function that keeps failing leaves its message in the poison queue', async () => {
    await app.send('failing', 'bad')
    assert.equal(await app.take('failing-poison'), 'bad')
    const failed = app.log.filter(({ message }) => /^Executed 'Functions.failing' \(Failed/.test(message))
    assert.equal(failed.length, 2)
    assert.ok(
      app.find(/^Message has reached MaxDequeueCount of 2\. Moving message to queue 'failing-poison'\./),
    )
    assert.ok(
      app.find(/^Executing 'Functions.failing' \(Reason='New queue message detected on 'failing'\.', Id=/),
    )
    assert.ok(app.find(/^Trigger Details: MessageId: [0-9a-f-]{36}, DequeueCount: 2, InsertionTime: /))
  })

  await t.test('the trace of whoever sent a message goes on in its function', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
    await app.fetch('/api/send', { method: 'POST', headers, body: '{"kind":"text"}' })
    const address = { account: 'devstoreaccount1', queue: 'results' }
    const message = await until('a message', async () => {
      const { queues } = await app.platform.storage!.service()
      const [first] = await queues.messages.receive(address, 1, 1000)
      return first
    })
    assert.match(message.traceParent, new RegExp(`^00-${trace}-`))
  })

  await t.test('a function is run by hand with a text as its message', async () => {
    const headers = { 'content-type': 'application/json' }
    await app.fetch('/admin/functions/echo', { method: 'POST', headers, body: '{"input":"by hand"}' })
    const { item, dequeueCount } = await until('the result', async () => {
      const got = await result()
      return got.item === 'by hand' ? got : undefined
    })
    assert.deepEqual([item, dequeueCount], ['by hand', 0])
  })
})

test('queue functions of the v3 model', async (t) => {
  const trigger = {
    type: 'queueTrigger',
    direction: 'in',
    name: 'item',
    queueName: 'inbox',
    connection: 'Store',
  }
  const out = { type: 'queue', direction: 'out', name: 'out', queueName: 'out', connection: 'Store' }
  const returned = { ...out, name: '$return', queueName: 'returned' }
  const app = await StorageApp.start(t, {
    files: {
      'package.json': '{"name":"app"}',
      'work/function.json': JSON.stringify({ bindings: [trigger, out, returned] }),
      'work/index.js': `module.exports = async (context, item) => {
        context.bindings.out = [item.name, { id: context.bindingData.id, count: context.bindingData.dequeueCount }]
        return 'returned ' + context.bindingData.name
      }`,
    },
    settings: { Store: 'UseDevelopmentStorage=true' },
    host: { extensions: { queues: { messageEncoding: 'base64', batchSize: 1, newBatchThreshold: 0 } } },
  })
  await app.send('inbox', '{"name":"ann"}')
  assert.equal(await app.take('returned'), 'returned ann')
  assert.equal(await app.take('out'), 'ann')
  const { id, count } = JSON.parse(await app.take('out'))
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.equal(count, 1)
})

test('a binding that cannot be served is named, and the others go on', async (t) => {
  const app = await StorageApp.start(t, {
    files: {
      'src/app.js': `
        const { app, output } = require('@azure/functions')
        app.storageQueue('nameless', { queueName: '', handler() {} })
        app.storageQueue('unconnected', { queueName: 'a-queue', connection: 'Nowhere', handler() {} })
        app.storageQueue('good', { queueName: 'good', return: output.storageQueue({ queueName: 'done' }), handler: () => 'done' })`,
    },
  })
  await app.send('good', 'x')
  assert.equal(await app.take('done'), 'done')
  assert.ok(app.find(/nameless.*has no 'queueName'/s))
  assert.ok(app.find(/unconnected.*The storage connection 'Nowhere' does not exist/s))
})

test('a streamed answer comes when what the function writes is there, unless it is long', async (t) => {
  const app = await StorageApp.start(t, {
    files: {
      'src/app.js': `
        const { app, output } = require('@azure/functions')
        app.setup({ enableHttpStream: true })
        const out = output.storageQueue({ queueName: 'out', connection: '' })
        app.http('write', {
          methods: ['POST'], authLevel: 'anonymous', extraOutputs: [out],
          handler: async (request, context) => {
            const size = Number(await request.text())
            context.extraOutputs.set(out, 'wrote ' + size)
            return { body: 'x'.repeat(size) }
          },
        })
        app.http('fail', {
          methods: ['POST'], authLevel: 'anonymous', extraOutputs: [out],
          handler: (_, context) => { context.extraOutputs.set(out, 'x'.repeat(70_000)); return { body: 'fine' } },
        })`,
    },
  })
  const post = (path: string, body: string) =>
    fetch(`http://127.0.0.1:${app.running.port}/api/${path}`, { method: 'POST', body })
  const queue = app.queues.getQueueClient('out')
  for (const size of [0, 3, 1000]) {
    const response = await post('write', String(size))
    const { receivedMessageItems: found } = await queue.receiveMessages()
    assert.deepEqual(
      found.map(({ messageText }) => Buffer.from(messageText, 'base64').toString()),
      [`wrote ${size}`],
    )
    assert.equal((await response.text()).length, size)
  }
  assert.equal((await (await post('write', '3000000')).text()).length, 3_000_000)
  assert.equal((await post('fail', '')).status, 500)
})
