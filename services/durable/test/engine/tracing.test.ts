import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurableSpan, HubOptions } from '@aloft/durable'
import { advanceUntil, openFixture, outputOf, until } from './hub-fixture.ts'
import type { Functions } from './replay-executor.ts'
import { lines, spanTree } from './span-tree.ts'

const root = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
const traceParent = `00-${root.traceId}-${root.spanId}-01`

function recording(): { spans: DurableSpan[]; options: Partial<HubOptions> } {
  const spans: DurableSpan[] = []
  return { spans, options: { onSpan: (span) => spans.push(span) } }
}

const functions: Functions = {
  orchestrators: {
    *all(context) {
      yield context.activity('same', 1)
      yield context.timer(60_000)
      yield context.call('@counter@one', 'add', 1)
      context.signal('@counter@one', 'add', 2)
      yield context.event('go')
      return yield context.child('child')
    },
    *child(context) {
      return yield context.activity('same', 2)
    },
    *twice(context) {
      if (context.input === 'first') context.continueAsNew('second')
      yield context.activity('same', context.input)
    },
    *failing(context) {
      yield context.activity('bad')
    },
    *open(context) {
      yield context.activity('endless')
    },
  },
  activities: {
    same: (value) => value,
    bad: () => {
      throw new Error('not today')
    },
    endless: () => new Promise(() => {}),
  },
  entities: {
    counter: (state, _operation, input) => {
      const sum = ((state as number | undefined) ?? 0) + (input as number)
      return { state: sum, answer: sum }
    },
  },
}

test('all that an orchestration does is one tree, across a restart', async (t) => {
  const { spans, options } = recording()
  const fixture = await openFixture(t, functions, options)
  const { hub, clock } = fixture
  const { instanceId } = await hub.start({ name: 'all', instanceId: 'i', traceParent })
  await until(async () => spans.some(({ kind, name }) => kind === 'client' && name === 'activity:same'))
  const again = await fixture.reopen()
  await advanceUntil(clock, 5000, async () => spans.some(({ kind }) => kind === 'consumer'))
  await again.raiseEvent(instanceId, 'go', null, traceParent)
  await outputOf(again, instanceId)
  await until(async () => spans.some(({ name, kind }) => name === 'orchestration:all' && kind === 'server'))
  assert.equal(
    spanTree(spans, root),
    lines(`
      producer create_orchestration:all
        server orchestration:all
          client activity:same
            server activity:same
          internal orchestration:all:timer
          client entity:counter:add
            server entity:counter:add
          producer entity:counter:add
            consumer entity:counter:add
          client orchestration:child
            server orchestration:child
              client activity:same
                server activity:same
      producer orchestration_event:go
    `),
  )
  const own = spans.find(({ name, kind }) => name === 'orchestration:all' && kind === 'server')
  assert.deepEqual(own?.attributes, {
    'durabletask.type': 'orchestration',
    'durabletask.task.name': 'all',
    'durabletask.task.instance_id': 'i',
    'durabletask.task.execution_id': (await again.status('i'))?.executionId,
    'durabletask.task.status': 'Completed',
  })
  assert.ok(own.durationMs >= 60_000)
  const timer = spans.find(({ kind }) => kind === 'internal')
  assert.equal(timer?.durationMs, 60_000)
})

test('every generation has a span, beside the one before', async (t) => {
  const { spans, options } = recording()
  const { hub } = await openFixture(t, functions, options)
  const { instanceId } = await hub.start({ name: 'twice', input: '"first"', traceParent })
  await outputOf(hub, instanceId)
  await until(async () => spans.filter(({ name }) => name === 'orchestration:twice').length === 2)
  const own = spans.filter(({ name }) => name === 'orchestration:twice')
  assert.deepEqual(
    own.map(({ attributes }) => attributes['durabletask.task.status']),
    ['ContinuedAsNew', 'Completed'],
  )
  assert.equal(own[0]?.parentSpanId, own[1]?.parentSpanId)
  spanTree(spans, root)
})

test('failures are told by their spans', async (t) => {
  const { spans, options } = recording()
  const { hub } = await openFixture(t, functions, options)
  const { instanceId } = await hub.start({ name: 'failing', traceParent })
  await outputOf(hub, instanceId)
  await until(async () =>
    spans.some(({ name, kind }) => name === 'orchestration:failing' && kind === 'server'),
  )
  const wrong = spans.filter(({ error }) => error !== undefined)
  assert.deepEqual(wrong.map(({ kind, name }) => `${kind} ${name}`).sort(), [
    'client activity:bad',
    'server activity:bad',
    'server orchestration:failing',
  ])
  for (const { error } of wrong) assert.match(error ?? '', /not today/)
})

test('what a terminated orchestration leaves open is in the tree, and a trace begins with its client', async (t) => {
  const { spans, options } = recording()
  const { hub, executor } = await openFixture(t, functions, options)
  const { instanceId } = await hub.start({ name: 'open' })
  await until(async () => executor.turns === 1)
  await hub.terminate(instanceId, 'enough')
  await outputOf(hub, instanceId)
  await until(async () => spans.some(({ name, kind }) => name === 'orchestration:open' && kind === 'server'))
  assert.equal(
    spanTree(spans, { traceId: spans[0]?.traceId ?? '', spanId: '' }),
    lines(`
      producer create_orchestration:open
        server orchestration:open
          client activity:endless
    `),
  )
})

test('nobody who takes spans, no spans: what is started gets its trace all the same', async (t) => {
  const { hub, executor } = await openFixture(t, functions)
  const given: (string | undefined)[] = []
  const { activity } = executor
  executor.activity = (work, signal) => {
    given.push(work.traceParent)
    return activity(work, signal)
  }
  await outputOf(hub, (await hub.start({ name: 'child', traceParent })).instanceId)
  await outputOf(hub, (await hub.start({ name: 'child' })).instanceId)
  assert.match(given[0] ?? '', /^00-a{32}-/)
  assert.equal(given[1], undefined)
})
