/** What an action must have in common with the history of its id. */
import { eventTypes, type HistoryEvent, type OrchestratorAction } from '../contracts.ts'
import { httpActivity } from './http-call.ts'
import { timerDurations } from './orchestrator-payload.ts'
import type { WorkerAction } from './worker-action.ts'

/** The worker returned other actions than history says that it did. */
export class NonDeterministicWorkflow extends Error {
  override readonly name = 'NonDeterministicWorkflow'

  /** @param difference e.g. `action 3 was … and is … when replayed` */
  constructor(difference: string) {
    super(
      `Non-Deterministic workflow detected: ${difference}. Was the orchestrator's code changed while this instance was running?`,
    )
  }
}

/** Whether the event may say that the action was done. */
export function mayBeOf(action: WorkerAction, event: HistoryEvent): boolean {
  const { EventType } = event
  switch (action.kind) {
    case 'activity':
      return EventType === eventTypes.taskScheduled && isSameText(event.Name, action.name)
    case 'sub-orchestration':
      return EventType === eventTypes.subOrchestrationCreated && isSameText(event.Name, action.name)
    case 'http':
      return EventType === eventTypes.taskScheduled && isSameText(event.Name, httpActivity)
    case 'timer':
      return EventType === eventTypes.timerCreated && isFirstOf(event, action.fireAt)
    case 'call-entity':
    case 'signal-entity':
      return EventType === eventTypes.eventSent && isSameText(event.InstanceId, action.instanceId)
    default:
      return EventType === eventTypes.eventSent
  }
}

/** Whether a timer, or its first chunk, was created for this time. */
function isFirstOf({ FireAt, Timestamp }: HistoryEvent, fireAt: number): boolean {
  const at = Date.parse(String(FireAt))
  return at === fireAt || (at < fireAt && fireAt - Date.parse(Timestamp) > timerDurations.maximumShortTimerMs)
}

function isSameText(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.toLowerCase() === other.toLowerCase()
}

const scheduledTypes: Readonly<Record<string, number>> = {
  'schedule-task': eventTypes.taskScheduled,
  'create-sub-orchestration': eventTypes.subOrchestrationCreated,
  'create-timer': eventTypes.timerCreated,
  'send-event': eventTypes.eventSent,
}

/** @throws NonDeterministicWorkflow unless `event` says that `action` was done */
export function checkScheduled(action: OrchestratorAction, event: HistoryEvent): void {
  const isSameType = scheduledTypes[action.kind] === event.EventType
  const isNamed = action.kind === 'schedule-task' || action.kind === 'create-sub-orchestration'
  const isSameName = !isNamed || action.name.toLowerCase() === String(event.Name).toLowerCase()
  if (isSameType && isSameName) return
  const now = isNamed ? `${action.kind} '${action.name}'` : action.kind
  const before = `an event of type ${event.EventType}${event.Name ? ` for '${String(event.Name)}'` : ''}`
  throw new NonDeterministicWorkflow(
    `the action with id ${action.id} is ${now} when replayed, but history has ${before}`,
  )
}
