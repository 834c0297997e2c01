/** Makes history events and their text. */
import { eventTypes, type FailureDetails, type HistoryEvent } from '../contracts.ts'
import { type InstanceRow, statusNumbers } from './model.ts'

/** An event in the making: it is `IsPlayed` once its turn is committed. */
export type LiveEvent = { -readonly [Member in keyof HistoryEvent]: HistoryEvent[Member] }

/** Events that SDKs ask for `IsPlayed`: what arrived from outside. */
const playable: ReadonlySet<number> = new Set([
  eventTypes.executionStarted,
  eventTypes.executionTerminated,
  eventTypes.taskCompleted,
  eventTypes.taskFailed,
  eventTypes.subOrchestrationCompleted,
  eventTypes.subOrchestrationFailed,
  eventTypes.timerFired,
  eventTypes.eventRaised,
  eventTypes.executionSuspended,
  eventTypes.executionResumed,
  eventTypes.executionRewound,
])

/** Many events have the time of the one before. */
let lastMs = Number.NaN
let lastTimestamp = ''

/** ISO 8601 with the seven digits of .NET's ticks. */
export function timestampOf(ms: number): string {
  if (ms !== lastMs) {
    lastTimestamp = `${new Date(ms).toISOString().slice(0, -1)}0000Z`
    lastMs = ms
  }
  return lastTimestamp
}

/** The members come in the order in which they are written. */
export function makeEvent(
  EventType: number,
  EventId: number,
  Timestamp: string,
  members: Readonly<Record<string, unknown>>,
): LiveEvent {
  return { EventType, EventId, IsPlayed: false, Timestamp, ...members }
}

export function markPlayed(event: LiveEvent): void {
  if (playable.has(event.EventType)) event.IsPlayed = true
}

/** The text of an event once its turn is committed. */
export function playedText(event: HistoryEvent): string {
  const { EventType, Timestamp } = event
  // The frame of every turn has nothing that would have to be escaped.
  if (EventType === eventTypes.orchestratorStarted || EventType === eventTypes.orchestratorCompleted) {
    const count = event.ActionCount === undefined ? '' : `,"ActionCount":${event.ActionCount}`
    return `{"EventType":${EventType},"EventId":-1,"IsPlayed":false,"Timestamp":"${Timestamp}"${count}}`
  }
  const text = JSON.stringify(event)
  return playable.has(EventType) ? text.replace('"IsPlayed":false', '"IsPlayed":true') : text
}

export function executionStarted(row: InstanceRow, Timestamp: string): LiveEvent {
  const { parent, tags, traceParent, traceState, spanId, scheduledAt } = row.origin
  return makeEvent(eventTypes.executionStarted, -1, Timestamp, {
    Name: row.name,
    Version: row.version ?? '',
    Input: row.input,
    OrchestrationInstance: { InstanceId: row.id, ExecutionId: row.executionId },
    ParentInstance: parent
      ? {
          Name: parent.name,
          Version: parent.version ?? '',
          TaskScheduleId: parent.taskId,
          OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
        }
      : null,
    Tags: tags ?? null,
    Generation: row.generation,
    ...(traceParent && {
      ParentTraceContext: {
        TraceParent: traceParent,
        TraceState: traceState ?? null,
        SpanId: spanId ?? null,
      },
    }),
    ...(scheduledAt !== undefined && { ScheduledStartTime: timestampOf(scheduledAt) }),
  })
}

export function executionCompleted(
  id: number,
  Timestamp: string,
  status: keyof typeof statusNumbers,
  Result: string | null,
  FailureDetails: FailureDetails | null,
): LiveEvent {
  const OrchestrationStatus = statusNumbers[status]
  return makeEvent(eventTypes.executionCompleted, id, Timestamp, {
    OrchestrationStatus,
    Result,
    FailureDetails,
  })
}

export function eventRaised(Name: string, Input: string | null, Timestamp: string): LiveEvent {
  return makeEvent(eventTypes.eventRaised, -1, Timestamp, { Name, Input })
}

export function failureOf(ErrorType: string, ErrorMessage: string): FailureDetails {
  return {
    ErrorType,
    ErrorMessage,
    StackTrace: null,
    InnerFailure: null,
    IsNonRetriable: false,
    Properties: null,
  }
}
