import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Durable, openDurable } from '@aloft/durable'
import { openEngine, type Transaction } from '@aloft/engine'
import { type AppContext, Logger, type ResourceEvent, type TriggerContext } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

const state = JSON.stringify({ isDone: true, actions: [[]], output: 1, schemaVersion: 3 })

interface Opened {
  readonly durable: Durable
  readonly app: AppContext
  /** As they are committed. */
  readonly published: ResourceEvent[]
}

/** An app with one orchestrator, `Hello`, that ends at once. */
async function open(t: TestContext, durableTask: Readonly<Record<string, unknown>>): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-durable-'))
  const clock = new VirtualClock()
  const log = new Logger(clock, [])
  const engine = await openEngine({ directory, clock, log })
  const published: ResourceEvent[] = []
  const events = {
    publish(transaction: Transaction, raised: readonly ResourceEvent[]) {
      transaction.afterCommit(() => published.push(...raised))
    },
  }
  const durable = await openDurable({ engine, clock, log, events })
  t.after(async () => {
    await durable.close()
    await engine.close()
    rmSync(directory, { recursive: true })
  })
  const app: AppContext = {
    hostId: 'h',
    name: 'app',
    rootDirectory: directory,
    clock,
    setting: (name) => (name === 'TopicKey' ? 'secret' : undefined),
    connection: () => undefined,
    extension: () => durableTask,
  }
  const context = {
    app,
    log,
    function: { name: 'Hello', language: 'node' },
    binding: { type: 'orchestrationTrigger' },
    invoke: async () => ({ returnValue: { json: state } }),
  } as unknown as TriggerContext
  const [trigger] = durable.functions.triggers ?? []
  await trigger?.listen(context).start()
  return { durable, app, published }
}

async function run({ durable, app }: Opened): Promise<void> {
  const [output] = durable.functions.outputs ?? []
  const value = { kind: 'json', text: '{"FunctionName":"Hello","InstanceId":"i"}' } as const
  const binding = { name: 'client', type: 'durableClient', direction: 'out', dataType: 'undefined' } as const
  await output?.write(binding, [value], { app } as Parameters<typeof output.write>[2])
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

test('the lives of orchestrations are raised as events of the platform, with the turn that makes them', async (t) => {
  const opened = await open(t, {})
  await run(opened)
  await until(() => opened.published.length === 2)
  const subjects = opened.published.map(({ subject }) => subject)
  assert.deepEqual(subjects, ['durable/orchestrator/Running', 'durable/orchestrator/Completed'])
  assert.deepEqual(opened.published[1], {
    type: 'orchestratorEvent',
    topic: 'durable/taskHubs/TestHubName',
    subject: 'durable/orchestrator/Completed',
    dataVersion: '1.0',
    data: {
      hubName: 'TestHubName',
      functionName: 'Hello',
      instanceId: 'i',
      reason: '',
      runtimeStatus: 'Completed',
    },
  })
})

test('only those that host.json wants are raised', async (t) => {
  const eventGrid = {
    topicEndpoint: 'http://127.0.0.1:9/',
    keySettingName: 'TopicKey',
    publishEventTypes: ['Completed'],
  }
  const opened = await open(t, { notifications: { eventGrid } })
  await run(opened)
  await until(() => opened.published.length > 0)
  assert.deepEqual(
    opened.published.map(({ subject }) => subject),
    ['durable/orchestrator/Completed'],
  )
})
