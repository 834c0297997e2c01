/**
 * Host and workers are killed at random moments of a mixed load. `ALOFT_CRASH_ROUNDS` sets how often,
 * `ALOFT_CRASH_SEED` when. Many rounds take longer than `./aloft test` lets a file run: give this one to Node itself.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventTypes, type HistoryEvent, openTaskHubs, type TaskHub } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { systemClock as clock, Logger } from '@aloft/kernel'
import { appFolder } from '../start/app-folder.ts'
import { ChaosHost } from './chaos-host.ts'
import { chaosApp, type Workflow, workflows } from './chaos-load.ts'

const rounds = Number(process.env.ALOFT_CRASH_ROUNDS ?? 4)
const seed = Number(process.env.ALOFT_CRASH_SEED ?? 1)
const startsPerRound = 3
const lanes = 12
const longestLifeMs = 500
const hubName = 'Chaos'

const timeout = 60_000 + rounds * 10_000

test('kills change nothing about what comes of orchestrations', { timeout }, async (t) => {
  t.diagnostic(`seed ${seed}`)
  const random = randomOf(seed)
  const directory = await appFolder(t, {
    'host.json': JSON.stringify({ version: '2.0', extensions: { durableTask: { hubName } } }),
    'package.json': '{"name":"chaos","main":"app.js"}',
    'app.js': chaosApp,
  })
  const host = new ChaosHost(t, directory)
  const ids: string[] = []
  for (let round = 0; round < rounds; round++) {
    await host.isUp
    const fresh = Object.keys(workflows).flatMap((name) =>
      Array.from({ length: startsPerRound }, (_, index) => `${name}-${round}-${index}`),
    )
    ids.push(...shuffled(fresh, random))
    const load = inLanes(ids.slice(-fresh.length), (id) => begin(host, id))
    await new Promise((resolve) => setTimeout(resolve, random() * longestLifeMs))
    if (random() < 0.5 || !host.killWorker()) await host.kill()
    await load
  }
  await inLanes(ids, (id) => checkOutput(host, id))
  const seen = new Set(host.effects().map(({ key }) => key))
  for (const id of ids)
    for (const ending of workflowOf(id).effects)
      assert.ok(seen.has(id + ending), `${id}${ending} has not run`)
  await host.stop()

  const log = new Logger(clock, [])
  const engine = await openEngine({ directory: join(directory, '.aloft'), clock, log })
  const hubs = await openTaskHubs({ engine, clock, log })
  t.after(() => hubs.close().then(() => engine.close()))
  const idle = () => Promise.reject(new Error('nothing is left to be done'))
  const hub = await hubs.hub(hubName, { orchestrator: idle, activity: idle, entity: idle })
  const sum = (value: (workflow: Workflow) => number) =>
    ids.reduce((all, id) => all + value(workflowOf(id)), 0)
  assert.equal((await hub.entity('@counter@all'))?.state, String(sum(({ adds = 0 }) => adds)))
  const orchestrations = await allIds(hub)
  assert.equal(
    orchestrations.length,
    sum(({ children = 0 }) => 1 + children),
  )
  const shapes = new Map<string, { id: string; shape: string }>()
  for (const id of orchestrations) {
    const history = await hub.history(id)
    checkHistory(id, history)
    const name = String(history.find(({ EventType }) => EventType === eventTypes.executionStarted)?.Name)
    if (workflows[name]?.countsRuns) continue
    const shape = shapeOf(history)
    const first = shapes.get(name) ?? { id, shape }
    shapes.set(name, first)
    assert.equal(shape, first.shape, `the histories of ${id} and ${first.id} differ`)
  }
})

/** Starts one workflow, once: when an answer is lost its id tells whether it has been started. */
async function begin(host: ChaosHost, id: string): Promise<void> {
  const name = nameOf(id)
  for (;;) {
    if ((await host.ask(`instances/${id}`)).status !== 404) break
    const answer = await host.askOnce(`orchestrators/${name}/${id}`, workflowOf(id).input(id))
    if (!answer) continue
    assert.equal(answer.status, 202, `${id}: ${answer.text}`)
    break
  }
  if (name !== 'Event') return
  const raised = await host.ask(`instances/${id}/raiseEvent/go`, 'now')
  assert.ok(raised.status === 202 || raised.status === 410, `${id}: ${raised.status} ${raised.text}`)
}

async function checkOutput(host: ChaosHost, id: string): Promise<void> {
  const { text } = await host.ask(`instances/${id}?timeout=30`)
  const status = JSON.parse(text) as { readonly runtimeStatus?: string; readonly output?: unknown }
  assert.equal(status.runtimeStatus, 'Completed', `${id}: ${text}`)
  assert.deepEqual(status.output, workflowOf(id).output, id)
}

/** What is done has dense ids, each outcome belongs to what was scheduled, and comes once. */
function checkHistory(id: string, history: readonly HistoryEvent[]): void {
  const what = `${id}: ${JSON.stringify(history)}`
  const own = history.filter(({ EventId }) => EventId >= 0).map(({ EventId }) => EventId)
  assert.equal(new Set(own).size, own.length, `an id twice in ${what}`)
  const { executionCompleted, taskScheduled, subOrchestrationCreated } = eventTypes
  const count = (type: number) => history.filter(({ EventType }) => EventType === type).length
  assert.equal(count(eventTypes.executionStarted), 1, what)
  assert.equal(count(executionCompleted), 1, what)
  const known = new Set<unknown>()
  const answered = new Set<unknown>()
  const timers = new Set<unknown>()
  for (const { EventType, EventId, TaskScheduledId, TimerId } of history) {
    if (EventType === taskScheduled || EventType === subOrchestrationCreated) known.add(EventId)
    if (EventType === eventTypes.timerCreated) timers.add(EventId)
    const id = TaskScheduledId ?? TimerId
    if (typeof id !== 'number') continue
    assert.ok(known.has(id) || timers.has(id), `an outcome of nothing in ${what}`)
    assert.ok(!answered.has(id), `an outcome twice in ${what}`)
    answered.add(id)
  }
  for (const id of known) assert.ok(answered.has(id), `an outcome is missing in ${what}`)
  assert.deepEqual(
    own,
    [...own].sort((a, b) => a - b),
    what,
  )
  // Ids of events that are waited for are the SDK's, without an event of their own.
  if (!own.some((each) => each > own.length - 1)) return
  assert.ok(['Event', 'Entity'].includes(nameOf(id)), `a gap in ${what}`)
}

/** What was done, in its order, and what came of it, which comes in any order. */
function shapeOf(history: readonly HistoryEvent[]): string {
  const done = history
    .filter(({ EventId }) => EventId >= 0)
    .map(({ EventType, EventId, Name }) => `${EventId}:${EventType}:${Name ?? ''}`)
  const came = history
    .filter(({ EventId, EventType }) => EventId < 0 && EventType !== eventTypes.orchestratorStarted)
    .filter(({ EventType }) => EventType !== eventTypes.orchestratorCompleted)
    .map(({ EventType, TaskScheduledId, TimerId, Result }) =>
      [EventType, TaskScheduledId ?? TimerId ?? '', Result ?? ''].join(':'),
    )
  // An event whose answer was lost was raised twice.
  return [...done, ...new Set(came.sort())].join('\n')
}

async function allIds(hub: TaskHub): Promise<string[]> {
  const ids: string[] = []
  let continuation: string | undefined
  do {
    const page = await hub.query({ kind: 'orchestration', limit: 1000, continuation })
    ids.push(...page.instances.map(({ instanceId }) => instanceId))
    continuation = page.continuation
  } while (continuation !== undefined)
  return ids
}

async function inLanes(ids: readonly string[], run: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids]
  const lane = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await run(id)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

function nameOf(id: string): string {
  return id.slice(0, id.indexOf('-'))
}

function workflowOf(id: string): Workflow {
  return workflows[nameOf(id)]!
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function shuffled(list: readonly string[], random: () => number): string[] {
  return list
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value)
}
