/** One turn: from the worker's state and the history to the engine's actions. */
import type { FailureDetails, OrchestratorAction, TurnResult } from '../contracts.ts'
import { jsonText } from './action-maker.ts'
import type { OrchestratorState } from './orchestrator-state.ts'
import type { ReplayWalk } from './replay-walk.ts'

export interface CompletionRules {
  /** Whether open activities, sub-orchestrations and timers are waited for before the orchestration ends. */
  readonly openTasks: 'waitFor' | 'leave'
  /** Whether events that came before it continued as new, and that nobody waited for, are for the next generation. */
  readonly unusedEvents: 'kept' | 'dropped'
}

/** The largest custom status, in bytes of UTF-16. */
export const maxCustomStatusBytes = 16 * 1024

/**
 * @param actions what the walk found to be new
 * @param functionName for the message of a failure
 */
export function finishTurn(
  walk: ReplayWalk,
  actions: readonly OrchestratorAction[],
  state: OrchestratorState,
  functionName: string,
  rules: CompletionRules,
): TurnResult {
  const customStatus = jsonText(state.customStatus) ?? undefined
  const excess = customStatus === undefined ? undefined : excessOf(customStatus)
  if (excess !== undefined) {
    const failure = failureOf(functionName, excess, undefined)
    return { actions: [...actions, ...walk.releaseLocks(), failed(walk, failure)], customStatus: undefined }
  }
  const isWaiting = walk.hasOpenTasks && rules.openTasks === 'waitFor'
  const completion = isWaiting ? undefined : completionOf(walk, state, functionName, rules)
  const { actionCount } = walk
  if (!completion) return { actions, customStatus, ...(actionCount !== undefined && { actionCount }) }
  const released = walk.releaseLocks()
  return { actions: [...actions, ...released, { ...completion, id: walk.nextId }], customStatus }
}

/** The end of an orchestration whose turn could not be walked. */
export function failedTurn(walk: ReplayWalk, functionName: string, message: string): TurnResult {
  return {
    actions: [...walk.releaseLocks(), failed(walk, failureOf(functionName, message, undefined))],
    customStatus: undefined,
  }
}

type Completion = Extract<OrchestratorAction, { readonly kind: 'complete' }>

function completionOf(
  walk: ReplayWalk,
  state: OrchestratorState,
  functionName: string,
  { unusedEvents }: CompletionRules,
): Completion | undefined {
  const id = walk.nextId
  if (state.error !== undefined) return failed(walk, failureOf(functionName, state.error, state.failure))
  if (walk.continuation) {
    const result = jsonText(walk.continuation.input)
    const carryover = walk.carryover(unusedEvents)
    return {
      kind: 'complete',
      id,
      status: 'ContinuedAsNew',
      result,
      ...(carryover.length > 0 && { carryover }),
    }
  }
  if (!state.isDone) return undefined
  return { kind: 'complete', id, status: 'Completed', result: jsonText(state.output) }
}

function failed(walk: ReplayWalk, failure: FailureDetails): Completion {
  const result = JSON.stringify(failure.ErrorMessage)
  return { kind: 'complete', id: walk.nextId, status: 'Failed', result, failure }
}

function failureOf(functionName: string, message: string, inner: FailureDetails | undefined): FailureDetails {
  return {
    ErrorType: inner?.ErrorType ?? 'Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException',
    ErrorMessage: `Orchestrator function '${functionName}' failed: ${message}`,
    StackTrace: inner?.StackTrace ?? null,
    InnerFailure: inner ?? null,
    IsNonRetriable: inner?.IsNonRetriable ?? false,
    Properties: inner?.Properties ?? null,
  }
}

function excessOf(customStatus: string): string | undefined {
  const size = customStatus.length * 2
  if (size <= maxCustomStatusBytes) return undefined
  const kilobytes = Math.ceil(size / 1024)
  return `The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is ${kilobytes} KB.`
}
