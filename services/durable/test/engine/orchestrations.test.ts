import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type DurableSpan,
  InstanceExists,
  InstanceNotFound,
  InvalidState,
  replaceable,
  TurnAborted,
} from '@aloft/durable'
import { advanceUntil, openFixture, outputOf } from './hub-fixture.ts'
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

test('what ends while its orchestration is suspended is not lost with the process', async (t) => {
  let runs = 0
  let finish = () => {}
  const { hub, reopen, engine } = await openFixture(t, {
    orchestrators: {
      *one(context) {
        return yield context.activity('slow')
      },
    },
    activities: {
      slow: async () => {
        runs++
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        return 'ended'
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'one' })
  await hub.waitFor(instanceId, 'started', soon())
  await hub.suspend(instanceId, null)
  await until(async () => (await hub.status(instanceId))?.runtimeStatus === 'Suspended')
  finish()
  await until(
    async () => (await engine.database.read((s) => s.all('SELECT 1 FROM durable_message'))).length > 0,
  )
  const again = await reopen()
  await again.resume(instanceId, null)
  assert.equal(await outputOf(again, instanceId), 'ended')
  assert.equal(runs, 1)
})

test('those who listen hear of the beginning, the end and the spans', async (t) => {
  const heard: string[] = []
  const spans: DurableSpan[] = []
  const { hub } = await openFixture(
    t,
    {
      orchestrators: {
        *parent(context) {
          yield context.activity('same', 1)
          return yield context.child('child')
        },
        *child(context) {
          return yield context.activity('same', 2)
        },
      },
      activities: { same: (value) => value },
    },
    {
      onLifecycle: ({ name, runtimeStatus }) => heard.push(`${name} ${runtimeStatus}`),
      onSpan: (span) => spans.push(span),
    },
  )
  const traceParent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const { instanceId } = await hub.start({ name: 'parent', traceParent })
  await outputOf(hub, instanceId)
  await until(async () => heard.length === 4)
  assert.deepEqual(heard, ['parent Running', 'child Running', 'child Completed', 'parent Completed'])
  const parent = spans.find(({ name }) => name === 'orchestration:parent')
  const child = spans.find(({ name }) => name === 'orchestration:child')
  assert.deepEqual(
    spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
    [
      ['activity:same', parent?.spanId],
      ['activity:same', child?.spanId],
      ['orchestration:child', parent?.spanId],
      ['orchestration:parent', 'b'.repeat(16)],
    ],
  )
  assert.ok(spans.every(({ traceId }) => traceId === 'a'.repeat(32)))
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

test('a suspended orchestration takes nothing until it is resumed, then everything in order', async (t) => {
  const { hub, executor } = await openFixture(t, {
    orchestrators: {
      *collects(context) {
        return [yield context.event('n'), yield context.event('n')]
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'collects' })
  await hub.waitFor(instanceId, 'started', soon())
  await hub.suspend(instanceId, 'pause')
  await hub.raiseEvent(instanceId, 'n', '1')
  await hub.raiseEvent(instanceId, 'n', '2')
  await until(async () => (await hub.status(instanceId))?.runtimeStatus === 'Suspended')
  await assert.rejects(hub.suspend(instanceId, null), InvalidState)
  assert.equal(executor.turns, 1)
  await hub.resume(instanceId, null)
  assert.deepEqual(await outputOf(hub, instanceId), [1, 2])
})

test('terminate ends an orchestration, with its children when asked, before the time of its start as well', async (t) => {
  const { hub, clock } = await openFixture(t, {
    orchestrators: {
      *parent(context) {
        yield context.child('child', null, 'child')
      },
      *child(context) {
        yield context.event('never')
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'parent' })
  await until(async () => (await hub.status('child'))?.runtimeStatus === 'Running')
  await hub.terminate(instanceId, 'enough', 'terminate')
  assert.equal(await outputOf(hub, instanceId), 'enough')
  assert.equal((await hub.waitFor('child', 'ended', soon())).runtimeStatus, 'Terminated')
  const later = await hub.start({ name: 'child', at: clock.now() + 60_000 })
  await hub.terminate(later.instanceId, null)
  assert.equal((await hub.waitFor(later.instanceId, 'ended', soon())).runtimeStatus, 'Terminated')
})

test('a scheduled start waits for its time, and events wait with it', async (t) => {
  const { hub, clock, executor, reopen } = await openFixture(t, {
    orchestrators: {
      *waits(context) {
        return yield context.event('n')
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'waits', at: clock.now() + 600_000 })
  await hub.raiseEvent(instanceId, 'n', '7')
  const again = await reopen()
  await clock.advance(500_000)
  assert.equal(executor.turns, 0)
  await advanceUntil(
    clock,
    60_000,
    async () => (await again.status(instanceId))?.runtimeStatus === 'Completed',
  )
  assert.equal(await outputOf(again, instanceId), 7)
})

test('an id can be used again only as its policy allows, and by one caller', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *echo(context) {
        if (context.input === 'wait') yield context.event('never')
        return context.input
      },
    },
  })
  const starts = await Promise.allSettled(
    [1, 2, 3].map((n) => hub.start({ name: 'echo', instanceId: 'one', input: String(n) })),
  )
  assert.equal(starts.filter(({ status }) => status === 'fulfilled').length, 1)
  await hub.waitFor('one', 'ended', soon())
  await hub.start({ name: 'echo', instanceId: 'one', input: '"wait"' })
  await hub.waitFor('one', 'started', soon())
  await assert.rejects(hub.start({ name: 'echo', instanceId: 'one' }), InstanceExists)
  await hub.start({ name: 'echo', instanceId: 'one', input: '5', replaceable: replaceable.AnyState })
  assert.equal(await outputOf(hub, 'one'), 5)
})

test('rewind runs the failed activity again and keeps what succeeded, down to the children', async (t) => {
  const runs: string[] = []
  let isBroken = true
  const { hub } = await openFixture(t, {
    orchestrators: {
      *parent(context) {
        const first = yield context.activity('work', 'first')
        return [first, yield context.child('child')]
      },
      *child(context) {
        const results = [yield context.activity('work', 'fine'), yield context.activity('work', 'fragile')]
        return [results, yield context.activity('work', 'last')]
      },
    },
    activities: {
      work: (name) => {
        runs.push(name as string)
        if (name === 'fragile' && isBroken) throw new Error('broken')
        return name
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'parent' })
  assert.equal((await hub.waitFor(instanceId, 'ended', soon())).runtimeStatus, 'Failed')
  isBroken = false
  await hub.rewind(instanceId, 'mended')
  assert.deepEqual(await outputOf(hub, instanceId), ['first', [['fine', 'fragile'], 'last']])
  assert.deepEqual(runs, ['first', 'fine', 'fragile', 'fragile', 'last'])
  await assert.rejects(hub.rewind(instanceId, null), InvalidState)
})

test('restart, purge and retention', async (t) => {
  const { hub, clock } = await openFixture(
    t,
    {
      orchestrators: {
        echo: ({ input }) => input as string,
        *parent(context) {
          return yield context.child('echo', 1, 'kid')
        },
      },
    },
    { retention: [{ status: 'Completed', keepMs: 3_600_000 }] },
  )
  const { instanceId } = await hub.start({ name: 'echo', input: '{"a":1}' })
  await outputOf(hub, instanceId)
  const restarted = await hub.restart(instanceId, 'new-id')
  assert.deepEqual(await outputOf(hub, restarted), { a: 1 })
  assert.equal(await hub.restart(instanceId, 'same-id'), instanceId)
  await outputOf(hub, instanceId)
  assert.equal(await hub.purge(instanceId), 1)
  await assert.rejects(hub.purge(instanceId), InstanceNotFound)
  assert.deepEqual(await hub.purgeWhere({ createdFrom: 0 }), { deleted: 1, isComplete: true })
  const family = await hub.start({ name: 'parent' })
  await outputOf(hub, family.instanceId)
  assert.equal(await hub.purge(family.instanceId, 'purge'), 2)
  await hub.start({ name: 'echo', instanceId: 'old' })
  await outputOf(hub, 'old')
  await clock.advance(3_700_000)
  await until(async () => (await hub.status('old')) === undefined)
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

test('only versions up to the own one are run', async (t) => {
  const { hub, clock, executor } = await openFixture(
    t,
    {
      orchestrators: {
        echo: ({ turn }) => turn.version,
      },
    },
    { defaultVersion: '1.10' },
  )
  const own = await hub.start({ name: 'echo' })
  const older = await hub.start({ name: 'echo', version: '1.9' })
  const newer = await hub.start({ name: 'echo', version: '2.0' })
  assert.equal(await outputOf(hub, own.instanceId), '1.10')
  assert.equal(await outputOf(hub, older.instanceId), '1.9')
  await clock.advance(100_000)
  assert.equal(executor.turns, 2)
  assert.equal((await hub.status(newer.instanceId))?.runtimeStatus, 'Pending')
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

test('payloads of any size come back as they were', async (t) => {
  const { hub, reopen } = await openFixture(t, {
    orchestrators: {
      *echo(context) {
        yield context.event('go')
        return context.input
      },
    },
  })
  const large = 'y'.repeat(400_000)
  const { instanceId } = await hub.start({ name: 'echo', input: JSON.stringify(large) })
  await hub.waitFor(instanceId, 'started', soon())
  const again = await reopen()
  await again.raiseEvent(instanceId, 'go', null)
  assert.equal(await outputOf(again, instanceId), large)
  assert.equal((await again.status(instanceId))?.input, JSON.stringify(large))
  assert.equal((await again.query({ payloads: 'without' })).instances[0]?.input, null)
})

test('queries filter and page', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *echo(context) {
        if (context.input === 9) yield context.event('never')
        return context.input
      },
    },
  })
  for (let n = 0; n < 10; n++) {
    await hub.start({ name: 'echo', instanceId: `a${n}`, input: String(n) })
    await hub.waitFor(`a${n}`, n === 9 ? 'started' : 'ended', soon())
  }
  const ids: string[] = []
  let continuation: string | undefined
  do {
    const page = await hub.query({ statuses: ['Completed'], limit: 4, continuation })
    ids.push(...page.instances.map(({ instanceId }) => instanceId))
    continuation = page.continuation
  } while (continuation !== undefined)
  assert.deepEqual(
    ids,
    Array.from({ length: 9 }, (_, n) => `a${n}`),
  )
  const newest = await hub.query({ idPrefix: 'a', first: 'newest', limit: 2 })
  assert.deepEqual(
    newest.instances.map(({ instanceId }) => instanceId),
    ['a9', 'a8'],
  )
  assert.deepEqual(await hub.counts(), { Completed: 9, Running: 1 })
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

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 5000; round++) {
    if (await isTrue()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('It did not come about')
}
