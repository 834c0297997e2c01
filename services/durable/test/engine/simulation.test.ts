import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventTypes, type HistoryEvent, type TaskHub, TurnAborted } from '@aloft/durable'
import { Partition } from '../../src/engine/partition.ts'
import { type Fixture, openFixture } from './hub-fixture.ts'
import {
  countEvents,
  interpret,
  type Program,
  programFunctions,
  randomFrom,
  randomProgram,
} from './random-programs.ts'

/** Programs of a round share a hub, so that they get into each other's way. */
const programsPerRound = Number(process.env.DURABLE_PROGRAMS ?? 100)
const rounds = Number(process.env.DURABLE_ROUNDS ?? 4)

for (let round = 0; round < rounds; round++) {
  test(`random programs come to what they must, through crashes, repeats and delays (seed ${round})`, async (t) => {
    const random = randomFrom(round + Number(process.env.DURABLE_SEED ?? 0))
    const fixture = await openFixture(t, programFunctions, {
      partitions: 1 + (round % 3),
      warmCharacters: round % 2 === 0 ? 20_000 : 1e9,
    })
    disturb(t, fixture, random)
    const programs = Array.from({ length: programsPerRound }, (_, index) =>
      randomProgram(random, `p${index}`),
    )
    const raise = await startAll(fixture.hub, programs)
    let hub = fixture.hub
    for (let crash = 0; crash < 5; crash++) {
      for (let step = 0; step < 12; step++) await fixture.clock.advance(random() * 200)
      await Promise.all(raise.splice(0, raise.length / 2).map((tell) => tell(hub)))
      hub = await fixture.reopen()
    }
    await Promise.all(raise.map((tell) => tell(hub)))
    // The disk takes its own time, however fast the clock is turned.
    const deadline = AbortSignal.timeout(60_000)
    while (!deadline.aborted && !(await haveEnded(hub))) await fixture.clock.advance(100)
    for (const [index, program] of programs.entries()) await check(hub, index, program)
    await checkLeftovers(fixture, hub)
  })
}

/** Resolves to what is to be raised later, in order for each instance. */
async function startAll(
  hub: TaskHub,
  programs: readonly Program[],
): Promise<((hub: TaskHub) => Promise<void>)[]> {
  const starts = programs.map(async (program, index) => {
    const instanceId = `p${index}`
    await hub.start({ name: 'program', instanceId, input: JSON.stringify({ ...program, results: [] }) })
    return async (current: TaskHub) => {
      for (const [name, count] of countEvents(program))
        for (let number = 0; number < count; number++)
          await current.raiseEvent(instanceId, name, String(number))
    }
  })
  return await Promise.all(starts)
}

async function haveEnded(hub: TaskHub): Promise<boolean> {
  const { Running = 0, Pending = 0 } = await hub.counts()
  return Running + Pending === 0
}

/** Gives up turns and activities now and then, delivers messages twice, and outcomes late and out of order. */
function disturb(t: { after(undo: () => void): void }, { executor }: Fixture, random: () => number): void {
  const { orchestrator, activity, entity } = executor
  const maybeAbort = () => {
    if (random() < 0.03) throw new TurnAborted('the worker is gone')
  }
  Object.assign(executor, {
    orchestrator: async (...given: Parameters<typeof orchestrator>) => {
      maybeAbort()
      return await orchestrator(...given)
    },
    activity: async (...given: Parameters<typeof activity>) => {
      for (let wait = random() * 6; wait > 1; wait--) await new Promise((resolve) => setImmediate(resolve))
      maybeAbort()
      return await activity(...given)
    },
    entity: async (...given: Parameters<typeof entity>) => {
      maybeAbort()
      return await entity(...given)
    },
  })
  const { deliver } = Partition.prototype
  Partition.prototype.deliver = function (target, message) {
    deliver.call(this, target, message)
    if (random() < 0.05) setImmediate(() => deliver.call(this, target, { ...message }))
  }
  t.after(() => {
    Partition.prototype.deliver = deliver
  })
}

async function check(hub: TaskHub, index: number, program: Program): Promise<void> {
  const instanceId = `p${index}`
  const status = await hub.status(instanceId)
  assert.equal(
    status?.runtimeStatus,
    'Completed',
    `${instanceId}: ${status?.output} ${JSON.stringify(program)}`,
  )
  const output = JSON.parse(JSON.parse(status?.output ?? ''))
  assert.deepEqual(output, interpret(program), `${instanceId} ${JSON.stringify(program)}`)
  checkHistory(await hub.history(instanceId))
}

/** Nothing twice, nothing without its beginning, and time never goes back. */
function checkHistory(history: readonly HistoryEvent[]): void {
  const begun = new Set<unknown>()
  const closed = new Set<unknown>()
  let time = ''
  for (const event of history) {
    if (event.EventId >= 0 && event.EventType !== eventTypes.executionCompleted) {
      assert.ok(!begun.has(event.EventId), `${event.EventId} was begun twice`)
      begun.add(event.EventId)
    }
    const closes = event.EventType === eventTypes.timerFired ? event.TimerId : event.TaskScheduledId
    if (closes !== undefined) {
      assert.ok(begun.has(closes) && !closed.has(closes), `${closes} was closed twice`)
      closed.add(closes)
    }
    if (event.EventType === eventTypes.orchestratorStarted) {
      assert.ok(event.Timestamp >= time, 'time went back')
      time = event.Timestamp
    }
  }
  assert.equal(history.at(-1)?.EventType, eventTypes.orchestratorCompleted)
}

async function checkLeftovers({ engine, clock }: Fixture, hub: TaskHub): Promise<void> {
  const left = () =>
    engine.database.read((snapshot) => snapshot.all('SELECT target, body FROM durable_message LIMIT 5'))
  for (let step = 0; step < 2000 && (await left()).length > 0; step++) await clock.advance(1000)
  assert.deepEqual(await left(), [])
  const { entities } = await hub.entities({ transient: 'with', limit: 10_000 })
  assert.deepEqual(
    entities.filter(({ lockedBy }) => lockedBy !== null),
    [],
  )
}
