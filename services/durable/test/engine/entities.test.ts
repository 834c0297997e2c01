import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceable } from '@aloft/durable'
import { advanceUntil, type Fixture, openFixture, outputOf, until } from './hub-fixture.ts'
import type { Functions } from './replay-executor.ts'

const counter: NonNullable<Functions['entities']>[string] = (state, operation, input) => {
  const value = (state as number | undefined) ?? 0
  switch (operation) {
    case 'add':
      return { state: value + (input as number), answer: value + (input as number) }
    case 'get':
      return { state, answer: value }
    case 'delete':
      return {}
    default:
      throw new Error(`no operation ${operation}`)
  }
}

const functions: Functions = {
  entities: { counter },
  orchestrators: {
    *asks(context) {
      context.signal('@counter@a', 'add', 5)
      return answerIn(yield context.call('@counter@a', 'add', 2))
    },
    *transfers(context) {
      const { task, release } = context.lock('@counter@a', '@counter@b', '@counter@c')
      yield task
      const before = answerIn(yield context.call('@counter@b', 'get'))
      yield context.timer(10)
      yield context.call('@counter@b', 'add', 1)
      const after = answerIn(yield context.call('@counter@b', 'get'))
      release()
      return after - before
    },
    *breaks(context) {
      const { task } = context.lock('@counter@a', '@counter@b')
      yield task
      if (context.input === 'wait') yield context.event('never')
      if (context.input === 'again') context.continueAsNew('done')
      if (context.input === 'done') return 'ok'
      throw new Error('broken')
    },
    *locksAfter(context) {
      if (context.input === 'done') return 'ok'
      const { task } = context.lock('@counter@a', '@counter@b')
      yield task
      return context.continueAsNew('done')
    },
  },
}

/** What an entity answered to a call. */
function answerIn(response: unknown): number {
  return JSON.parse((response as { result: string }).result)
}

async function stateOf({ hub }: Pick<Fixture, 'hub'>, id: string): Promise<unknown> {
  return JSON.parse((await hub.entity(id))?.state ?? 'null')
}

test('a call waits for its answer, behind a signal of the same sender', async (t) => {
  const { hub } = await openFixture(t, functions)
  const { instanceId } = await hub.start({ name: 'asks' })
  assert.equal(await outputOf(hub, instanceId), 7)
})

test('many signals become few batches, none is lost and none is done twice', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub } = fixture
  await Promise.all(
    Array.from({ length: 500 }, () =>
      hub.signalEntity({ instanceId: '@counter@a', operation: 'add', input: '1' }),
    ),
  )
  await until(async () => (await stateOf(fixture, '@counter@a')) === 500)
  const { entityBatches, entityOperations } = hub.metrics()
  assert.equal(entityOperations, 500)
  assert.ok(entityBatches < 100, `${entityBatches} batches`)
})

test('signals survive a restart, scheduled ones keep their time', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub, clock, reopen } = fixture
  await hub.signalEntity({ instanceId: '@counter@a', operation: 'add', input: '1' })
  await hub.signalEntity({
    instanceId: '@counter@a',
    operation: 'add',
    input: '10',
    at: clock.now() + 3_600_000,
  })
  const again = { hub: await reopen() }
  await until(async () => (await stateOf(again, '@counter@a')) === 1)
  await clock.advance(3_500_000)
  assert.equal(await stateOf(again, '@counter@a'), 1)
  await advanceUntil(clock, 10_000, async () => (await stateOf(again, '@counter@a')) === 11)
})

test('an entity that is deleted is gone, and comes back with the next signal', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub } = fixture
  await hub.signalEntity({ instanceId: '@counter@a', operation: 'add', input: '1' })
  await until(async () => (await stateOf(fixture, '@counter@a')) === 1)
  await hub.signalEntity({ instanceId: '@counter@a', operation: 'delete' })
  await until(async () => (await hub.entity('@counter@a')) === undefined)
  await hub.signalEntity({ instanceId: '@counter@a', operation: 'add', input: '3' })
  await until(async () => (await stateOf(fixture, '@counter@a')) === 3)
  const { entities } = await hub.entities({ idPrefix: '@counter@', state: 'with' })
  assert.deepEqual(
    entities.map(({ key, state }) => [key, state]),
    [['a', '3']],
  )
  assert.equal((await hub.query({ kind: 'entity' })).instances.length, 1)
})

test('critical sections over the same entities run one at a time', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub, clock } = fixture
  const ids = await Promise.all(
    Array.from({ length: 8 }, async () => (await hub.start({ name: 'transfers' })).instanceId),
  )
  await hub.signalEntity({ instanceId: '@counter@b', operation: 'add', input: '100' })
  await advanceUntil(
    clock,
    10,
    async () => (await hub.query({ statuses: ['Completed'] })).instances.length === 8,
  )
  for (const id of ids) assert.equal(await outputOf(hub, id), 1)
  await until(async () => (await stateOf(fixture, '@counter@b')) === 108)
  await until(async () =>
    (await hub.entities({ transient: 'with' })).entities.every(({ lockedBy }) => lockedBy === null),
  )
})

test('a lock is given back however its orchestration ends, also by those that still wait for it', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub } = fixture
  const holder = await hub.start({ name: 'breaks', input: '"wait"' })
  await until(async () => (await hub.entity('@counter@b'))?.lockedBy === holder.instanceId)
  const waiting = await hub.start({ name: 'breaks', input: '"wait"' })
  const failing = await hub.start({ name: 'breaks' })
  const renewed = await hub.start({ name: 'locksAfter' })
  await hub.waitFor(renewed.instanceId, 'started', AbortSignal.timeout(9000))
  await hub.terminate(waiting.instanceId, null)
  await hub.terminate(holder.instanceId, null)
  await hub.waitFor(failing.instanceId, 'ended', AbortSignal.timeout(9000))
  assert.equal(await outputOf(hub, renewed.instanceId), 'ok')
  await until(async () => (await hub.entities({ transient: 'with' })).entities.length === 0)
})

test('a batch that could not be run as a whole answers every caller with the reason', async (t) => {
  const { hub } = await openFixture(t, {
    entities: {
      broken: () => {
        throw new Error('no luck')
      },
    },
    orchestrators: {
      *asks(context) {
        return yield context.call('@broken@a', 'any')
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'asks' })
  const { output } = await hub.waitFor(instanceId, 'ended', AbortSignal.timeout(9000))
  assert.match(output ?? '', /no luck/)
})

test('a lock is given back when its orchestration is replaced by another one', async (t) => {
  const { hub } = await openFixture(t, functions)
  const first = await hub.start({ name: 'breaks', instanceId: 'one', input: '"wait"' })
  await until(async () => (await hub.entity('@counter@b'))?.lockedBy === first.instanceId)
  await hub.start({ name: 'breaks', instanceId: 'one', input: '"done"', replaceable: replaceable.AnyState })
  await until(async () => (await hub.entities({ transient: 'with' })).entities.length === 0)
})
