import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InstanceNotFound, InvalidState, TurnAborted } from '@aloft/durable'
import { advanceUntil, openFixture, outputOf, until } from './hub-fixture.ts'
import type { Task } from './replay-executor.ts'

const soon = () => AbortSignal.timeout(20_000)

test('activities run one after the other, and the history tells of each once', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *hello(context) {
        const said: unknown[] = []
        for (const city of ['Tokyo', 'Seattle', 'London']) said.push(yield context.activity('say', city))
        return said
      },
    },
    activities: { say: (city) => `Hello ${city}` },
  })
  const { instanceId } = await hub.start({ name: 'hello' })
  assert.deepEqual(await outputOf(hub, instanceId), ['Hello Tokyo', 'Hello Seattle', 'Hello London'])
  const history = await hub.history(instanceId)
  assert.deepEqual(
    history.map(({ EventType }) => EventType),
    [12, 0, 4, 13, 12, 5, 4, 13, 12, 5, 4, 13, 12, 5, 1, 13],
  )
})

test('a fan-out takes the outcomes of many activities in few turns', async (t) => {
  const { hub, executor } = await openFixture(
    t,
    {
      orchestrators: {
        *fan(context) {
          return yield context.all(
            Array.from({ length: 300 }, (_, index) => context.activity('double', index)),
          )
        },
      },
      activities: { double: (value) => (value as number) * 2 },
    },
    { maxConcurrentActivities: 50 },
  )
  const { instanceId } = await hub.start({ name: 'fan' })
  const output = (await outputOf(hub, instanceId)) as number[]
  assert.deepEqual(
    output,
    Array.from({ length: 300 }, (_, index) => index * 2),
  )
  assert.ok(executor.turns < 100, `${executor.turns} turns`)
})

test('outcomes are gathered while turns are slow, but an event is told at once', async (t) => {
  const count = 60
  const { hub, executor, clock } = await openFixture(
    t,
    {
      orchestrators: {
        *fan(context) {
          yield context.all(Array.from({ length: count }, (_, index) => context.activity('slow', index)))
          return 'done'
        },
      },
      activities: { slow: () => clock.sleep(10) },
    },
    { maxConcurrentActivities: 1 },
  )
  const { orchestrator } = executor
  executor.orchestrator = async (turn, signal) => {
    await clock.sleep(50)
    return await orchestrator(turn, signal)
  }
  const { instanceId } = await hub.start({ name: 'fan' })
  await advanceUntil(clock, 5, async () => (await hub.status(instanceId))?.runtimeStatus === 'Completed')
  assert.ok(executor.turns <= 10, `${executor.turns} turns`)
})

test('those who listen hear of the beginning and the end, in the transaction and after it', async (t) => {
  const heard: string[] = []
  const published: string[] = []
  const { hub } = await openFixture(
    t,
    {
      orchestrators: {
        *parent(context) {
          return yield context.child('child')
        },
        child: () => 1,
      },
    },
    {
      onLifecycle: ({ name, runtimeStatus }) => heard.push(`${name} ${runtimeStatus}`),
      async publishLifecycle(transaction, events) {
        await null // A publisher that writes is waited for, or the transaction would be over.
        for (const { name, runtimeStatus } of events)
          transaction.afterCommit(() => published.push(`${name} ${runtimeStatus}`))
      },
    },
  )
  const { instanceId } = await hub.start({ name: 'parent' })
  await outputOf(hub, instanceId)
  await until(async () => heard.length === 4)
  assert.deepEqual(heard, ['parent Running', 'child Running', 'child Completed', 'parent Completed'])
  assert.deepEqual(published, heard)
})

test('what a turn leaves untaken comes first in the next one', async (t) => {
  const seen: string[][] = []
  const { hub, executor } = await openFixture(t, {})
  executor.orchestrator = async ({ newEvents }) => {
    const names = newEvents.flatMap(({ Name, EventType }) => (EventType === 15 ? [String(Name)] : []))
    seen.push(names)
    const actions =
      names[0] === 'c' ? ([{ kind: 'complete', id: 0, status: 'Completed', result: null }] as const) : []
    // All but the last event.
    return { actions, customStatus: undefined, ...(names.length > 1 && { taken: newEvents.length - 1 }) }
  }
  const { instanceId } = await hub.start({ name: 'any' })
  await hub.suspend(instanceId, null)
  for (const name of ['a', 'b', 'c']) await hub.raiseEvent(instanceId, name, null)
  await until(async () => (await hub.status(instanceId))?.runtimeStatus === 'Suspended')
  await hub.resume(instanceId, null)
  await outputOf(hub, instanceId)
  assert.deepEqual(seen, [[], ['a', 'b', 'c'], ['c']])
})

test('a failed activity can be caught, or fails the orchestration', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *catches(context) {
        try {
          yield context.activity('break')
        } catch (error) {
          return `caught ${(error as Error).message}`
        }
      },
      *fails(context) {
        yield context.activity('break')
      },
    },
    activities: {
      break: () => {
        throw new Error('broken')
      },
    },
  })
  const caught = await hub.start({ name: 'catches' })
  assert.equal(await outputOf(hub, caught.instanceId), 'caught broken')
  const failed = await hub.start({ name: 'fails' })
  const status = await hub.waitFor(failed.instanceId, 'ended', soon())
  assert.equal(status.runtimeStatus, 'Failed')
  assert.equal(status.failure?.ErrorMessage, 'broken')
})

test('timers of any length fire in order at their time, not before, also after a restart', async (t) => {
  const { hub, clock, reopen } = await openFixture(t, {
    orchestrators: {
      *waits(context) {
        const start = context.now
        yield context.timer(6 * 24 * 3_600_000)
        return context.now - start
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'waits' })
  await hub.waitFor(instanceId, 'started', soon())
  const again = await reopen()
  await clock.advance(5 * 24 * 3_600_000)
  assert.equal((await again.status(instanceId))?.runtimeStatus, 'Running')
  await advanceUntil(
    clock,
    3_600_000,
    async () => (await again.status(instanceId))?.runtimeStatus === 'Completed',
  )
  const waited = (await outputOf(again, instanceId)) as number
  assert.ok(waited >= 6 * 24 * 3_600_000 && waited <= 6 * 24 * 3_600_000 + 3_600_000, `${waited}`)
})

test('an event wins over a timer, which is cancelled and fires no more', async (t) => {
  const { hub, clock, engine } = await openFixture(t, {
    orchestrators: {
      *approval(context) {
        const timer = context.timer(60_000)
        const event = context.event('approved')
        const winner = yield context.any([event, timer])
        context.cancel(timer)
        yield context.activity('note', winner)
        return event.value
      },
    },
    activities: { note: () => null },
  })
  const { instanceId } = await hub.start({ name: 'approval' })
  await hub.waitFor(instanceId, 'started', soon())
  await hub.raiseEvent(instanceId, 'approved', '"by Ann"')
  assert.equal(await outputOf(hub, instanceId), 'by Ann')
  await clock.advance(120_000)
  assert.deepEqual(
    await engine.database.read((snapshot) => snapshot.all('SELECT * FROM durable_message')),
    [],
  )
})

test('events are kept until somebody waits for them, in order of raising', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *late(context) {
        yield context.event('go')
        return [yield context.event('n'), yield context.event('n'), yield context.event('n')]
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'late' })
  for (const n of [1, 2, 3]) await hub.raiseEvent(instanceId, 'n', String(n))
  await hub.raiseEvent(instanceId, 'go', null)
  assert.deepEqual(await outputOf(hub, instanceId), [1, 2, 3])
  await assert.rejects(hub.raiseEvent(instanceId, 'n', null), InvalidState)
  await assert.rejects(hub.raiseEvent('nobody', 'n', null), InstanceNotFound)
})

test('sub-orchestrations report to their parent, also their failures, and taken ids', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *parent(context) {
        const answers: unknown[] = []
        answers.push(yield context.child('child', 20))
        for (const [name, id] of [['fails'], ['child', 'taken']] as const) {
          try {
            answers.push(yield context.child(name, 1, id))
          } catch (error) {
            answers.push((error as Error).message)
          }
        }
        return answers
      },
      child: ({ input }) => (input as number) + 1,
      fails: () => {
        throw new Error('no')
      },
      *sleeps(context) {
        yield context.event('never')
      },
    },
  })
  await hub.start({ name: 'sleeps', instanceId: 'taken' })
  const { instanceId } = await hub.start({ name: 'parent' })
  assert.deepEqual(await outputOf(hub, instanceId), [
    21,
    'no',
    "An Orchestration instance with the id 'taken' already exists.",
  ])
  const { instances } = await hub.query({ parentInstanceId: instanceId })
  assert.equal(instances.length, 2)
})

test('continueAsNew begins a new execution with the events that nobody used', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *loop(context) {
        const round = context.input as number
        if (round === 0) yield context.event('go')
        if (round === 3) return [yield context.event('kept'), yield context.event('kept')]
        return context.continueAsNew(round + 1)
      },
    },
  })
  const { instanceId, executionId } = await hub.start({ name: 'loop', input: '0' })
  await hub.raiseEvent(instanceId, 'kept', '1')
  await hub.raiseEvent(instanceId, 'kept', '2')
  await hub.raiseEvent(instanceId, 'go', null)
  assert.deepEqual(await outputOf(hub, instanceId), [1, 2])
  const status = await hub.status(instanceId)
  assert.equal(status?.generation, 3)
  assert.notEqual(status?.executionId, executionId)
  const history = await hub.history(instanceId)
  assert.equal(history.filter(({ EventType }) => EventType === 0).length, 1)
})

test('a turn that is given up is run again, and fails the orchestration in the end', async (t) => {
  let aborts = 2
  const { hub, clock, executor } = await openFixture(
    t,
    {
      orchestrators: {
        echo: ({ input }) => input as string,
      },
    },
    { maxTurnAttempts: 5 },
  )
  const { orchestrator } = executor
  executor.orchestrator = async (turn, signal) => {
    if (aborts-- > 0) throw new TurnAborted('the worker is gone')
    return await orchestrator(turn, signal)
  }
  const { instanceId } = await hub.start({ name: 'echo', input: '1' })
  await advanceUntil(clock, 1000, async () => (await hub.status(instanceId))?.runtimeStatus === 'Completed')
  aborts = 5
  const poison = await hub.start({ name: 'echo', input: '2' })
  await advanceUntil(
    clock,
    1000,
    async () => (await hub.status(poison.instanceId))?.runtimeStatus === 'Failed',
  )
  const [letter] = await hub.deadLetters(10)
  assert.equal(letter?.instanceId, poison.instanceId)
  await hub.retryDeadLetter(letter?.id ?? 0)
  assert.equal(await outputOf(hub, poison.instanceId), 2)
  assert.deepEqual(await hub.deadLetters(10), [])
})

test('an action under an id that was used fails the orchestration', async (t) => {
  const { hub, executor } = await openFixture(t, { activities: { a: () => null } })
  executor.orchestrator = async () => ({
    actions: [{ kind: 'schedule-task', id: 0, name: 'a', input: null }],
    customStatus: undefined,
  })
  const { instanceId } = await hub.start({ name: 'any' })
  const { failure } = await hub.waitFor(instanceId, 'ended', soon())
  assert.match(failure?.ErrorMessage ?? '', /^Non-Deterministic workflow detected/)
})

test('a custom status shows after its turn, and fails the orchestration when it is too large', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *shows(context) {
        context.customStatus = context.input
        yield context.event('go')
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'shows', input: '"half"' })
  const status = await hub.waitFor(instanceId, 'started', soon())
  assert.equal(status.customStatus, '"half"')
  const large = await hub.start({ name: 'shows', input: JSON.stringify('x'.repeat(9000)) })
  const { failure } = await hub.waitFor(large.instanceId, 'ended', soon())
  assert.match(failure?.ErrorMessage ?? '', /must not exceed 16 KB. The current payload size is 18 KB/)
})

test('the history text marks what was played and matches the events', async (t) => {
  const { hub, executor } = await openFixture(t, {
    orchestrators: {
      *two(context) {
        yield context.activity('a', '"IsPlayed":false')
        yield context.activity('a')
      },
    },
    activities: { a: (input) => input },
  })
  const seen: { IsPlayed: boolean; EventType: number }[][] = []
  const { orchestrator } = executor
  executor.orchestrator = async (turn, signal) => {
    seen.push(JSON.parse(turn.historyJson()))
    assert.deepEqual(seen.at(-1), JSON.parse(JSON.stringify([...turn.pastEvents, ...turn.newEvents])))
    return await orchestrator(turn, signal)
  }
  const { instanceId } = await hub.start({ name: 'two' })
  await outputOf(hub, instanceId)
  const played = seen.map((events) => events.filter(({ EventType }) => EventType !== 12 && EventType !== 13))
  assert.deepEqual(
    played.map((events) => events.map(({ IsPlayed }) => IsPlayed)),
    [[false], [true, false, false], [true, false, true, false, false]],
  )
})

test('activities that were under way are run again after a restart, those that ended are not', async (t) => {
  const runs: unknown[] = []
  let isStuck = true
  const { hub, reopen } = await openFixture(t, {
    orchestrators: {
      *two(context) {
        const tasks: Task[] = [context.activity('work', 'quick'), context.activity('work', 'slow')]
        return yield context.all(tasks)
      },
    },
    activities: {
      work: (name) => {
        runs.push(name)
        return name === 'slow' && isStuck ? new Promise(() => {}) : name
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'two' })
  await until(async () => (await hub.history(instanceId)).some(({ EventType }) => EventType === 5))
  isStuck = false
  const again = await reopen()
  assert.deepEqual(await outputOf(again, instanceId), ['quick', 'slow'])
  assert.deepEqual(runs, ['quick', 'slow', 'slow'])
})
