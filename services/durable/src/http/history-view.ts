/**
 * History as the status API shows it: what was scheduled is folded into how it ended (Azure documentation, "HTTP APIs
 * in Durable Functions").
 */
import { eventTypes, type HistoryEvent } from '../contracts.ts'
import { asJson } from './status-body.ts'

export interface HistoryViewOptions {
  readonly inputs: 'show' | 'hide'
  readonly outputs: 'show' | 'hide'
}

const typeNames: Readonly<Record<number, string>> = {
  0: 'ExecutionStarted',
  1: 'ExecutionCompleted',
  2: 'ExecutionFailed',
  3: 'ExecutionTerminated',
  4: 'TaskScheduled',
  5: 'TaskCompleted',
  6: 'TaskFailed',
  7: 'SubOrchestrationInstanceCreated',
  8: 'SubOrchestrationInstanceCompleted',
  9: 'SubOrchestrationInstanceFailed',
  10: 'TimerCreated',
  11: 'TimerFired',
  14: 'EventSent',
  15: 'EventRaised',
  16: 'ContinueAsNew',
  17: 'GenericEvent',
  18: 'HistoryState',
  19: 'ExecutionSuspended',
  20: 'ExecutionResumed',
  21: 'ExecutionRewound',
}

const statusNames = [
  'Running',
  'Completed',
  'ContinuedAsNew',
  'Failed',
  'Canceled',
  'Terminated',
  'Pending',
  'Suspended',
]

const hidden = new Set([
  'EventType',
  'EventId',
  'IsPlayed',
  'Timestamp',
  'Name',
  'Version',
  'Tags',
  'TaskScheduledId',
  'TimerId',
  'Input',
  'Result',
  'OrchestrationStatus',
])

/** JSON text of the array. */
export function historyView(history: readonly HistoryEvent[], options: HistoryViewOptions): string {
  const completions = new Map<string, HistoryEvent>()
  for (const event of history) {
    const scheduled = scheduledOf(event)
    if (scheduled !== undefined) completions.set(scheduled, event)
  }
  const opened = new Map<string, HistoryEvent>()
  const lines: string[] = []
  for (const event of history) {
    const key = keyOfScheduling(event)
    // Folded only when there is something to fold it into.
    if (key !== undefined && completions.has(key)) opened.set(key, event)
    else if (
      event.EventType !== eventTypes.orchestratorStarted &&
      event.EventType !== eventTypes.orchestratorCompleted
    )
      lines.push(viewOf(event, opened.get(scheduledOf(event) ?? ''), options))
  }
  return `[${lines.join(',')}]`
}

/** Under what the event that scheduled this one is found. */
function scheduledOf({ EventType, TaskScheduledId, TimerId }: HistoryEvent): string | undefined {
  switch (EventType) {
    case eventTypes.taskCompleted:
    case eventTypes.taskFailed:
      return `task ${String(TaskScheduledId)}`
    case eventTypes.subOrchestrationCompleted:
    case eventTypes.subOrchestrationFailed:
      return `sub ${String(TaskScheduledId)}`
    case eventTypes.timerFired:
      return `timer ${String(TimerId)}`
  }
  return undefined
}

function keyOfScheduling({ EventType, EventId }: HistoryEvent): string | undefined {
  if (EventType === eventTypes.taskScheduled) return `task ${EventId}`
  if (EventType === eventTypes.subOrchestrationCreated) return `sub ${EventId}`
  return EventType === eventTypes.timerCreated ? `timer ${EventId}` : undefined
}

function viewOf(
  event: HistoryEvent,
  scheduled: HistoryEvent | undefined,
  { inputs, outputs }: HistoryViewOptions,
): string {
  const members = [
    `"EventType":"${typeNames[event.EventType] ?? String(event.EventType)}"`,
    `"Timestamp":${JSON.stringify(event.Timestamp)}`,
  ]
  const add = (name: string, json: string) => members.push(`"${name}":${json}`)
  if (scheduled) add('ScheduledTime', JSON.stringify(scheduled.Timestamp))
  const name = scheduled ? scheduled.Name : event.Name
  if (typeof name === 'string') {
    const isEvent = event.EventType === eventTypes.eventRaised || event.EventType === eventTypes.eventSent
    add(isEvent ? 'Name' : 'FunctionName', JSON.stringify(name))
  }
  const input = scheduled ? scheduled.Input : event.Input
  if (inputs === 'show' && input !== undefined) add('Input', asJson(input as string | null))
  if (typeof event.OrchestrationStatus === 'number')
    add('OrchestrationStatus', JSON.stringify(statusNames[event.OrchestrationStatus] ?? 'Unknown'))
  if (outputs === 'show' && event.Result !== undefined) add('Result', asJson(event.Result as string | null))
  for (const [member, value] of Object.entries(event)) {
    if (hidden.has(member) || value === undefined || value === null) continue
    add(member, JSON.stringify(value))
  }
  return `{${members.join(',')}}`
}
