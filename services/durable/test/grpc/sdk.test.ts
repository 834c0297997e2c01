import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  EntityInstanceId,
  HistoryEventType,
  type OrchestrationState,
  OrchestrationStatus,
  type TaskHubGrpcClient,
} from '@microsoft/durabletask-js'
import { registerAll } from './programs.ts'
import { openSdkFixture, type SdkFixture } from './sdk-fixture.ts'

let fixture: SdkFixture
let client: TaskHubGrpcClient

before(async () => {
  fixture = await openSdkFixture()
  client = fixture.client()
  await registerAll(fixture.worker()).start()
})

after(() => fixture.close())

const waitSeconds = 20

async function ended(instanceId: string): Promise<OrchestrationState> {
  const state = await client.waitForOrchestrationCompletion(instanceId, true, waitSeconds)
  assert.ok(state)
  return state
}

async function outputOf(instanceId: string): Promise<unknown> {
  const { serializedOutput, failureDetails } = await ended(instanceId)
  assert.equal(failureDetails, undefined)
  return JSON.parse(serializedOutput ?? 'null')
}

/** Turns the clock while it is waited for. */
async function outputAfter(instanceId: string, stepMs: number): Promise<unknown> {
  const output = outputOf(instanceId)
  let isThere = false
  const done = output.finally(() => {
    isThere = true
  })
  while (!isThere) {
    await fixture.clock.advance(stepMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return done
}

async function statusIs(instanceId: string, wanted: OrchestrationStatus): Promise<OrchestrationState> {
  for (;;) {
    const state = await client.getOrchestrationState(instanceId, true)
    if (state?.runtimeStatus === wanted) return state
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a chain runs to its end, with custom status, tags and input in its state', async () => {
  const id = await client.scheduleNewOrchestration(
    'chain',
    { a: 1 },
    { instanceId: 'chain-1', tags: { team: 'red' } },
  )
  assert.equal(id, 'chain-1')
  const state = await ended(id)
  assert.equal(state.runtimeStatus, OrchestrationStatus.COMPLETED)
  assert.deepEqual(JSON.parse(state.serializedOutput ?? ''), [
    'Hello Tokyo!',
    'Hello Seattle!',
    'Hello London!',
  ])
  assert.deepEqual(JSON.parse(state.serializedCustomStatus ?? ''), { doing: 'London' })
  assert.equal(state.serializedInput, '{"a":1}')
  assert.deepEqual(state.tags, { team: 'red' })
})

test('the id of an instance that runs is taken, that of one that has ended is free again', async () => {
  const instanceId = 'taken'
  await client.scheduleNewOrchestration('approval', null, { instanceId })
  await assert.rejects(client.scheduleNewOrchestration('chain', null, { instanceId }), /already exists/)
  await client.raiseOrchestrationEvent(instanceId, 'approve')
  await ended(instanceId)
  await client.scheduleNewOrchestration('chain', null, { instanceId })
  assert.equal((await ended(instanceId)).name, 'chain')
})

test('the history of an instance is streamed with the types of the protocol', async () => {
  const id = await client.scheduleNewOrchestration('chain')
  await ended(id)
  const history = await client.getOrchestrationHistory(id)
  const types = history.map(({ type }) => type)
  assert.equal(types[0], HistoryEventType.OrchestratorStarted)
  assert.equal(types[1], HistoryEventType.ExecutionStarted)
  assert.equal(types.filter((type) => type === HistoryEventType.TaskCompleted).length, 3)
  assert.ok(types.includes(HistoryEventType.ExecutionCompleted))
})

test('a hundred activities run side by side', async () => {
  assert.equal(await outputOf(await client.scheduleNewOrchestration('fanOut', 100)), 9900)
})

test('an event that was raised before it is awaited is not lost', async () => {
  const id = await client.scheduleNewOrchestration('approval')
  await client.raiseOrchestrationEvent(id, 'approve', { by: 'Eve' })
  assert.deepEqual(await outputOf(id), { approved: { by: 'Eve' } })
})

test('a timer fires when its time has come, and not before', async () => {
  const id = await client.scheduleNewOrchestration('sleeps', 7200)
  await statusIs(id, OrchestrationStatus.RUNNING)
  const started = fixture.clock.now()
  assert.equal(await outputAfter(id, 600_000), 'awake')
  assert.ok(fixture.clock.now() - started >= 7_200_000)
})

test('sub-orchestrations give back outputs and failures', async () => {
  const id = await client.scheduleNewOrchestration('parent', ['A', 'B'])
  assert.deepEqual(await outputOf(id), [
    { greeting: 'Hello A!', parent: 'parent' },
    { greeting: 'Hello B!', parent: 'parent' },
  ])
  const failing = await ended(await client.scheduleNewOrchestration('parent', ['']))
  assert.equal(failing.runtimeStatus, OrchestrationStatus.FAILED)
  assert.match(failing.failureDetails?.message ?? '', /A child without a name/)
})

test('retries wait as their policy says, and the last failure is told with its type', async () => {
  assert.equal(await outputAfter(await client.scheduleNewOrchestration('retrying', 2), 30_000), 'attempt 3')
  const id = await client.scheduleNewOrchestration('failOnce')
  const { failureDetails, serializedOutput } = await ended(id)
  assert.match(failureDetails?.message ?? '', /attempt 1 failed/)
  assert.equal(serializedOutput, undefined)
})

test('an orchestration that continues as new keeps the events it has not seen', async () => {
  const id = await client.scheduleNewOrchestration('countdown', 3)
  for (const tick of [1, 2, 3]) await client.raiseOrchestrationEvent(id, 'tick', tick)
  assert.equal(await outputOf(id), 3)
})

test('entities are signaled, called and locked', async () => {
  const { value, failure } = (await outputOf(await client.scheduleNewOrchestration('usesEntities', 'a'))) as {
    value: number
    failure: string
  }
  assert.equal(value, 7)
  assert.match(failure, /boom/)
  await client.signalEntity(new EntityInstanceId('Counter', 'b'), 'add', 10)
  assert.equal(await outputOf(await client.scheduleNewOrchestration('usesLocks', ['a', 'b'])), 15)
  const entity = await client.getEntity<number>(new EntityInstanceId('counter', 'a'))
  assert.equal(entity?.state, 2)
  assert.equal(entity?.lockedBy, undefined)
  const ids: string[] = []
  for await (const each of client.getEntities({ instanceIdStartsWith: '@counter@' }))
    ids.push(each.id.toString())
  assert.deepEqual(ids.sort(), ['@counter@a', '@counter@b'])
  assert.equal(await client.getEntity(new EntityInstanceId('counter', 'nobody')), undefined)
})

test('an entity starts orchestrations and signals other entities', async () => {
  await client.signalEntity(new EntityInstanceId('counter', 'starter'), 'begin', 'begun')
  await statusIs('begun', OrchestrationStatus.COMPLETED)
  for (;;) {
    const began = await client.getEntity<number>(new EntityInstanceId('counter', 'begun-began'))
    if (began?.state === 1) break
  }
})

test('suspended instances wait, and go on when they are resumed', async () => {
  const id = await client.scheduleNewOrchestration('approval')
  await client.waitForOrchestrationStart(id, false, waitSeconds)
  await client.suspendOrchestration(id)
  await statusIs(id, OrchestrationStatus.SUSPENDED)
  await client.suspendOrchestration(id)
  await client.raiseOrchestrationEvent(id, 'approve', 1)
  await client.resumeOrchestration(id)
  assert.deepEqual(await outputOf(id), { approved: 1 })
  await client.raiseOrchestrationEvent(id, 'approve', 2)
})

test('terminating ends an instance with the given output, and its children when asked to', async () => {
  const id = await client.scheduleNewOrchestration('waitingParent')
  await statusIs(`${id}-child`, OrchestrationStatus.RUNNING)
  const { terminateOptions } = await import('@microsoft/durabletask-js')
  await client.terminateOrchestration(id, terminateOptions({ output: { why: 'test' }, recursive: true }))
  const state = await ended(id)
  assert.equal(state.runtimeStatus, OrchestrationStatus.TERMINATED)
  assert.deepEqual(JSON.parse(state.serializedOutput ?? ''), { why: 'test' })
  await statusIs(`${id}-child`, OrchestrationStatus.TERMINATED)
  await client.terminateOrchestration(id)
})

test('an instance that nobody can run is terminated all the same', async () => {
  const lonely = fixture.client('lonely')
  const id = await lonely.scheduleNewOrchestration('chain')
  await lonely.terminateOrchestration(id, 'never mind')
  const waiting = lonely.waitForOrchestrationCompletion(id, true, waitSeconds)
  let isThere = false
  void waiting.finally(() => {
    isThere = true
  })
  while (!isThere) await fixture.clock.advance(1000)
  assert.equal((await waiting)?.serializedOutput, '"never mind"')
})

test('a failed instance is rewound, and any that has ended is restarted', async () => {
  const id = await client.scheduleNewOrchestration('failOnce')
  assert.equal((await ended(id)).runtimeStatus, OrchestrationStatus.FAILED)
  await client.rewindInstance(id, 'again')
  assert.equal(await outputOf(id), 'attempt 2')
  await assert.rejects(client.rewindInstance(id, 'again'), /failed|state/i)
  await assert.rejects(client.rewindInstance('nobody', 'again'), /nobody|found/i)
  const second = await client.restartOrchestration(id, true)
  assert.notEqual(second, id)
  await ended(second)
  assert.equal(await client.restartOrchestration(id), id)
  await assert.rejects(client.restartOrchestration('nobody'), /nobody|found/i)
})

test('queries filter and page, and what has ended is purged', async () => {
  const other = fixture.client('queries')
  await registerAll(fixture.worker({ taskHub: 'queries' })).start()
  const ids = ['q-1', 'q-2', 'q-3']
  for (const instanceId of ids) await other.scheduleNewOrchestration('chain', instanceId, { instanceId })
  await other.scheduleNewOrchestration('approval', null, { instanceId: 'q-open' })
  for (const id of ids) await other.waitForOrchestrationCompletion(id, false, waitSeconds)
  const found: string[] = []
  const query = { statuses: [OrchestrationStatus.COMPLETED], pageSize: 2, fetchInputsAndOutputs: true }
  for await (const { instanceId, serializedInput } of other.getAllInstances(query)) {
    assert.equal(serializedInput, JSON.stringify(instanceId))
    found.push(instanceId)
  }
  assert.deepEqual(found.sort(), ids)
  const first = await other.listInstanceIds({ pageSize: 2 })
  assert.equal(first.values.length, 2)
  const rest = await other.listInstanceIds({ pageSize: 2, lastInstanceKey: first.continuationToken })
  assert.deepEqual([...first.values, ...rest.values].sort(), ids)
  assert.equal((await other.purgeOrchestration('q-1'))?.deletedInstanceCount, 1)
  assert.equal(await other.getOrchestrationState('q-1'), undefined)
  assert.equal((await other.purgeOrchestration('q-open'))?.deletedInstanceCount, 0)
  assert.equal((await other.purgeOrchestration('nobody'))?.deletedInstanceCount, 0)
  const { PurgeInstanceCriteria } = await import('@microsoft/durabletask-js')
  const all = new PurgeInstanceCriteria()
  all.setCreatedTimeFrom(new Date(0))
  assert.equal((await other.purgeOrchestration(all))?.deletedInstanceCount, 2)
})

test('hubs know nothing of each other', async () => {
  const id = await client.scheduleNewOrchestration('chain')
  assert.ok(await client.getOrchestrationState(id))
  assert.equal(await fixture.client('elsewhere').getOrchestrationState(id), undefined)
  await assert.rejects(fixture.client('no/hub').getOrchestrationState(id), /no name for a task hub/)
})

test('nothing was logged as an error', () => {
  assert.deepEqual(fixture.logged, [])
})
