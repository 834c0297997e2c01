/** How turns of orchestrations end: whom an end is told, and what it gives back. */
import { eventTypes, type FailureDetails } from '../contracts.ts'
import { eventRaised, executionCompleted, failureOf, type LiveEvent, makeEvent } from './events.ts'
import type { History } from './history.ts'
import { locksAfter, releaseOf } from './locks.ts'
import type { InstanceRow } from './model.ts'
import type { Outgoing, TurnInput, TurnOutcome } from './turn.ts'

/** An orchestration that the engine itself brings to an end. */
export function failedTurn(input: TurnInput, type: string, message: string): TurnOutcome {
  const failure = failureOf(type, message)
  return endedTurn(input, { status: 'Failed', output: JSON.stringify(message), failure })
}

/** How an orchestration ends. */
export interface Ending {
  readonly status: 'Completed' | 'Failed' | 'Terminated'
  readonly output: string | null
  readonly failure: FailureDetails | null
}

/** @param draft what the actions came to before the end */
export function endedTurn(
  input: TurnInput,
  { status, output, failure }: Ending,
  draft: Partial<TurnOutcome> = {},
  actionId = -1,
): TurnOutcome {
  const { row, history, timestamp } = input
  const completed = executionCompleted(actionId, timestamp, status, output, failure)
  const events = [...(draft.events ?? []), completed]
  const outgoing = [
    ...(draft.outgoing ?? []),
    ...lockReleases(row, history, events, timestamp),
    ...parentNotice(row, { status, output, failure }, timestamp),
  ]
  return outcomeOf(input, { ...draft, events, outgoing, status, output, failure })
}

/**
 * @param draft `events`: those of the actions
 * @param actionCount see `TurnResult`
 */
export function outcomeOf(
  input: TurnInput,
  draft: Partial<TurnOutcome> & Pick<TurnOutcome, 'status'>,
  actionCount?: number,
): TurnOutcome {
  const members = actionCount === undefined ? {} : { ActionCount: actionCount }
  const completed = makeEvent(eventTypes.orchestratorCompleted, -1, input.timestamp, members)
  return {
    consumed: input.consumed,
    customStatus: input.row.customStatus,
    output: null,
    failure: null,
    outgoing: [],
    children: [],
    cancelledTimers: [],
    next: undefined,
    ...draft,
    events: [...input.newEvents, ...(draft.events ?? []), completed],
  }
}

/** Gives back every lock that the orchestration holds or waits for. */
export function lockReleases(
  row: InstanceRow,
  history: History,
  events: readonly LiveEvent[],
  timestamp: string,
): Outgoing[] {
  return locksAfter(history.locks, events).flatMap((lock) => {
    const [target] = lock.lockSet
    const release = JSON.stringify(releaseOf(row.id, lock))
    return target === undefined ? [] : [{ target, event: eventRaised('release', release, timestamp) }]
  })
}

/** Tells the orchestration that started this one how it ended. */
export function parentNotice(
  row: Pick<InstanceRow, 'origin'>,
  { status, output, failure }: Ending,
  timestamp: string,
): Outgoing[] {
  const { parent } = row.origin
  if (!parent) return []
  const TaskScheduledId = parent.taskId
  const reason = plainText(output)
  const event =
    status === 'Completed'
      ? makeEvent(eventTypes.subOrchestrationCompleted, -1, timestamp, { TaskScheduledId, Result: output })
      : childFailed(
          TaskScheduledId,
          timestamp,
          status === 'Terminated' ? `Orchestrator terminated: ${reason}` : reason,
          failure ?? failureOf('OrchestrationTerminatedException', reason),
        )
  return [{ target: parent.instanceId, event, executionId: parent.executionId }]
}

export function childFailed(
  TaskScheduledId: number,
  timestamp: string,
  Reason: string,
  FailureDetails: FailureDetails,
): LiveEvent {
  const members = { TaskScheduledId, Reason, Details: FailureDetails.ErrorMessage, FailureDetails }
  return makeEvent(eventTypes.subOrchestrationFailed, -1, timestamp, members)
}

/** A JSON string's content; other JSON as it is. */
function plainText(json: string | null): string {
  if (!json?.startsWith('"')) return json ?? ''
  try {
    return JSON.parse(json) as string
  } catch {
    return json
  }
}
