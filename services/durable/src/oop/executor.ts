/**
 * Runs orchestrations, activities and entities whose SDK speaks the out-of-process JSON protocol
 * (`durable-functions`; azure-functions-durable-extension).
 */
import {
  type Clock,
  ensureError,
  type InvocationResult,
  parseTimeSpan,
  type TriggerContext,
} from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import {
  type ActivityResult,
  type ActivityWork,
  type EntityBatch,
  type EntityBatchResult,
  type Executor,
  type FailureDetails,
  type OrchestratorTurn,
  TurnAborted,
  type TurnResult,
} from '../contracts.ts'
import { spentAttempt } from './action-maker.ts'
import { activityFailure } from './activity-failure.ts'
import { AmbiguousTurn } from './ambiguous-turn.ts'
import { entityPayload, failedBatch, readEntityResult } from './entity-batch.ts'
import { runHttpActivity } from './http-activity.ts'
import { type HttpActivityInput, httpActivity } from './http-call.ts'
import { NonDeterministicWorkflow } from './non-determinism.ts'
import { orchestratorPayload, type WarmStart } from './orchestrator-payload.ts'
import { findFailureState, type OrchestratorState, readOrchestratorState } from './orchestrator-state.ts'
import { type TracedFunction, TraceLog } from './trace-log.ts'
import { activityBindingData, activityMetadata, orchestrationMetadata } from './trigger-metadata.ts'
import { failedTurn, finishTurn } from './walk-turn.ts'
import { Walks } from './walks.ts'
import { Warmth } from './warmth.ts'
import { InvalidWorkerState } from './worker-action.ts'
import { toActivityDatum, toJsonText, toJsonValue, toNodeDatum } from './worker-value.ts'

export type DurableFunctionKind = 'orchestrator' | 'activity' | 'entity'

export interface OutOfProcessOptions {
  readonly clock: Clock
  /** Between polls of `callHttp` whose answer names no time. */
  readonly defaultHttpPollMs: number
  /** Whether an orchestration ends only when nothing that it started is open. */
  readonly openTasks: 'waitFor' | 'leave'
  /** Whether the next generation gets events of which the one before has made no use. */
  readonly unusedEvents: 'kept' | 'dropped'
  /** Whether Node workers may keep orchestrators between turns instead of replaying them. */
  readonly orchestrators: 'kept' | 'replayed'
  /** Walks that are kept in memory. */
  readonly keptWalks: number
  /** An app setting. */
  setting(name: string): string | undefined
  /** The function of that name; undefined when the app has none. */
  find(kind: DurableFunctionKind, name: string): TriggerContext | undefined
}

export class OutOfProcessExecutor implements Executor {
  readonly #options: OutOfProcessOptions
  readonly #walks: Walks
  readonly #warmth = new Warmth()
  readonly #trace = new TraceLog()

  constructor(options: OutOfProcessOptions) {
    this.#options = options
    this.#walks = new Walks(options.keptWalks, { defaultHttpPollMs: options.defaultHttpPollMs })
  }

  async orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult> {
    try {
      return await this.#orchestrator(turn, signal)
    } catch (error) {
      if (!(error instanceof AmbiguousTurn)) throw error
      const { clear } = error
      return { taken: clear, ...(await this.orchestrator(firstOf(turn, clear), signal)) }
    }
  }

  async #orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult> {
    const { walk, unseen, warmFrom } = this.#walks.take(turn)
    const target = this.#options.find('orchestrator', turn.name)
    if (!target) return failedTurn(walk, turn.name, missing('orchestrator', turn.name))
    const traced = tracedOf('orchestrator', turn)
    if (turn.pastEvents.length === 0) {
      if (turn.parentInstanceId === null) this.#trace.scheduled(target, traced, 'NewInstance')
      this.#trace.started(target, traced)
    }
    this.#trace.arrived(target, traced, turn.newEvents)
    try {
      const state = await this.#run(target, turn, { from: warmFrom, unseen }, signal)
      const actions = walk.advance(unseen, turn.newEvents, state)
      const finished = finishTurn(walk, actions, state, turn.name, this.#options)
      const end = finished.actions.at(-1)
      this.#trace.asked(target, traced, actions)
      if (end?.kind !== 'complete') {
        this.#walks.keep(turn, walk, state.warm)
        this.#trace.awaited(target, traced)
      } else if (end.status === 'Failed') this.#trace.failed(target, traced, end.failure?.ErrorMessage ?? '')
      else this.#trace.completed(target, traced)
      return finished
    } catch (error) {
      if (!(error instanceof NonDeterministicWorkflow || error instanceof InvalidWorkerState)) throw error
      this.#trace.failed(target, traced, error.message)
      return failedTurn(walk, turn.name, error.message)
    }
  }

  /** Runs the orchestrator, from its first event when the worker does not have it any more. */
  async #run(
    target: TriggerContext,
    turn: OrchestratorTurn,
    start: WarmStart,
    signal: AbortSignal,
  ): Promise<OrchestratorState> {
    const isNode = target.function.language === 'node'
    const mayKeep = isNode && this.#options.orchestrators === 'kept' && this.#warmth.isWorthwhile()
    const json = orchestratorPayload(turn, this.#options, mayKeep ? start : undefined)
    // An orchestrator that is kept has its context from its first turn.
    const isKept = mayKeep && start.from !== undefined
    const result = await target.invoke({
      data: isNode ? { json } : { string: json },
      ...(!isKept && { metadata: orchestrationMetadata(turn, forWorkerOf(target)) }),
      reason: '(null)',
      signal,
      ...(turn.traceParent !== undefined && { traceParent: turn.traceParent }),
    })
    const state = stateOf(result, turn.name, signal)
    if (isKept) this.#warmth.learn(state.isCold ? 'cold' : 'warm')
    if (!state.isCold) return state
    return this.#run(target, turn, { from: undefined, unseen: [] }, signal)
  }

  async activity(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    if (work.name === httpActivity) return this.#http(work, signal)
    if (work.name === spentAttempt) return repeatFailure(work)
    const target = this.#options.find('activity', work.name)
    if (!target) return activityFailure(work.name, new Error(missing('activity', work.name)))
    const traced = tracedOf('activity', work)
    this.#trace.started(target, traced)
    const forWorker = forWorkerOf(target)
    const data = forWorker(toActivityDatum(work.input))
    const result = await target.invoke({
      data,
      metadata: activityMetadata(data, work.instanceId, forWorker),
      bindingData: () => activityBindingData(data, work.instanceId),
      reason: '(null)',
      signal,
      ...(work.traceParent !== undefined && { traceParent: work.traceParent }),
    })
    if (!result.error) {
      this.#trace.completed(target, traced)
      return { kind: 'completed', result: toJsonText(result.returnValue) }
    }
    const error = errorOf(result, work.name, signal)
    this.#trace.failed(target, traced, error.message)
    return activityFailure(work.name, error)
  }

  async entity(batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult> {
    const target = this.#options.find('entity', batch.name)
    if (!target) return failedBatch(batch, missing('entity', batch.name))
    const json = entityPayload(batch)
    const result = await target.invoke({
      data: target.function.language === 'node' ? { json } : { string: json },
      reason: '(null)',
      signal,
      ...(batch.traceParent !== undefined && { traceParent: batch.traceParent }),
    })
    const error = result.error && errorOf(result, batch.name, signal)
    const outcome = error
      ? failedBatch(batch, error.message, error)
      : readEntityResult(batch, toJsonValue(result.returnValue))
    const { taskHub: hub, instanceId, name } = batch
    this.#trace.operated(target, { hub, instanceId, kind: 'entity', name }, batch, outcome)
    return outcome
  }

  async #http(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    const [input] = JSON.parse(work.input ?? '[]') as [HttpActivityInput]
    try {
      const { clock, setting } = this.#options
      const answer = await runHttpActivity(input, { clock, setting }, signal)
      return { kind: 'completed', result: JSON.stringify(answer) }
    } catch (error) {
      if (signal.aborted) throw new TurnAborted('The host is stopping.')
      return activityFailure(work.name, ensureError(error))
    }
  }
}

function forWorkerOf(target: TriggerContext): (datum: TypedData) => TypedData {
  return target.function.language === 'node' ? toNodeDatum : (datum) => datum
}

/** @throws TurnAborted | InvalidWorkerState | the error of the invocation */
function stateOf(result: InvocationResult, name: string, signal: AbortSignal): OrchestratorState {
  if (!result.error) return readOrchestratorState(toJsonValue(result.returnValue))
  const { message } = errorOf(result, name, signal)
  const state = findFailureState(message)
  if (!state) throw new InvalidWorkerState(message)
  // A worker may say what went wrong outside of its state only.
  return { ...state, isDone: false, error: state.error ?? message }
}

/**
 * The error of the user's code. What else went wrong (a worker that is gone, or cannot be had) says nothing about the
 * function, unless its worker was ended because it ran too long.
 * @throws TurnAborted
 */
export function errorOf({ error, durationMs }: InvocationResult, name: string, signal: AbortSignal): Error {
  if (signal.aborted || !error) throw new TurnAborted('The host is stopping.')
  if (error.name === 'FunctionFailure') return error
  const limit = /ran longer than (\d\d:\d\d:\d\d\S*)/.exec(error.message)?.[1]
  const limitMs = limit === undefined ? undefined : parseTimeSpan(limit)
  if (limitMs === undefined || durationMs < limitMs) throw new TurnAborted(error.message)
  return new Error(`Timeout value of ${limit} was exceeded by function: Functions.${name}`)
}

/** The turn with so many of its new events. */
function firstOf(turn: OrchestratorTurn, count: number): OrchestratorTurn {
  const newEvents = turn.newEvents.slice(0, count)
  return { ...turn, newEvents, historyJson: () => JSON.stringify([...turn.pastEvents, ...newEvents]) }
}

function tracedOf(
  kind: DurableFunctionKind,
  { taskHub, instanceId, name }: OrchestratorTurn | ActivityWork,
): TracedFunction {
  return { hub: taskHub, instanceId, kind, name }
}

function repeatFailure(work: ActivityWork): ActivityResult {
  const [{ reason, failure }] = JSON.parse(work.input ?? '[{}]') as [
    { reason?: string; failure?: FailureDetails },
  ]
  const message = reason ?? 'The attempt was not made.'
  return {
    kind: 'failed',
    reason: message,
    details: failure?.StackTrace ?? message,
    failure: failure ?? { ErrorType: 'Error', ErrorMessage: message },
  }
}

export function missing(kind: DurableFunctionKind, name: string): string {
  return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function.`
}
