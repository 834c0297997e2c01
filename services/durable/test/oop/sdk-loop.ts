/** Runs a program with an SDK's own executor against the walk, turn by turn. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { HistoryEvent, OrchestratorAction } from '../../src/contracts.ts'
import { ActionMaker } from '../../src/oop/action-maker.ts'
import { AmbiguousTurn } from '../../src/oop/ambiguous-turn.ts'
import {
  findFailureState,
  type OrchestratorState,
  readOrchestratorState,
} from '../../src/oop/orchestrator-state.ts'
import { ReplayWalk } from '../../src/oop/replay-walk.ts'
import { finishTurn } from '../../src/oop/walk-turn.ts'
import { type Dialect, orchestratorOf, type SdkContext, type Statement } from './programs.ts'
import { TinyEngine } from './tiny-engine.ts'

const require = createRequire(import.meta.url)

interface SdkExecutor {
  readonly sequenceNumber: number
  readonly openTasks: Readonly<Record<string, { isCanceled?: boolean; parent?: { isCanceled?: boolean } }>>
  readonly openEvents: Readonly<Record<string, unknown>>
  readonly deferredTasks: Readonly<Record<string, unknown>>
}

interface SdkRun {
  /** As a worker returns it that has run everything. */
  readonly state: OrchestratorState
  /** As a worker returns it that has gone on where it was. */
  readonly kept?: OrchestratorState
  readonly executor: SdkExecutor
}

export interface Sdk {
  readonly dialect: Dialect
  run(
    orchestrator: (context: { df: SdkContext }) => Generator,
    history: readonly HistoryEvent[],
  ): Promise<SdkRun>
}

const completionRules = { openTasks: 'waitFor', unusedEvents: 'kept' } as const
export const walkOptions = { maximumShortTimerMs: 6 * 86_400_000, longTimerChunkMs: 3 * 86_400_000 }
const timerTexts = ['3.00:00:00', '6.00:00:00'] as const

/** @param keys whether yielded tasks get a key, as the Node worker makes them */
export function sdk3(keys: 'with' | 'without'): Sdk {
  const library = 'durable-functions/lib/src'
  const { TaskOrchestrationExecutor } = require(
    pathOf(`${library}/orchestrations/TaskOrchestrationExecutor.js`),
  )
  const { DurableOrchestrationContext } = require(
    pathOf(`${library}/orchestrations/DurableOrchestrationContext.js`),
  )
  const { RetryOptions, EntityId } = require('durable-functions')
  return {
    dialect: {
      retryOptions: (firstMs, attempts) => new RetryOptions(firstMs, attempts),
      entityId: (name, key) => new EntityId(name, key),
      callHttp: (df, polls) => df.callHttp({ method: 'GET', url: `http://h/?polls=${polls}` }),
      hasLocks: true,
      sharing: keys === 'with' ? 'any-task' : 'timers-only',
    },
    async run(orchestrator, history) {
      const executor = withKeys(new TaskOrchestrationExecutor(), keys)
      const events = parsed(history)
      const df = new DurableOrchestrationContext(
        events,
        'i',
        new Date(history[0]!.Timestamp),
        false,
        null,
        timerTexts[0],
        timerTexts[1],
        30000,
        3,
        undefined,
        executor,
      )
      return { state: await settle(executor.execute({ df }, events, 3, orchestrator)), executor }
    },
  }
}

/** Version 3 in a worker that keeps the executor between turns and returns only what is new. */
export function keptSdk3(): Sdk {
  const replaying = sdk3('with')
  let held: { readonly executor: KeepableExecutor; readonly seen: number; readonly sent: number } | undefined
  return {
    dialect: replaying.dialect,
    async run(orchestrator, history) {
      const run = await replaying.run(orchestrator, history)
      const isFirst = history.filter(({ EventType }) => EventType === 12).length === 1
      const kept = held && !isFirst ? await goOn(held, history) : undefined
      const executor = (kept ? held!.executor : run.executor) as KeepableExecutor
      const { isDone, error, actions } = run.state
      const isOver = isDone || error !== undefined
      held = isOver ? undefined : { executor, seen: history.length, sent: actions.length }
      return { ...run, ...(kept && { kept }) }
    },
  }
}

interface KeepableExecutor extends SdkExecutor {
  readonly generator: Generator
  readonly context: unknown
  readonly actions: readonly SdkAction[]
  execute(context: object, history: unknown[], schema: number, fn: () => Generator): Promise<unknown>
}

interface SdkAction {
  readonly taskKey?: number
  readonly isCanceled?: boolean
  readonly compoundActions?: readonly SdkAction[]
}

async function goOn(
  { executor, seen, sent }: { executor: KeepableExecutor; seen: number; sent: number },
  history: readonly HistoryEvent[],
): Promise<OrchestratorState> {
  const { generator, context: df } = executor
  const running = executor.execute({ df }, parsed(history.slice(seen)), 3, () => generator)
  const state = await settle(running)
  if (state.error !== undefined) return state
  const canceledKeys = executor.actions.slice(0, sent).flatMap(keysOfCanceled)
  return { ...state, actions: state.actions.slice(sent), actionsFrom: sent, canceledKeys }
}

function keysOfCanceled(action: SdkAction): readonly number[] {
  if (action.compoundActions) return action.compoundActions.flatMap(keysOfCanceled)
  return action.isCanceled ? [action.taskKey!] : []
}

export function sdk2(): Sdk {
  // It was published for an older Node; our worker gives it back what was taken from newer ones.
  const util = require('node:util')
  util.isDate ??= util.types.isDate
  const library = 'durable-functions-v2/lib/src'
  const { TaskOrchestrationExecutor } = require(pathOf(`${library}/taskorchestrationexecutor.js`))
  const { DurableOrchestrationContext } = require(pathOf(`${library}/durableorchestrationcontext.js`))
  const { RetryOptions, EntityId } = require('durable-functions-v2')
  return {
    dialect: {
      retryOptions: (firstMs, attempts) => new RetryOptions(firstMs, attempts),
      entityId: (name, key) => new EntityId(name, key),
      callHttp: (df, polls) => df.callHttp('GET', `http://h/?polls=${polls}`),
      hasLocks: false,
      sharing: 'never',
    },
    async run(orchestrator, history) {
      const executor = withKeys(new TaskOrchestrationExecutor(), 'without')
      const events = parsed(history)
      const started = new Date(history[0]!.Timestamp)
      const df = new DurableOrchestrationContext(
        events,
        'i',
        started,
        false,
        null,
        timerTexts[0],
        timerTexts[1],
        30000,
        2,
        undefined,
        executor,
      )
      const done = new Promise((resolve, reject) => {
        const context = {
          df,
          done: (error: unknown, state: unknown) => (error ? reject(error) : resolve(state)),
        }
        executor.execute(context, events, 2, orchestrator).catch(reject)
      })
      return { state: await settle(done), executor }
    },
  }
}

/** Fails when walk and SDK differ, or when the program never ends. `choose` gives numbers from 0 to below its argument. */
export async function runProgram(
  sdk: Sdk,
  statements: readonly Statement[],
  choose: (bound: number) => number,
): Promise<void> {
  const orchestrator = orchestratorOf(statements, sdk.dialect)
  const engine = new TinyEngine()
  let kept = newWalk()
  let seen = 0
  let completions: HistoryEvent[] = []
  let left: HistoryEvent[] = []
  for (let turn = 0; turn < 300; turn++) {
    let fresh = engine.turn([...left, ...completions])
    left = []
    let run = await sdk.run(orchestrator, [...engine.past, ...fresh])
    let actions: readonly OrchestratorAction[]
    try {
      actions = kept.advance(engine.past.slice(seen), fresh, run.kept ?? run.state)
    } catch (error) {
      if (!(error instanceof AmbiguousTurn)) throw error
      left = fresh.slice(error.clear)
      fresh = fresh.slice(0, error.clear)
      run = await sdk.run(orchestrator, [...engine.past, ...fresh])
      kept = newWalk()
      actions = kept.advance(engine.past, fresh, run.state)
    }
    const { state, executor } = run
    const isDone = state.isDone || state.error !== undefined
    if (!isDone) assert.equal(kept.nextId, executor.sequenceNumber, 'as many ids as the SDK has given out')
    const anew = newWalk()
    const again = anew.advance(engine.past, fresh, state)
    if (!isDone) assert.deepEqual(comparable(again), comparable(actions), 'a new walk agrees')
    const result = finishTurn(kept, actions, state, 'Program', completionRules)
    seen = engine.past.length + fresh.length
    engine.commit(fresh, result)
    if (engine.completed) {
      assert.equal(engine.completed.status, 'Completed')
      return
    }
    completions = left.length > 0 ? [] : nextCompletions(engine, executor, choose)
    if (left.length > 0) continue
    // It waits for a cancelled timer, or for children that were done before they were combined: its own fault.
    const open = Object.values(executor.openTasks)
    const isDeadEnd = open.every((task) => task.isCanceled || task.parent?.isCanceled)
    if (completions.length === 0 && !isDone && isDeadEnd) return
    assert.ok(completions.length > 0 || isDone, 'something is under way')
  }
  assert.fail('the program does not end')
}

function nextCompletions(
  engine: TinyEngine,
  executor: SdkExecutor,
  choose: (bound: number) => number,
): HistoryEvent[] {
  const completions: HistoryEvent[] = []
  if (choose(6) === 0) completions.push(engine.raise(choose(2) === 0 ? 'e' : 'f', 1))
  for (let count = choose(3) + 1; count > 0 && engine.pending.length > 0; count--) {
    const [make] = engine.pending.splice(choose(engine.pending.length), 1)
    const event = make!()
    if (!engine.isCanceled(event)) completions.push(event)
    else count++
  }
  const [awaited] = engine.pending.length > 0 ? [] : Object.keys(executor.openEvents)
  return awaited === undefined ? completions : [...completions, engine.raise(awaited, 1)]
}

function newWalk(): ReplayWalk {
  let ids = 0
  const makeId = () => `00000000-0000-0000-0000-${String(ids++).padStart(12, '0')}`
  return new ReplayWalk(
    new ActionMaker({ instanceId: 'i', executionId: 'x' }, { defaultHttpPollMs: 30000, makeId }),
    walkOptions,
  )
}

/**
 * Without the ids of messages, which each walk makes anew, without cancellations, which it may repeat, and without
 * times, which depend on when it takes an action; ids do not.
 */
function comparable(actions: readonly OrchestratorAction[]): unknown {
  const lasting = actions.filter(({ kind }) => kind !== 'cancel-timer')
  return JSON.parse(
    JSON.stringify(lasting)
      .replaceAll(/00000000-[0-9a-f-]+/g, 'id')
      .replaceAll(/"fireAt":\d+/g, '"fireAt":0'),
  )
}

function withKeys<Executor extends MarkingExecutor>(executor: Executor, keys: 'with' | 'without'): Executor {
  if (keys === 'without') return executor
  let last = 0
  const add = executor.addToActions.bind(executor)
  executor.addToActions = (action) => {
    Object.assign(action, { startId: executor.sequenceNumber })
    add(action)
  }
  const mark = executor.markAsScheduled.bind(executor)
  executor.markAsScheduled = (task) => {
    const { action } = task as { action: { taskKey?: number } | 'noOp' }
    if (action !== 'noOp') action.taskKey ??= ++last
    mark(task)
  }
  return executor
}

interface MarkingExecutor {
  readonly sequenceNumber: number
  markAsScheduled(task: unknown): void
  addToActions(action: object): void
}

function parsed(history: readonly HistoryEvent[]): unknown[] {
  return history.map((event) => ({ ...event, Timestamp: new Date(event.Timestamp) }))
}

async function settle(execution: Promise<unknown>): Promise<OrchestratorState> {
  try {
    return readOrchestratorState(JSON.parse(JSON.stringify(await execution)))
  } catch (error) {
    const state = findFailureState((error as Error).message)
    if (!state) throw error
    return state
  }
}

/** Files that the package's `exports` do not name. */
function pathOf(path: string): string {
  const [name, ...rest] = path.split('/')
  const main = require.resolve(name!)
  return `${main.slice(0, main.lastIndexOf(`/${name}/`))}/${name}/${rest.join('/')}`
}
