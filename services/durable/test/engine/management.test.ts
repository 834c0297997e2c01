import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HubClosed, InstanceExists, InstanceNotFound, InvalidState, replaceable } from '@aloft/durable'
import { advanceUntil, openFixture, outputOf, until } from './hub-fixture.ts'

const soon = () => AbortSignal.timeout(20_000)

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

test('a hub that closes tells those who wait, and takes no more requests; one that drains ends its work first', async (t) => {
  let finish = () => {}
  const { hub, reopen } = await openFixture(t, {
    orchestrators: {
      *one(context) {
        return yield context.activity('slow')
      },
    },
    activities: {
      slow: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        return 'ended'
      },
    },
  })
  const { instanceId } = await hub.start({ name: 'one' })
  const waiting = assert.rejects(hub.waitFor(instanceId, 'ended', soon()), HubClosed)
  await until(async () => hub.metrics().activities === 1)
  const drained = hub.drain()
  finish()
  await drained
  const again = await reopen()
  await waiting
  await assert.rejects(hub.start({ name: 'one' }), HubClosed)
  assert.equal(await outputOf(again, instanceId), 'ended')
  assert.equal(again.metrics().activities, 0)
})
