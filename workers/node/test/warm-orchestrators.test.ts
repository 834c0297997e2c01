import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { keepWarm } from '../src/warm-orchestrators.ts'

const require = createRequire(import.meta.url)
const main = require.resolve('durable-functions')

interface OrchestratorClass {
  new (fn: unknown): { listen(): Listener }
}

const { Orchestrator } = require(main.replace(/index\.js$/, 'orchestrations/Orchestrator.js')) as {
  Orchestrator: OrchestratorClass
}

type Event = Record<string, unknown>
type State = { actions: object[][]; isDone: boolean; isCold?: boolean; warm?: number } & Record<
  string,
  unknown
>
type Listener = (trigger: object, context: object) => Promise<State>

class ColdOrchestrator extends Orchestrator {}
/** With a `handle` of its own to be changed. */
class WarmOrchestrator extends Orchestrator {}
Object.defineProperty(WarmOrchestrator.prototype, 'handle', {
  value: (Orchestrator.prototype as { handle?: unknown }).handle,
  writable: true,
})
keepWarm(WarmOrchestrator as never)

const time = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const event = (EventType: number, second: number, members: Event = {}): Event => ({
  EventType,
  EventId: -1,
  IsPlayed: false,
  Timestamp: time(second),
  ...members,
})
const triggerOf = (history: readonly Event[], members: Event) => ({
  history: structuredClone(history),
  input: 3,
  instanceId: 'i',
  isReplaying: history.length > 2,
  parentInstanceId: null,
  upperSchemaVersion: 1,
  upperSchemaVersionNew: 3,
  longRunningTimerIntervalDuration: '3.00:00:00',
  maximumShortTimerDuration: '6.00:00:00',
  defaultHttpAsyncRequestSleepTimeMillseconds: 30000,
  ...members,
})

/** Turns of an execution: what each adds to history. */
const turns = [
  [event(12, 0), event(0, 0, { Name: 'O' })],
  [
    event(4, 0, { EventId: 0 }),
    event(4, 0, { EventId: 1 }),
    event(13, 0),
    event(12, 1),
    event(5, 1, { TaskScheduledId: 1, Result: '"b"' }),
  ],
  [
    event(10, 1, { EventId: 2 }),
    event(13, 1),
    event(12, 2),
    event(5, 2, { TaskScheduledId: 0, Result: '"a"' }),
    event(15, 2, { Name: 'go', Input: '5' }),
  ],
]

function orchestrator(log: string[]) {
  return function* ({ df, note }: { df: object; note?(): void }): Generator {
    const { callActivity, Task, createTimer, waitForExternalEvent, getInput } = bound(df)
    log.push('began')
    const both = [callActivity('A', getInput()), callActivity('B')]
    const first = (yield Task.any(both)) as { result: unknown }
    const timer = createTimer(
      new Date((df as { currentUtcDateTime: Date }).currentUtcDateTime.getTime() + 1000),
    )
    yield Task.any([timer, waitForExternalEvent('go')])
    timer.cancel()
    yield callActivity('C', first.result)
    note?.()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the SDK's context as user code sees it
function bound(df: any): any {
  return new Proxy(df, {
    get: (target, name) => (typeof target[name] === 'function' ? target[name].bind(target) : target[name]),
  })
}

test('a kept orchestrator returns what a replayed one returns', async () => {
  const log: string[] = []
  const cold: Listener = new ColdOrchestrator(orchestrator([])).listen()
  const warm: Listener = new WarmOrchestrator(orchestrator(log)).listen()
  let history: Event[] = []
  let held: object[] = []
  let seen: number | undefined
  for (const added of turns) {
    history = [...history, ...added]
    const expected = JSON.parse(JSON.stringify(await cold(triggerOf(history, {}), {})))
    const delta = seen === undefined ? history : added
    const state: State = JSON.parse(
      JSON.stringify(
        await warm(triggerOf(delta, { executionId: 'x', ...(seen !== undefined && { warmFrom: seen }) }), {}),
      ),
    )
    assert.equal(state.warm, history.length)
    held = [...held, ...state.actions[0]!]
    const canceled = (state.canceledKeys ?? []) as number[]
    const whole = JSON.parse(JSON.stringify(held), (_key, value) => {
      if (value && typeof value === 'object' && 'isCanceled' in value)
        value.isCanceled ||= canceled.includes(value.taskKey)
      return value
    })
    assert.equal(whole.length, expected.actions[0].length)
    assert.deepEqual([state.isDone, state.schemaVersion], [expected.isDone, expected.schemaVersion])
    seen = state.warm
  }
  assert.deepEqual(log, ['began'], 'the code ran once')
})

test('an orchestrator that is not kept asks for the whole history', async () => {
  const warm: Listener = new WarmOrchestrator(orchestrator([])).listen()
  const unknown = await warm(triggerOf(turns[1]!, { executionId: 'never', warmFrom: 2 }), {})
  assert.equal(unknown.isCold, true)
  await warm(triggerOf(turns[0]!, { executionId: 'y' }), {})
  const other = await warm(triggerOf(turns[1]!, { executionId: 'y', warmFrom: 7 }), {})
  assert.equal(other.isCold, true)
  const forgotten = await warm(triggerOf(turns[1]!, { executionId: 'y', warmFrom: 2 }), {})
  assert.equal(forgotten.isCold, true, 'after a doubt it is not used again')
})

test('what a kept orchestrator logs belongs to the turn that runs', async () => {
  const notes: number[] = []
  const warm: Listener = new WarmOrchestrator(function* (context: { df: object; note(): void }): Generator {
    const { df, note } = context
    yield bound(df).callActivity('A')
    context.note()
    note()
    yield bound(df).callActivity('B')
  }).listen()
  await warm(triggerOf(turns[0]!, { executionId: 'z' }), { note: () => notes.push(1) })
  const done = [event(4, 0, { EventId: 0 }), event(12, 1), event(5, 1, { TaskScheduledId: 0, Result: '1' })]
  await warm(triggerOf(done, { executionId: 'z', warmFrom: 2 }), { note: () => notes.push(2) })
  assert.deepEqual(notes, [2, 1], 'only what was taken out of the context before belongs to the turn of then')
})
