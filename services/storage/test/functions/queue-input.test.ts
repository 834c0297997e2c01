import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueueDelivery } from '../../src/functions/queue/queue-access.ts'
import { queueInput } from '../../src/functions/queue/queue-input.ts'
import { queueBinding } from './app-context.ts'

const message: QueueDelivery = {
  id: '1b4e28ba-2fa1-41d2-883f-000000000001',
  popReceipt: 'receipt',
  text: '',
  insertedAt: Date.UTC(2026, 0, 1, 0, 0, 0, 999),
  expiresAt: undefined,
  visibleAt: Date.UTC(2026, 0, 1, 0, 10),
  dequeueCount: 2,
  traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

function input(content: string | Buffer, binding = queueBinding(), more: Partial<QueueDelivery> = {}) {
  return queueInput('orders', binding, { ...message, ...more }, Buffer.from(content))
}

test('a function gets the text as it is', () => {
  for (const text of ['plain', '{"a":1}', '123', '']) assert.deepEqual(input(text)?.data, { string: text })
})

test('a function gets bytes when it asks for them', () => {
  const bytes = Buffer.from([0xff, 0])
  assert.deepEqual(input(bytes, queueBinding({ dataType: 'binary' }))?.data, { bytes })
  assert.equal(input(bytes), undefined)
})

test('the metadata has the types and the form of the official host', () => {
  assert.deepEqual(input('text')?.metadata, {
    DequeueCount: { json: '2' },
    ExpirationTime: { json: '"9999-12-31T23:59:59+00:00"' },
    Id: { string: message.id },
    InsertionTime: { json: '"2026-01-01T00:00:00+00:00"' },
    NextVisibleTime: { json: '"2026-01-01T00:10:00+00:00"' },
    PopReceipt: { string: 'receipt' },
    QueueTrigger: { string: 'text' },
  })
})

test('members of a JSON object are metadata too, also instead of what the trigger has by that name', () => {
  const metadata = input(
    '{"customer":"ann","n":7,"yes":true,"nested":{"a":[1]},"list":[1],"none":null,"ID":"x"}',
  )?.metadata
  assert.deepEqual(metadata?.Id, { string: 'x' })
  assert.deepEqual(
    Object.entries(metadata ?? {}).slice(7),
    Object.entries({
      customer: { string: 'ann' },
      n: { string: '7' },
      yes: { string: 'True' },
      nested: { json: '{"a":[1]}' },
    }),
  )
})

test('expressions may name what is known of the message', () => {
  const data = input('{"a":1}')?.bindingData?.()
  assert.deepEqual(data, {
    QueueTrigger: '{"a":1}',
    DequeueCount: 2,
    ExpirationTime: new Date(253_402_300_799_000),
    Id: message.id,
    InsertionTime: new Date(message.insertedAt),
    NextVisibleTime: new Date(message.visibleAt),
    PopReceipt: 'receipt',
  })
})

test('the log says what started the function, and the trace goes on', () => {
  const { reason, details, traceParent, occurredAt } = input('text')!
  assert.equal(reason, "New queue message detected on 'orders'.")
  assert.deepEqual(details, {
    MessageId: message.id,
    DequeueCount: '2',
    InsertionTime: '2026-01-01T00:00:00.000+00:00',
  })
  assert.deepEqual([traceParent, occurredAt], [message.traceParent, message.insertedAt])
  assert.equal('traceParent' in input('text', queueBinding(), { traceParent: '' })!, false)
})

test('a deferred binding gets a reference to the message', () => {
  const binding = queueBinding({ properties: { supportsDeferredBinding: 'True' } })
  const model = input('hello', binding)?.data.modelBindingData
  assert.deepEqual(
    [model?.version, model?.source, model?.contentType],
    ['1.0', 'AzureStorageQueues', 'application/json'],
  )
  assert.deepEqual(JSON.parse(String(model?.content)), {
    MessageId: message.id,
    PopReceipt: 'receipt',
    MessageText: 'hello',
    DequeueCount: 2,
    NextVisibleOn: '2026-01-01T00:10:00+00:00',
    InsertedOn: '2026-01-01T00:00:00+00:00',
    ExpiresOn: '9999-12-31T23:59:59+00:00',
  })
  const other = queueBinding({ properties: { supportsDeferredBinding: 'false' } })
  assert.deepEqual(input('hello', other)?.data, { string: 'hello' })
})
