import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InvocationInput, Logger, systemClock, type TriggerContext } from '@aloft/kernel'
import { eventTypes, type HistoryEvent } from '../../src/contracts.ts'
import { OutOfProcessExecutor } from '../../src/oop/executor.ts'
import { TinyEngine } from './tiny-engine.ts'

const retryOptions = { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts: 3 }
const raced = {
  actionType: 11,
  compoundActions: [
    { actionType: 1, functionName: 'bad', retryOptions },
    { actionType: 0, functionName: 'ok' },
  ],
}
const next = { actionType: 0, functionName: 'next' }

/** An executor whose worker, not one of ours, answers with the actions that `program` returns for a history. */
function executorOf(program: (history: readonly HistoryEvent[]) => readonly object[]) {
  const asked: number[] = []
  const target = {
    app: {},
    log: new Logger(systemClock, []),
    function: { language: 'python' },
    invoke: async ({ data }: InvocationInput) => {
      const { history } = JSON.parse(data.string ?? '') as { history: HistoryEvent[] }
      asked.push(history.length)
      const state = { isDone: false, actions: [program(history)], schemaVersion: 2 }
      return { returnValue: { string: JSON.stringify(state) } }
    },
  } as unknown as TriggerContext
  const executor = new OutOfProcessExecutor({
    clock: systemClock,
    defaultHttpPollMs: 30_000,
    openTasks: 'waitFor',
    unusedEvents: 'kept',
    orchestrators: 'kept',
    keptWalks: 10,
    setting: () => undefined,
    find: () => target,
  })
  return { executor, asked }
}

function turnOf(engine: TinyEngine, newEvents: readonly HistoryEvent[]) {
  const pastEvents = [...engine.past]
  return {
    taskHub: 'Hub',
    instanceId: 'i',
    executionId: 'x',
    name: 'Program',
    version: null,
    input: null,
    parentInstanceId: null,
    pastEvents,
    newEvents,
    historyJson: () => JSON.stringify([...pastEvents, ...newEvents]),
  }
}

test('a turn that can be read in two ways is taken in parts, and each part is read as it was meant', async () => {
  const { signal } = new AbortController()
  const done = (history: readonly HistoryEvent[], type: number) =>
    history.some(({ EventType }) => EventType === type)
  // The one goes on when the race is won, the other waits for the loser's failure as well.
  const goesOn = (history: readonly HistoryEvent[]) =>
    done(history, eventTypes.taskCompleted) ? [raced, next] : [raced]
  const waits = (history: readonly HistoryEvent[]) =>
    done(history, eventTypes.taskCompleted) && done(history, eventTypes.taskFailed) ? [raced, next] : [raced]
  const results: unknown[] = []
  for (const program of [goesOn, waits]) {
    const { executor, asked } = executorOf(program)
    const engine = new TinyEngine()
    const first = engine.turn([])
    engine.commit(first, await executor.orchestrator(turnOf(engine, first), signal))
    const [failed, completed] = engine.pending.splice(0).map((make) => make())
    const second = engine.turn([completed!, failed!])
    const part = await executor.orchestrator(turnOf(engine, second), signal)
    engine.commit(second.slice(0, part.taken), part)
    const third = engine.turn(second.slice(part.taken))
    const rest = await executor.orchestrator(turnOf(engine, third), signal)
    const shown = ({ actions }: typeof rest) =>
      actions.map((action) => `${action.id} ${'name' in action ? action.name : action.kind}`)
    results.push([part.taken, shown(part), shown(rest)])
    assert.equal(asked.length, 4)
  }
  assert.deepEqual(results, [
    [2, ['2 next'], ['3 create-timer']],
    [2, [], ['2 create-timer', '3 next']],
  ])
})
