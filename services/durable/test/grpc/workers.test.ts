import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { TaskHubGrpcClient } from '@microsoft/durabletask-js'
import { registerAll } from './programs.ts'
import { RawWorker, type WorkItem } from './raw-worker.ts'
import { openSdkFixture, type SdkFixture } from './sdk-fixture.ts'

const fixture: SdkFixture = await openSdkFixture()
test.after(() => fixture.close())

async function open(t: { after(end: () => void): void }, hub: string) {
  const worker = await RawWorker.open(fixture.port, hub)
  t.after(() => worker.close())
  return { worker, client: fixture.client(hub) }
}

const schedule = (id: number, name: string, more: object = {}) => ({ id, scheduleTask: { name, ...more } })
const completed = { id: 99, completeOrchestration: { orchestrationStatus: 1, result: { value: '"done"' } } }

function answer(item: WorkItem, actions: readonly object[], more: object = {}): object {
  const { completionToken } = item
  return { instanceId: item.orchestratorRequest?.instanceId, completionToken, actions, ...more }
}

function raisedIn({ orchestratorRequest }: WorkItem): readonly string[] {
  const events = (orchestratorRequest?.newEvents ?? []) as { eventRaised?: { name: string } }[]
  return events.flatMap(({ eventRaised }) => eventRaised?.name ?? [])
}

async function outputOf(client: TaskHubGrpcClient, id: string): Promise<string | undefined> {
  return (await client.waitForOrchestrationCompletion(id, true, 20))?.serializedOutput
}

/** Turns the clock until something is there. */
async function advancing<Value>(promise: Promise<Value>): Promise<Value> {
  let isThere = false
  const done = promise.finally(() => {
    isThere = true
  })
  while (!isThere) {
    await fixture.clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return done
}

test('activities carry version and tags, and a worker gets no more of them than it takes', async (t) => {
  const { worker, client } = await open(t, 'limits')
  worker.connect({ maxConcurrentActivityWorkItems: 1 })
  const id = await client.scheduleNewOrchestration('any')
  const turn = await worker.next()
  const actions = [schedule(0, 'first', { version: { value: '2' }, tags: { a: 'b' } }), schedule(1, 'second')]
  await worker.call('CompleteOrchestratorTask', answer(turn, actions))
  const first = await worker.next()
  assert.deepEqual(first.activityRequest?.version, { value: '2' })
  assert.deepEqual(first.activityRequest?.tags, { a: 'b' })
  await worker.call('Hello', {})
  assert.equal(worker.left, 0)
  await worker.call('CompleteActivityTask', {
    completionToken: first.completionToken,
    result: { value: '1' },
  })
  const items = [await worker.next(), await worker.next()]
  const second = items.find(({ activityRequest }) => activityRequest)
  assert.equal(second?.activityRequest?.name, 'second')
  const next = items.find(({ orchestratorRequest }) => orchestratorRequest)
  assert.ok(next)
  await worker.call('CompleteOrchestratorTask', answer(next, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('an answer counts once, and an unknown token is refused', async (t) => {
  const { worker, client } = await open(t, 'tokens')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  const turn = await worker.next()
  await assert.rejects(worker.call('CompleteActivityTask', { completionToken: turn.completionToken }), {
    code: 5,
  })
  await worker.call('CompleteOrchestratorTask', answer(turn, [completed]))
  await assert.rejects(worker.call('CompleteOrchestratorTask', answer(turn, [])), { code: 5 })
  assert.equal(await outputOf(client, id), '"done"')
})

test('an answer without sense is refused, and the work is offered again', async (t) => {
  const { worker, client } = await open(t, 'nonsense')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  const turn = await worker.next()
  await assert.rejects(worker.call('CompleteOrchestratorTask', answer(turn, [{ id: 0 }])), { code: 3 })
  const again = await advancing(worker.next())
  await worker.call('CompleteOrchestratorTask', answer(again, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('work goes only to workers whose filters have its name and version', async (t) => {
  const { worker: old, client } = await open(t, 'filters')
  const { worker: young } = await open(t, 'filters')
  old.connect({ workItemFilters: { orchestrations: [{ name: 'any', versions: ['1'] }], activities: [] } })
  const id = await client.scheduleNewOrchestration('any', null, { version: '2' })
  await old.call('Hello', {})
  assert.equal(old.left, 0)
  young.connect({ workItemFilters: { orchestrations: [{ name: 'any' }] } })
  const turn = await young.next()
  assert.equal(old.left, 0)
  await young.call('CompleteOrchestratorTask', answer(turn, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('what a worker gives back is offered again after a while', async (t) => {
  const { worker, client } = await open(t, 'abandon')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  const { completionToken } = await worker.next()
  await worker.call('AbandonTaskOrchestratorWorkItem', { completionToken })
  await worker.call('Hello', {})
  assert.equal(worker.left, 0)
  const again = await advancing(worker.next())
  assert.notEqual(again.completionToken, completionToken)
  await worker.call('CompleteOrchestratorTask', answer(again, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('the leases of a worker that disconnects are released, and its late answers are refused', async (t) => {
  const { worker: first, client } = await open(t, 'leases')
  const { worker: second } = await open(t, 'leases')
  first.connect()
  const id = await client.scheduleNewOrchestration('any')
  const turn = await first.next()
  first.disconnect()
  second.connect()
  const again = await advancing(second.next())
  await assert.rejects(first.call('CompleteOrchestratorTask', answer(turn, [])), { code: 5 })
  await second.call('CompleteOrchestratorTask', answer(again, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('events that a worker has not processed come again', async (t) => {
  const { worker, client } = await open(t, 'partly')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  const first = await worker.next()
  for (const name of ['one', 'two']) await client.raiseOrchestrationEvent(id, name)
  await worker.call('CompleteOrchestratorTask', answer(first, []))
  const both = await worker.next()
  assert.deepEqual(raisedIn(both), ['one', 'two'])
  await worker.call('CompleteOrchestratorTask', answer(both, [], { numEventsProcessed: { value: 2 } }))
  const rest = await worker.next()
  assert.deepEqual(raisedIn(rest), ['two'])
  await worker.call('CompleteOrchestratorTask', answer(rest, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('a retry may have the id of the attempt that failed, and nothing else may have an id twice', async (t) => {
  const { worker, client } = await open(t, 'retries')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  await worker.call('CompleteOrchestratorTask', answer(await worker.next(), [schedule(0, 'flaky')]))
  const failureDetails = { errorType: 'E', errorMessage: 'no' }
  const first = await worker.next()
  await worker.call('CompleteActivityTask', { completionToken: first.completionToken, failureDetails })
  await worker.call('CompleteOrchestratorTask', answer(await worker.next(), [schedule(0, 'flaky')]))
  const { completionToken, activityRequest } = await worker.next()
  assert.deepEqual([activityRequest?.name, activityRequest?.taskId], ['flaky', 0])
  await worker.call('CompleteActivityTask', { completionToken, result: { value: '1' } })
  await worker.call('CompleteOrchestratorTask', answer(await worker.next(), [schedule(0, 'flaky')]))
  const state = await client.waitForOrchestrationCompletion(id, true, 20)
  assert.match(state?.failureDetails?.message ?? '', /sequence ID 0 already/)
})

test('the trace context of an orchestration comes back with its next turn', async (t) => {
  const { worker, client } = await open(t, 'traces')
  worker.connect()
  const id = await client.scheduleNewOrchestration('any')
  const first = await worker.next()
  assert.equal(first.orchestratorRequest?.orchestrationTraceContext, null)
  const orchestrationTraceContext = { spanID: { value: 'abc' }, spanStartTime: null }
  await worker.call('CompleteOrchestratorTask', answer(first, [], { orchestrationTraceContext }))
  await client.raiseOrchestrationEvent(id, 'go')
  const second = await worker.next()
  assert.deepEqual(second.orchestratorRequest?.orchestrationTraceContext, orchestrationTraceContext)
  await worker.call('CompleteOrchestratorTask', answer(second, [completed]))
})

test('a long history is fetched in pieces by workers that can, and sent to those that ask for it', async (t) => {
  const { worker, client } = await open(t, 'streaming')
  worker.connect({ capabilities: [1] })
  const id = await client.scheduleNewOrchestration('any', 'x'.repeat(1_200_000))
  await worker.call('CompleteOrchestratorTask', answer(await worker.next(), []))
  await client.raiseOrchestrationEvent(id, 'go')
  const item = await worker.next()
  assert.equal(item.orchestratorRequest?.requiresHistoryStreaming, true)
  assert.equal(item.orchestratorRequest?.pastEvents.length, 0)
  const events: object[] = []
  const request = { instanceId: id, forWorkItemProcessing: true }
  for await (const chunk of worker.stream<{ events: object[] }>('StreamInstanceHistory', request))
    events.push(...chunk.events)
  assert.ok(events.some((event) => 'executionStarted' in event))
  await worker.call('CompleteOrchestratorTask', answer(item, [], { requiresHistory: true }))
  const whole = await worker.next()
  assert.equal(whole.orchestratorRequest?.pastEvents.length, events.length)
  await worker.call('CompleteOrchestratorTask', answer(whole, [completed]))
  assert.equal(await outputOf(client, id), '"done"')
})

test('a stream without work shows that it is alive', async (t) => {
  const { worker } = await open(t, 'pings')
  worker.connect()
  const item = worker.next()
  assert.ok((await advancing(item)).healthPing)
})

test('a hub is deleted with all that is in it', async (t) => {
  const { worker, client } = await open(t, 'gone')
  const id = await client.scheduleNewOrchestration('any')
  await worker.call('DeleteTaskHub', {})
  await worker.call('CreateTaskHub', {})
  assert.equal(await client.getOrchestrationState(id), undefined)
  await client.scheduleNewOrchestration('any', null, id)
  await worker.call('CreateTaskHub', { recreateIfExists: true })
  assert.equal(await client.getOrchestrationState(id), undefined)
})

test('instances are ended without a worker, and those that cannot be are named', async (t) => {
  const { worker, client } = await open(t, 'skip')
  const id = await client.scheduleNewOrchestration('any')
  const { unterminatedInstanceIds } = await worker.call<{ unterminatedInstanceIds: string[] }>(
    'SkipGracefulOrchestrationTerminations',
    { instanceBatch: { instanceIds: [id, 'nobody'] }, reason: { value: 'enough' } },
  )
  assert.deepEqual(unterminatedInstanceIds, ['nobody'])
  assert.equal(await advancing(outputOf(client, id)), '"enough"')
})

test('the activity of a worker process that is killed is run by the next one, also after a restart', async (t) => {
  const file = fileURLToPath(new URL('hanging-worker.ts', import.meta.url))
  const child = spawn(process.execPath, [file, String(fixture.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const client = fixture.client()
  const id = await client.scheduleNewOrchestration('hangs')
  const slept = await client.scheduleNewOrchestration('sleeps', 60)
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  await fixture.restart()
  const worker = registerAll(fixture.worker())
  worker.addNamedOrchestrator('hangs', async function* (context): AsyncGenerator<unknown, unknown, never> {
    return yield context.callActivity('hang')
  })
  worker.addNamedActivity('hang', () => 'not this time')
  await worker.start()
  assert.equal(await advancing(outputOf(client, id)), '"not this time"')
  assert.equal(await advancing(outputOf(client, slept)), '"awake"')
})
