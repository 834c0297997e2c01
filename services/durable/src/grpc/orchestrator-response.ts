/** What a worker answers to a turn of an orchestration, as actions of the engine. */
import type { FailureDetails, OrchestratorAction, OrchestratorTurn, TurnResult } from '../contracts.ts'
import { failureOf } from '../engine/events.ts'
import { entityMessageAction, type SendEntityMessage } from './entity-protocol.ts'
import { carriedEvents, type ProtoEvent } from './history-events.ts'
import { failureFrom, type ProtoFailure, type Text, type Timestamp, timeOf } from './values.ts'

export interface OrchestratorResponse {
  readonly instanceId: string
  readonly actions: readonly ProtoAction[]
  readonly customStatus: Text | null
  readonly completionToken: string
  readonly numEventsProcessed: { readonly value: number } | null
  readonly orchestrationTraceContext: object | null
  readonly requiresHistory: boolean
}

type Tags = Readonly<Record<string, string>>

/** One of the members beside `id` is there. */
interface ProtoAction {
  readonly id: number
  readonly scheduleTask?: {
    readonly name: string
    readonly version: Text | null
    readonly input: Text | null
    readonly tags: Tags
  }
  readonly createSubOrchestration?: {
    readonly instanceId: string
    readonly name: string
    readonly version: Text | null
    readonly input: Text | null
    readonly tags: Tags
  }
  readonly createTimer?: { readonly fireAt: Timestamp | null }
  readonly sendEvent?: {
    readonly instance: { readonly instanceId: string } | null
    readonly name: string
    readonly data: Text | null
  }
  readonly completeOrchestration?: Completion
  readonly terminateOrchestration?: {
    readonly instanceId: string
    readonly reason: Text | null
    readonly recurse: boolean
  }
  readonly sendEntityMessage?: SendEntityMessage
  readonly rewindOrchestration?: object
}

interface Completion {
  readonly orchestrationStatus: number
  readonly result: Text | null
  readonly details: Text | null
  readonly newVersion: Text | null
  readonly carryoverEvents: readonly ProtoEvent[]
  readonly failureDetails: ProtoFailure | null
}

const endings = {
  1: 'Completed',
  2: 'ContinuedAsNew',
  3: 'Failed',
  4: 'Terminated',
  5: 'Terminated',
} as const

/** @throws Error for an answer that says nothing that could be done */
export function readTurnResult(turn: OrchestratorTurn, response: OrchestratorResponse): TurnResult {
  const { actions, customStatus, numEventsProcessed } = response
  return {
    actions: actions.map((action) => readAction(turn, action)),
    customStatus: customStatus?.value,
    // A turn that takes nothing at all would be run for ever.
    ...(numEventsProcessed && { taken: Math.max(1, numEventsProcessed.value) }),
  }
}

function readAction(turn: OrchestratorTurn, action: ProtoAction): OrchestratorAction {
  const { id, scheduleTask, createSubOrchestration, createTimer, sendEvent } = action
  if (scheduleTask) {
    const { name, version, input, tags } = scheduleTask
    const texts = { input: input?.value ?? null, version: version?.value ?? null }
    return { kind: 'schedule-task', id, name, ...texts, tags: someTags(tags) }
  }
  if (createSubOrchestration) {
    const { name, version, input, tags, instanceId } = createSubOrchestration
    const texts = { input: input?.value ?? null, version: version?.value }
    const child = { name, instanceId: instanceId || undefined, tags: someTags(tags) }
    return { kind: 'create-sub-orchestration', id, ...child, ...texts }
  }
  if (createTimer) return { kind: 'create-timer', id, fireAt: timeOf(createTimer.fireAt) ?? 0 }
  if (sendEvent) {
    const { instance, name, data } = sendEvent
    if (!instance) throw new Error(`The event '${name}' is for no instance.`)
    return { kind: 'send-event', id, instanceId: instance.instanceId, name, input: data?.value ?? null }
  }
  if (action.completeOrchestration) return completion(turn, id, action.completeOrchestration)
  if (action.terminateOrchestration) {
    const { instanceId, reason, recurse } = action.terminateOrchestration
    const children = recurse ? 'terminate' : 'leave'
    return { kind: 'terminate', id, instanceId, reason: reason?.value ?? null, children }
  }
  if (action.sendEntityMessage) return entityMessageAction(id, action.sendEntityMessage, turn)
  if (action.rewindOrchestration) throw new Error('Histories are rewound here, not by workers.')
  throw new Error(`The action ${id} is of no known kind.`)
}

function completion(turn: OrchestratorTurn, id: number, given: Completion): OrchestratorAction {
  const { orchestrationStatus, result, details, newVersion, carryoverEvents, failureDetails } = given
  const status = endings[orchestrationStatus as keyof typeof endings]
  if (!status) throw new Error(`An orchestration cannot end with the status ${orchestrationStatus}.`)
  const failure: FailureDetails | undefined = failureDetails
    ? failureFrom(failureDetails)
    : status === 'Failed'
      ? failureOf('Error', details?.value ?? result?.value ?? 'The orchestration failed.')
      : undefined
  const reason = failure && JSON.stringify(failure.ErrorMessage)
  const timestamp = turn.newEvents[0]?.Timestamp ?? ''
  return {
    kind: 'complete',
    id,
    status,
    result: result?.value ?? reason ?? null,
    ...(failure && { failure }),
    ...(newVersion && { newVersion: newVersion.value }),
    ...(carryoverEvents.length > 0 && { carryover: carriedEvents(carryoverEvents, timestamp) }),
  }
}

function someTags(tags: Tags): Tags | undefined {
  return Object.keys(tags).length === 0 ? undefined : tags
}
