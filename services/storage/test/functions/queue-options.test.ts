import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeQueueOptions, readQueueOptions } from '../../src/functions/queue/queue-options.ts'
import { appContext } from './app-context.ts'

function read(queues: Record<string, unknown>, processors = 4) {
  return readQueueOptions(appContext({ extensions: { queues } }), processors)
}

test('the defaults are those of the official extension', () => {
  assert.deepEqual(read({}), {
    batchSize: 16,
    newBatchThreshold: 32,
    maxPollingIntervalMs: 60_000,
    visibilityTimeoutMs: 0,
    maxDequeueCount: 5,
    messageEncoding: 'base64',
  })
})

test('they are told in the words of host.json', () => {
  assert.deepEqual(describeQueueOptions(read({ maxPollingInterval: 2000 })), {
    batchSize: 16,
    newBatchThreshold: 32,
    maxPollingInterval: '00:00:02',
    visibilityTimeout: '00:00:00',
    maxDequeueCount: 5,
    messageEncoding: 'base64',
  })
})

test('all options are read, also as text and with other capitals', () => {
  assert.deepEqual(
    read({
      BatchSize: '8',
      newBatchThreshold: 0,
      maxPollingInterval: '00:00:02',
      visibilityTimeout: '00:00:30',
      maxDequeueCount: 1,
      messageEncoding: 'None',
    }),
    {
      batchSize: 8,
      newBatchThreshold: 0,
      maxPollingIntervalMs: 2000,
      visibilityTimeoutMs: 30_000,
      maxDequeueCount: 1,
      messageEncoding: 'none',
    },
  )
  assert.equal(read({ maxPollingInterval: 1500 }).maxPollingIntervalMs, 1500)
  assert.equal(read({ batchSize: 9 }, 2).newBatchThreshold, 8)
})

test('what cannot be is refused with the name of the option', () => {
  for (const [name, value] of [
    ['batchSize', 0],
    ['batchSize', 33],
    ['batchSize', 'many'],
    ['newBatchThreshold', -2],
    ['newBatchThreshold', 1.5],
    ['maxPollingInterval', '00:00:00.05'],
    ['maxPollingInterval', 'soon'],
    ['visibilityTimeout', '-00:00:01'],
    ['visibilityTimeout', '8.00:00:00'],
    ['maxDequeueCount', 0],
    ['messageEncoding', 'utf7'],
  ] as const)
    assert.throws(() => read({ [name]: value }), {
      name: 'UserError',
      message: new RegExp(`^'extensions\\.queues\\.${name}' must be .*, but is ${JSON.stringify(value)}\\.$`),
    })
})
