/** History events as the protocol has them (durabletask-protobuf, `orchestrator_service.proto`). */
import { eventTypes, type FailureDetails, type HistoryEvent } from '../contracts.ts'
import { EntityEvents } from './entity-protocol.ts'
import { nonEmpty, protoFailure, protoTimeOf, type Text, type Timestamp, textOf } from './values.ts'

/** With one more member, named for its type. */
export interface ProtoEvent {
  readonly eventId: number
  readonly timestamp: Timestamp | null
  readonly eventRaised?: { readonly name: string; readonly input: Text | null }
}

type Encode = (event: HistoryEvent) => object

interface InstanceRef {
  readonly InstanceId: string
  readonly ExecutionId: string
}

interface ParentRef {
  readonly Name: string
  readonly Version: string
  readonly TaskScheduleId: number
  readonly OrchestrationInstance: InstanceRef
}

interface TraceRef {
  readonly TraceParent: string
  readonly TraceState: string | null
  readonly SpanId: string | null
}

const encoders: Readonly<Record<number, Encode>> = {
  [eventTypes.executionStarted]: (event) => ({ executionStarted: executionStarted(event) }),
  [eventTypes.executionCompleted]: ({ OrchestrationStatus, Result, FailureDetails }) => ({
    executionCompleted: {
      orchestrationStatus: OrchestrationStatus,
      result: text(Result),
      failureDetails: failure(FailureDetails),
    },
  }),
  [eventTypes.executionTerminated]: ({ Input }) => ({
    executionTerminated: {
      input: Input === null || Input === undefined ? null : textOf(JSON.stringify(Input)),
    },
  }),
  [eventTypes.taskScheduled]: ({ Name, Version, Input, Tags }) => ({
    taskScheduled: { name: Name, version: nonEmpty(Version), input: text(Input), tags: Tags },
  }),
  [eventTypes.taskCompleted]: ({ TaskScheduledId, Result }) => ({
    taskCompleted: { taskScheduledId: TaskScheduledId, result: text(Result) },
  }),
  [eventTypes.taskFailed]: (event) => ({ taskFailed: failedTask(event) }),
  [eventTypes.subOrchestrationCreated]: ({ Name, Version, InstanceId, Input }) => ({
    subOrchestrationInstanceCreated: {
      instanceId: InstanceId,
      name: Name,
      version: nonEmpty(Version),
      input: text(Input),
    },
  }),
  [eventTypes.subOrchestrationCompleted]: ({ TaskScheduledId, Result }) => ({
    subOrchestrationInstanceCompleted: { taskScheduledId: TaskScheduledId, result: text(Result) },
  }),
  [eventTypes.subOrchestrationFailed]: (event) => ({ subOrchestrationInstanceFailed: failedTask(event) }),
  [eventTypes.timerCreated]: ({ FireAt }) => ({ timerCreated: { fireAt: protoTimeOf(FireAt) } }),
  [eventTypes.timerFired]: ({ FireAt, TimerId }) => ({
    timerFired: { fireAt: protoTimeOf(FireAt), timerId: TimerId },
  }),
  [eventTypes.orchestratorStarted]: () => ({ orchestratorStarted: {} }),
  [eventTypes.orchestratorCompleted]: () => ({ orchestratorCompleted: {} }),
  [eventTypes.eventSent]: ({ InstanceId, Name, Input }) => ({
    eventSent: { instanceId: InstanceId, name: Name, input: text(Input) },
  }),
  [eventTypes.eventRaised]: ({ Name, Input }) => ({ eventRaised: { name: Name, input: text(Input) } }),
  [eventTypes.continueAsNew]: ({ Result }) => ({ continueAsNew: { input: text(Result) } }),
  [eventTypes.genericEvent]: ({ Data }) => ({ genericEvent: { data: text(Data) } }),
  [eventTypes.executionSuspended]: ({ Reason }) => ({ executionSuspended: { input: text(Reason) } }),
  [eventTypes.executionResumed]: ({ Reason }) => ({ executionResumed: { input: text(Reason) } }),
  [eventTypes.executionRewound]: ({ Reason }) => ({ executionRewound: { reason: text(Reason) } }),
}

/**
 * `typed`: messages of entities have types of their own. `plain`: they are events with texts, as Functions apps get
 * them.
 */
export type EntityForm = 'typed' | 'plain'

/** A history from its first event on. */
export class HistoryEncoder {
  readonly #entities: EntityEvents | undefined

  constructor(entities: EntityForm = 'typed') {
    this.#entities = entities === 'typed' ? new EntityEvents() : undefined
  }

  /** The next events, in order. */
  encode(events: readonly HistoryEvent[]): ProtoEvent[] {
    return events.map((event) => this.#encodeOne(event))
  }

  #encodeOne(event: HistoryEvent): ProtoEvent {
    const { EventType, EventId, Timestamp } = event
    const body = this.#entityEvent(event) ?? encoders[EventType]?.(event) ?? { genericEvent: {} }
    return { eventId: EventId, timestamp: protoTimeOf(Timestamp), ...body }
  }

  #entityEvent(event: HistoryEvent): object | undefined {
    if (event.EventType === eventTypes.eventSent) return this.#entities?.sent(event)
    if (event.EventType === eventTypes.eventRaised) return this.#entities?.raised(event)
    return undefined
  }
}

/** Takes note of what a history has asked entities, so that the answers that follow are known. */
export function encodeNews(past: readonly HistoryEvent[], news: readonly HistoryEvent[]): ProtoEvent[] {
  const encoder = new HistoryEncoder()
  encoder.encode(past.filter(({ EventType }) => EventType === eventTypes.eventSent))
  return encoder.encode(news)
}

/** Events that a worker hands on to the next generation; only what was raised can be. */
export function carriedEvents(events: readonly ProtoEvent[], timestamp: string): HistoryEvent[] {
  return events.flatMap(({ eventRaised }) => {
    if (!eventRaised) return []
    const { name: Name, input } = eventRaised
    const Input = input?.value ?? null
    const EventType = eventTypes.eventRaised
    return [{ EventType, EventId: -1, IsPlayed: false, Timestamp: timestamp, Name, Input }]
  })
}

function executionStarted(event: HistoryEvent): object {
  const { Name, Version, Input, Tags, ScheduledStartTime } = event
  const parent = event.ParentInstance as ParentRef | null | undefined
  const trace = event.ParentTraceContext as TraceRef | undefined
  return {
    name: Name,
    version: nonEmpty(Version),
    input: text(Input),
    orchestrationInstance: instanceRef(event.OrchestrationInstance as InstanceRef),
    parentInstance: parent && {
      taskScheduledId: parent.TaskScheduleId,
      name: nonEmpty(parent.Name),
      version: nonEmpty(parent.Version),
      orchestrationInstance: instanceRef(parent.OrchestrationInstance),
    },
    scheduledStartTimestamp: protoTimeOf(ScheduledStartTime),
    parentTraceContext: trace && {
      traceParent: trace.TraceParent,
      spanID: trace.SpanId ?? '',
      traceState: textOf(trace.TraceState),
    },
    tags: Tags,
  }
}

function instanceRef({ InstanceId, ExecutionId }: InstanceRef): object {
  return { instanceId: InstanceId, executionId: textOf(ExecutionId) }
}

function failedTask({ TaskScheduledId, FailureDetails, Reason }: HistoryEvent): object {
  const failureDetails =
    failure(FailureDetails) ?? protoFailure({ ErrorType: 'Error', ErrorMessage: String(Reason ?? '') })
  return { taskScheduledId: TaskScheduledId, failureDetails }
}

function failure(details: unknown) {
  return protoFailure(details as FailureDetails | null | undefined)
}

function text(value: unknown): Text | null {
  return typeof value === 'string' ? { value } : null
}
