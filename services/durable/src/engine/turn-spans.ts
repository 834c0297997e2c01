/** The spans that end with a turn of an orchestration: tasks that are done, messages that are sent, itself. */
import { eventTypes, type HistoryEvent } from '../contracts.ts'
import type { EntityRequest } from './entity-turn.ts'
import type { HubContext } from './hub-context.ts'
import { hasEnded, type InstanceRow, isEntityId, parseEntityId } from './model.ts'
import { type OpenSpan, orchestrationSpan, type SpanFacts, taskSpan, tellSpan, versioned } from './spans.ts'
import type { TurnInput, TurnOutcome } from './turn.ts'

/** Answers of entities come as events that are named by the request's UUID. */
const shortestRequestId = 32

/** Call it when the turn is durable and not yet part of `history`. */
export function traceTurn(
  context: HubContext,
  { row, history }: TurnInput,
  { events, next, failure }: TurnOutcome,
  after: InstanceRow,
): void {
  const own = orchestrationSpan(row.origin)
  if (!own) return
  const turn: TracedTurn = { context, own, row, past: history.events, events }
  for (const event of events) traceEvent(turn, event)
  if (!next && !hasEnded(after.status)) return
  traceOpen(turn, [...history.openTasks.keys(), ...history.openChildren.keys()])
  tellSpan(context, own, {
    kind: 'server',
    name: `orchestration:${versioned(row.name, row.version)}`,
    type: 'orchestration',
    startAt: Date.parse((turn.past[0] ?? events[0])?.Timestamp ?? ''),
    endAt: after.updatedAt,
    error: after.status === 'Failed' ? (failure?.ErrorMessage ?? after.output ?? 'failed') : undefined,
    attributes: {
      'task.name': row.name,
      'task.version': row.version ?? undefined,
      'task.instance_id': row.id,
      'task.execution_id': row.executionId,
      'task.status': next ? 'ContinuedAsNew' : after.status,
    },
  })
}

interface TracedTurn {
  readonly context: HubContext
  readonly own: OpenSpan
  readonly row: InstanceRow
  readonly past: readonly HistoryEvent[]
  readonly events: readonly HistoryEvent[]
}

function traceEvent(turn: TracedTurn, event: HistoryEvent): void {
  switch (event.EventType) {
    case eventTypes.taskCompleted:
    case eventTypes.taskFailed:
      traceTask(turn, eventTypes.taskScheduled, event.TaskScheduledId, event)
      break
    case eventTypes.subOrchestrationCompleted:
    case eventTypes.subOrchestrationFailed:
      traceTask(turn, eventTypes.subOrchestrationCreated, event.TaskScheduledId, event)
      break
    case eventTypes.timerFired:
      traceTask(turn, eventTypes.timerCreated, event.TimerId, event)
      break
    case eventTypes.eventSent:
      traceSent(turn, event)
      break
    case eventTypes.eventRaised:
      traceAnswer(turn, event)
      break
  }
}

/** @param end undefined: the orchestration has ended without waiting for it */
function traceTask(turn: TracedTurn, type: number, id: unknown, end: HistoryEvent | undefined): void {
  const begun = find(turn, (event) => event.EventId === id && event.EventType === type)
  if (begun) tell(turn, begun, end, factsOf(turn.row, begun), textOf(end?.Reason))
}

function factsOf({ id, name: orchestration }: InstanceRow, begun: HistoryEvent): Facts {
  const { EventId, EventType, FireAt, InstanceId, Name, Version } = begun
  const name = String(Name)
  const version = textOf(Version) || undefined
  const task = { 'task.name': name, 'task.version': version, 'task.task_id': String(EventId) }
  if (EventType === eventTypes.taskScheduled)
    return {
      kind: 'client',
      name: `activity:${versioned(name, version)}`,
      type: 'activity',
      attributes: { ...task, 'task.instance_id': id },
    }
  if (EventType === eventTypes.subOrchestrationCreated)
    return {
      kind: 'client',
      name: `orchestration:${versioned(name, version)}`,
      type: 'orchestration',
      attributes: { ...task, 'task.instance_id': textOf(InstanceId) },
    }
  return {
    kind: 'internal',
    name: `orchestration:${orchestration}:timer`,
    type: 'timer',
    attributes: {
      'task.instance_id': id,
      'task.task_id': String(EventId),
      'task.name': orchestration,
      fire_at: textOf(FireAt),
    },
  }
}

type Facts = Omit<SpanFacts, 'startAt' | 'endAt' | 'error'>

/** A call of an entity is told with its answer. */
function traceSent(turn: TracedTurn, event: HistoryEvent): void {
  const target = String(event.InstanceId)
  if (!isEntityId(target)) tell(turn, event, event, eventFacts(target, String(event.Name)))
  else if (event.Name !== 'release') {
    const request = JSON.parse(String(event.Input)) as EntityRequest
    if (request.signal) tell(turn, event, event, entityFacts('producer', target, request))
  }
}

function traceAnswer(turn: TracedTurn, answer: HistoryEvent): void {
  const id = String(answer.Name)
  if (id.length < shortestRequestId) return
  const asked = find(
    turn,
    ({ EventType, InstanceId, Input }) =>
      EventType === eventTypes.eventSent &&
      isEntityId(String(InstanceId)) &&
      String(Input).includes(`"id":"${id}"`),
  )
  if (!asked) return
  const request = JSON.parse(String(asked.Input)) as EntityRequest
  const error = /"exceptionType":"([^"]*)"/.exec(String(answer.Input))?.[1]
  tell(turn, asked, answer, entityFacts('client', String(asked.InstanceId), request), error)
}

/** What an orchestration that ends leaves open is a part of its trace all the same. */
function traceOpen(turn: TracedTurn, before: readonly number[]): void {
  const open = new Set(before)
  for (const { EventType, EventId, TaskScheduledId } of turn.events) {
    if (EventType === eventTypes.taskScheduled || EventType === eventTypes.subOrchestrationCreated)
      open.add(EventId)
    else open.delete(TaskScheduledId as number)
  }
  for (const id of open) {
    traceTask(turn, eventTypes.taskScheduled, id, undefined)
    traceTask(turn, eventTypes.subOrchestrationCreated, id, undefined)
  }
}

function find(
  { past, events }: TracedTurn,
  isWanted: (event: HistoryEvent) => boolean,
): HistoryEvent | undefined {
  return events.findLast(isWanted) ?? past.findLast(isWanted)
}

function tell(
  { context, own }: TracedTurn,
  begun: HistoryEvent,
  end: HistoryEvent | undefined,
  facts: Facts,
  error?: string,
): void {
  const startAt = Date.parse(begun.Timestamp)
  const endAt = end && Date.parse(end.Timestamp)
  tellSpan(context, taskSpan(own, begun), { ...facts, startAt, ...(endAt !== undefined && { endAt }), error })
}

/** An event for an orchestration. */
export function eventFacts(target: string, name: string): Facts {
  return {
    kind: 'producer',
    name: `orchestration_event:${name}`,
    type: 'event',
    attributes: { 'task.name': name, 'event.target_instance_id': target },
  }
}

/** An operation of an entity, on either side. */
export function entityFacts(kind: SpanFacts['kind'], target: string, { op, lockset }: EntityRequest): Facts {
  const { name } = parseEntityId(target)
  const operation = lockset ? 'lock' : (op ?? '')
  return {
    kind,
    name: `entity:${name}:${operation}`,
    type: 'entity',
    attributes: { 'task.name': name, 'task.operation': operation, 'event.target_instance_id': target },
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
