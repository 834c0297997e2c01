/** What an action must have in common with the history of its id. */
import { eventTypes, type HistoryEvent, type OrchestratorAction } from '../contracts.ts'
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

/** The type of the event that says that the action was done. */
export function scheduledTypeOf({ kind }: WorkerAction): number {
  if (kind === 'activity' || kind === 'http') return eventTypes.taskScheduled
  if (kind === 'sub-orchestration') return eventTypes.subOrchestrationCreated
  return kind === 'timer' ? eventTypes.timerCreated : eventTypes.eventSent
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
