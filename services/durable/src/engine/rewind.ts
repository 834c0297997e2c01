/**
 * Takes back what made an orchestration fail, so that it can go on from there (Azure documentation, "Manage instances
 * in Durable Functions").
 */
import { eventTypes, type HistoryEvent } from '../contracts.ts'

export interface RewoundHistory {
  /** Whole turns, without the end. */
  readonly events: readonly HistoryEvent[]
  /** Instance ids of the sub-orchestrations that failed: to be rewound as well. */
  readonly failedChildren: readonly string[]
}

type Place = { readonly event: HistoryEvent; readonly index: number }

/**
 * Finds the last failures and takes back those events with everything that was decided after them: the orchestrator
 * saw the failures when it made these decisions, and is going to make others. Outcomes of what was under way before
 * are kept. All attempts of a retry count as one failure, with the timers between them. Without any failed task the
 * code itself threw: only the end is taken back, and what the last turn decided.
 */
export function rewindHistory(history: readonly HistoryEvent[]): RewoundHistory {
  const places = history.map((event, index): Place => ({ event, index }))
  const failures = lastFailures(places)
  const first = failures[0]?.index ?? lastTurnStart(places)
  const taskIds = new Set(failures.map(({ event }) => event.TaskScheduledId as number))
  const removedIds = new Set<number>()
  const failedChildren: string[] = []
  for (const { event, index } of places) {
    if (isDecision(event) && (index > first || (isTask(event) && taskIds.has(event.EventId))))
      removedIds.add(event.EventId)
    if (event.EventType !== eventTypes.subOrchestrationCreated || !taskIds.has(event.EventId)) continue
    // What was started before the failure stays and is told to go on.
    if (index < first) failedChildren.push(String(event.InstanceId))
  }
  const failed = new Set(failures.map(({ event }) => event))
  const events = history.filter(
    (event) =>
      event.EventType !== eventTypes.executionCompleted &&
      !failed.has(event) &&
      !(isDecision(event) && removedIds.has(event.EventId)) &&
      !removedIds.has((event.TaskScheduledId ?? event.TimerId ?? Number.NaN) as number),
  )
  return { events, failedChildren }
}

function isTask({ EventType }: HistoryEvent): boolean {
  return EventType === eventTypes.taskScheduled
}

function isDecision({ EventType }: HistoryEvent): boolean {
  return (
    EventType === eventTypes.taskScheduled ||
    EventType === eventTypes.subOrchestrationCreated ||
    EventType === eventTypes.timerCreated ||
    EventType === eventTypes.eventSent
  )
}

function isFailure({ EventType }: HistoryEvent): boolean {
  return EventType === eventTypes.taskFailed || EventType === eventTypes.subOrchestrationFailed
}

/**
 * The last failure, and those before it between which nothing but these same tasks and timers was begun: attempts of
 * a retry, tasks that failed side by side.
 */
function lastFailures(places: readonly Place[]): Place[] {
  const failed = places.filter(({ event }) => isFailure(event))
  const taskIds = new Set(failed.map(({ event }) => event.TaskScheduledId))
  const group: Place[] = []
  for (const failure of failed.toReversed()) {
    const next = group[0]
    const isApart =
      next &&
      places
        .slice(failure.index + 1, next.index)
        .some(
          ({ event }) =>
            isDecision(event) && event.EventType !== eventTypes.timerCreated && !taskIds.has(event.EventId),
        )
    if (isApart) break
    group.unshift(failure)
  }
  return group
}

/** Where the last turn's own decisions begin. */
function lastTurnStart(places: readonly Place[]): number {
  return places.findLastIndex(({ event }) => event.EventType === eventTypes.orchestratorStarted)
}
