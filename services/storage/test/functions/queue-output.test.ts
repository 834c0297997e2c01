import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BindingDefinition, newSpan, type OutputValue, withTrace } from '@aloft/kernel'
import { queueConnections } from '../../src/functions/queue/queue-connections.ts'
import { queueOutput } from '../../src/functions/queue/queue-output.ts'
import { openQueueBench, orders, type QueueBench } from '../queue/queue-bench.ts'
import { appContext, queueBinding } from './app-context.ts'

const texts = (...list: string[]): OutputValue[] => list.map((text) => ({ kind: 'text', text }))

function output(bench: QueueBench, queues: Record<string, unknown> = {}) {
  const { catalog, messages, clock } = bench
  const storage = { accounts: { find: () => undefined }, ports: undefined, queues: { catalog, messages } }
  const extension = queueOutput(queueConnections(storage, clock))
  const app = appContext({ extensions: { queues }, clock })
  return {
    app,
    validate: (binding: BindingDefinition) => extension.validate?.(binding, app),
    write: (values: readonly OutputValue[], more: Partial<BindingDefinition> = {}) =>
      extension.write(queueBinding({ type: 'queue', direction: 'out', ...more }), values, { app } as never),
  }
}

function testOutput(name: string, body: (bench: QueueBench) => Promise<void>): void {
  test(name, async () => {
    const bench = await openQueueBench()
    await body(bench).finally(() => bench.close())
  })
}

async function textsIn(bench: QueueBench, queue = orders): Promise<string[]> {
  return (await bench.messages.peek(queue, 32)).map(({ text }) => text)
}

testOutput('all values become messages in order, in a queue that is made for them', async (bench) => {
  await output(bench).write([
    ...texts('one'),
    { kind: 'json', text: '{"two":2}' },
    { kind: 'bytes', bytes: Buffer.from([3]) },
  ])
  const decoded = (await textsIn(bench)).map((text) => Buffer.from(text, 'base64').toString('latin1'))
  assert.deepEqual(decoded, ['one', '{"two":2}', '\x03'])
})

testOutput('with messageEncoding none, text is sent as it is', async (bench) => {
  await output(bench, { messageEncoding: 'none' }).write([
    ...texts('plain <&>'),
    { kind: 'bytes', bytes: Buffer.from('ä') },
  ])
  assert.deepEqual(await textsIn(bench), ['plain <&>', 'ä'])
})

testOutput('messages live for seven days and carry the trace of the invocation', async (bench) => {
  const span = newSpan()
  await withTrace(span, () => output(bench).write(texts('x')))
  const [message] = await bench.messages.receive(orders, 1, 1000)
  assert.equal(message?.expiresAt, bench.clock.now() + 604_800_000)
  assert.equal(message?.traceParent, `00-${span.traceId}-${span.spanId}-01`)
})

testOutput('one message that is too large keeps back all', async (bench) => {
  const large = 'x'.repeat(50_000)
  await assert.rejects(output(bench).write(texts('small', large)), {
    name: 'UserError',
    message: "A message for the queue 'orders' has 66668 bytes as it is sent, and at most 65536 are allowed.",
  })
  assert.equal(await bench.catalog.policies(orders), undefined)
  await output(bench, { messageEncoding: 'none' }).write(texts(large))
})

testOutput('what XML cannot carry is sent in base64 or not at all', async (bench) => {
  const text = 'bell \x07'
  await assert.rejects(
    output(bench, { messageEncoding: 'none' }).write(texts(text)),
    /has control characters/,
  )
  await output(bench).write(texts(text))
  assert.equal((await textsIn(bench)).length, 1)
})

testOutput('a name is made lower-case, and one that cannot be is refused', async (bench) => {
  await output(bench).write(texts('x'), { queueName: 'ORDERS' })
  assert.equal((await textsIn(bench)).length, 1)
  await assert.rejects(
    output(bench).write(texts('x'), { queueName: 'a_b' }),
    /'a_b' \('queueName' of the binding 'item'\)/,
  )
})

testOutput('a binding is checked when the app is loaded', async (bench) => {
  const { validate } = output(bench)
  const binding = (more: Partial<BindingDefinition>) =>
    queueBinding({ type: 'queue', direction: 'out', ...more })
  validate(binding({ queueName: '{name}-out' }))
  assert.throws(() => validate(binding({ queueName: undefined })), /has no 'queueName'/)
  assert.throws(() => validate(binding({ queueName: 'a--b' })), /'a--b'/)
  assert.throws(() => validate(binding({ connection: 'Nowhere' })), /'Nowhere' does not exist/)
  assert.throws(() => output(bench, { batchSize: 99 }).validate(binding({})), /extensions\.queues\.batchSize/)
})
