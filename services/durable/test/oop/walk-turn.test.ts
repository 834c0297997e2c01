import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventTypes, type HistoryEvent, type OrchestratorAction } from '../../src/contracts.ts'
import { ActionMaker } from '../../src/oop/action-maker.ts'
import { NonDeterministicWorkflow } from '../../src/oop/non-determinism.ts'
import { readOrchestratorState } from '../../src/oop/orchestrator-state.ts'
import { ReplayWalk } from '../../src/oop/replay-walk.ts'
import { type CompletionRules, finishTurn } from '../../src/oop/walk-turn.ts'
import { TinyEngine } from './tiny-engine.ts'

const day = 86_400_000

class Walked {
  readonly engine = new TinyEngine()
  readonly walk: ReplayWalk
  readonly #rules: CompletionRules
  #seen = 0

  constructor(rules: Partial<CompletionRules> = {}) {
    this.#rules = { openTasks: 'waitFor', unusedEvents: 'kept', ...rules }
    const maker = new ActionMaker(
      { instanceId: 'i', executionId: 'x' },
      { defaultHttpPollMs: 30_000, makeId: () => 'guid' },
    )
    this.walk = new ReplayWalk(maker, { maximumShortTimerMs: 6 * day, longTimerChunkMs: 3 * day })
  }

  /** Runs a turn whose worker returns `actions`; answers with what is new. */
  turn(
    actions: readonly object[],
    completions: readonly HistoryEvent[] = [],
    state: object = {},
  ): readonly OrchestratorAction[] {
    const fresh = this.engine.turn(completions)
    const read = readOrchestratorState({ isDone: false, actions: [actions], schemaVersion: 3, ...state })
    const found = this.walk.advance(this.engine.past.slice(this.#seen), fresh, read)
    const result = finishTurn(this.walk, found, read, 'F', this.#rules)
    this.#seen = this.engine.past.length + fresh.length
    this.engine.commit(fresh, result)
    return result.actions
  }

  /** The completion of the `index`th thing that is under way. */
  finish(index = 0): HistoryEvent {
    const [make] = this.engine.pending.splice(index, 1)
    return make!()
  }
}

const activity = (functionName: string, input?: unknown) => ({ actionType: 0, functionName, input })
const retryOptions = { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts: 3, backoffCoefficient: 2 }
const kinds = (actions: readonly OrchestratorAction[]) => actions.map(({ kind, id }) => `${kind} ${id}`)

test('the input of an activity is wrapped, strings as they were encoded', () => {
  const walked = new Walked()
  const [action] = walked.turn([activity('A', '"Tokyo"')])
  assert.deepEqual(action, { kind: 'schedule-task', id: 0, name: 'A', input: '["\\"Tokyo\\""]' })
  const [object] = new Walked().turn([activity('A', { a: 1 })])
  assert.equal((object as { input: string }).input, '[{"a":1}]')
})

test('an attempt that fails is followed by a growing pause, the last one by none', () => {
  const walked = new Walked()
  const list = [{ ...activity('bad'), actionType: 1, retryOptions }]
  assert.deepEqual(kinds(walked.turn(list)), ['schedule-task 0'])
  const pauses: number[] = []
  for (let attempt = 0; attempt < 3; attempt++) {
    const [timer] = walked.turn(list, [walked.finish()])
    pauses.push((timer as { fireAt: number }).fireAt - walked.engine.now)
    const next = walked.turn(list, [walked.finish()])
    assert.equal(next.length, attempt < 2 ? 1 : 0)
  }
  assert.deepEqual(pauses, [1000, 2000, 0])
})

test('after a failure that is not to be tried again no attempt is made, though the SDK waits for all', () => {
  const walked = new Walked()
  const list = [{ ...activity('bad'), actionType: 1, retryOptions }]
  walked.turn(list)
  const failure = walked.finish()
  const final = { ...failure, FailureDetails: { ErrorType: 'E', ErrorMessage: 'm', IsNonRetriable: true } }
  const [timer] = walked.turn(list, [final])
  assert.equal((timer as { fireAt: number }).fireAt, walked.engine.now)
  const [attempt] = walked.turn(list, [walked.finish()])
  assert.equal((attempt as { name: string }).name, 'BuiltIn::SpentAttempt')
})

test('a timer of more than six days is made of chunks of three', () => {
  const walked = new Walked()
  const fireAt = new Date(walked.engine.now + 8 * day).toISOString()
  const list = [{ actionType: 5, fireAt, isCanceled: false }]
  const [first] = walked.turn(list)
  assert.equal((first as { fireAt: number }).fireAt, walked.engine.now + 3 * day)
  const [second] = walked.turn(list, [walked.finish()])
  assert.equal((second as { fireAt: number }).fireAt, Date.parse(fireAt))
})

test('an orchestration ends only when nothing that it started is open', () => {
  const walked = new Walked()
  const any = { actionType: 11, compoundActions: [activity('ok'), activity('ok2')] }
  assert.equal(walked.turn([any]).length, 2)
  assert.deepEqual(walked.turn([any], [walked.finish()], { isDone: true, output: 'x' }), [])
  const [end] = walked.turn([any], [walked.finish()], { isDone: true, output: 'x' })
  assert.deepEqual(end, { kind: 'complete', id: 2, status: 'Completed', result: '"x"' })
})

test('with completeWithOpenTasks it ends at once', () => {
  const walked = new Walked({ openTasks: 'leave' })
  const any = { actionType: 11, compoundActions: [activity('ok'), activity('ok2')] }
  walked.turn([any])
  const [end] = walked.turn([any], [walked.finish()], { isDone: true })
  assert.equal(end?.kind, 'complete')
})

test('a cancelled timer holds nothing up', () => {
  const walked = new Walked()
  const list = (isCanceled: boolean) => [
    {
      actionType: 11,
      compoundActions: [
        { actionType: 5, fireAt: '2030-01-01T00:00:00Z', isCanceled },
        { actionType: 6, externalEventName: 'e', reason: 'ExternalEvent' },
      ],
    },
  ]
  walked.turn(list(false))
  const actions = walked.turn(list(true), [walked.engine.raise('e', 1)], { isDone: true })
  assert.deepEqual(kinds(actions), ['cancel-timer 0', 'complete 1'])
})

test('a timer that is cancelled in the turn that creates it holds nothing up later', () => {
  const walked = new Walked()
  const timer = { actionType: 5, fireAt: '2030-01-01T00:00:00Z', isCanceled: true }
  const event = { actionType: 6, externalEventName: 'e', reason: 'ExternalEvent' }
  const list = [activity('ok'), { actionType: 11, compoundActions: [timer, event] }, activity('ok')]
  walked.turn(list.slice(0, 1))
  const completions = [walked.engine.raise('e', 1), walked.finish()]
  assert.deepEqual(kinds(walked.turn(list, completions)), [
    'create-timer 1',
    'schedule-task 2',
    'cancel-timer 1',
  ])
  const last = walked.finish(1)
  assert.deepEqual(kinds(walked.turn(list, [last], { isDone: true })), ['complete 3'])
})

test('locks that are held are released at the end, whatever it is', () => {
  const walked = new Walked()
  const lockSet = [
    { name: 'Counter', key: 'a' },
    { name: 'Counter', key: 'b' },
  ]
  const list = [{ actionType: 13, lockRequestId: 'lock', lockSet }]
  const [request] = walked.turn(list)
  assert.equal((request as { instanceId: string }).instanceId, '@counter@a')
  const actions = walked.turn(list, [walked.engine.raise('lock', {})], { error: 'broken' })
  assert.deepEqual(kinds(actions), ['send-event 1', 'send-event 2', 'complete 3'])
  assert.equal((actions[2] as { status: string }).status, 'Failed')
})

test('code that does something else than history says is found out', () => {
  const walked = new Walked()
  walked.turn([activity('ok')])
  assert.throws(() => walked.turn([activity('other')], [walked.finish()]), NonDeterministicWorkflow)
})

test('actions of the first schema are taken group by group', () => {
  const walked = new Walked()
  const fresh = walked.engine.turn([])
  const state = readOrchestratorState({ isDone: false, actions: [[activity('A'), activity('B')]] })
  assert.deepEqual(kinds(walked.walk.advance([], fresh, state)), ['schedule-task 0', 'schedule-task 1'])
})

test('a signal goes out without being waited for', () => {
  const signal = { actionType: 9, instanceId: '@counter@k', operation: 'add', input: 5 }
  const actions = new Walked().turn([signal, activity('ok')])
  assert.deepEqual(kinds(actions), ['send-event 0', 'schedule-task 1'])
  const { input } = actions[0] as { input: string }
  assert.deepEqual(JSON.parse(input), {
    op: 'add',
    signal: true,
    input: '5',
    id: 'guid',
    parent: 'i',
    parentExecution: 'x',
  })
})

test('continuing as new ends the execution with its next input', () => {
  const [end] = new Walked().turn([{ actionType: 4, input: { n: 1 } }], [], { isDone: true })
  assert.deepEqual(end, { kind: 'complete', id: 0, status: 'ContinuedAsNew', result: '{"n":1}' })
})

test('events that nobody has waited for are for the next generation', () => {
  const raised = (run: Walked, name: string) => run.engine.raise(name, name)
  for (const [unusedEvents, expected] of [
    ['kept', ['early', 'late']],
    ['dropped', ['late']],
  ] as const) {
    const run = new Walked({ unusedEvents })
    const wait = { actionType: 6, externalEventName: 'go', reason: 'ExternalEvent' }
    const continued = [activity('A'), wait, { actionType: 4, input: 1 }]
    run.turn([activity('A')])
    run.turn([activity('A'), wait], [run.finish(), raised(run, 'early')])
    const [end] = run.turn(continued, [raised(run, 'go'), raised(run, 'late')], { isDone: true })
    assert.ok(end?.kind === 'complete')
    assert.deepEqual(
      end.carryover?.map(({ Name }) => Name),
      expected,
    )
  }
})

test('every event type of a history has its own number', () => {
  assert.equal(new Set(Object.values(eventTypes)).size, Object.values(eventTypes).length)
})
