import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTaskHubs, type TaskHub } from '@aloft/durable'
import { Logger } from '@aloft/kernel'
import { advanceUntil, type Fixture, openFixture, outputOf } from './hub-fixture.ts'
import { type Functions, stubExecutor } from './replay-executor.ts'

const functions: Functions = {
  orchestrators: {
    *waits(context) {
      const answer = yield context.event('go')
      return yield context.activity('echo', answer)
    },
  },
  activities: { echo: (input) => input },
}

/** Another host over the same engine. */
async function openOther({ engine, clock }: Fixture) {
  const log = new Logger(clock, [])
  const executor = stubExecutor(functions)
  const hubs = await openTaskHubs({ engine, clock, log, owner: 'other' })
  return { hubs, executor, hub: await hubs.hub('Test', executor) }
}

async function hasEnded(hub: TaskHub, id: string): Promise<boolean> {
  return (await hub.status(id))?.runtimeStatus === 'Completed'
}

test('a second host takes requests, and the one that holds the lease does the work', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub, clock, executor } = fixture
  const other = await openOther(fixture)
  await other.hub.start({ name: 'waits', instanceId: 'one' })
  await advanceUntil(clock, 10, async () => (await hub.status('one'))?.runtimeStatus === 'Running')
  await other.hub.raiseEvent('one', 'go', '7')
  await advanceUntil(clock, 10, async () => await hasEnded(other.hub, 'one'))
  assert.equal(await outputOf(hub, 'one'), 7)
  assert.equal(other.executor.turns, 0)
  assert.ok(executor.turns > 0)
  await other.hubs.close()
})

test('the other host goes on when the first one closes', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub, clock } = fixture
  await hub.start({ name: 'waits', instanceId: 'one' })
  await hub.waitFor('one', 'started', AbortSignal.timeout(9000))
  const other = await openOther(fixture)
  await hub.close()
  await other.hub.raiseEvent('one', 'go', '8')
  await advanceUntil(clock, 1000, async () => await hasEnded(other.hub, 'one'))
  assert.equal(await outputOf(other.hub, 'one'), 8)
  await other.hubs.close()
})

test('a host whose lease was taken over commits nothing any more', async (t) => {
  const fixture = await openFixture(t, functions)
  const { hub, clock, engine, executor } = fixture
  await hub.start({ name: 'waits', instanceId: 'one' })
  await hub.waitFor('one', 'started', AbortSignal.timeout(9000))
  const { orchestrator } = executor
  let answer = () => {}
  executor.orchestrator = async (turn, signal) => {
    await new Promise<void>((resolve) => {
      answer = resolve
    })
    return await orchestrator(turn, signal)
  }
  await hub.raiseEvent('one', 'go', '9')
  // Somebody else takes the lease while the turn is under way.
  await engine.database.write((transaction) =>
    transaction.run("UPDATE lease SET owner = 'other', epoch = epoch + 1 WHERE name LIKE 'durable/%'"),
  )
  const before = await hub.history('one')
  answer()
  await clock.advance(1000)
  for (let round = 0; round < 200; round++) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(await hub.history('one'), before)
  const other = await openOther(fixture)
  await advanceUntil(clock, 5000, async () => await hasEnded(other.hub, 'one'))
  assert.equal(await outputOf(other.hub, 'one'), 9)
  await other.hubs.close()
})

test('hubs of one database keep out of each other’s way, also after one is removed', async (t) => {
  const { engine, clock } = await openFixture(t, functions)
  const hubs = await openTaskHubs({ engine, clock, log: new Logger(clock, []) })
  const run = async (hub: TaskHub, input: string) => {
    await hub.start({ name: 'waits', instanceId: 'one' })
    await hub.raiseEvent('one', 'go', input)
    return await outputOf(hub, 'one')
  }
  const [first, second] = await Promise.all(
    ['First', 'Second'].map((name) => hubs.hub(name, stubExecutor(functions))),
  )
  assert.ok(first && second)
  assert.deepEqual(await Promise.all([run(first, '1'), run(second, '2')]), [1, 2])
  await assert.rejects(hubs.hub('FIRST', stubExecutor(functions)), /open already/)
  await second.close()
  await hubs.remove('second')
  assert.deepEqual(await hubs.names(), ['First', 'Test'])
  const anew = await hubs.hub('Second', stubExecutor(functions))
  assert.equal(await anew.status('one'), undefined)
  assert.equal(await run(anew, '3'), 3)
  assert.equal((await first.query({})).instances.length, 1)
  await hubs.close()
})
