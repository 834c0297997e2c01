/** One turn of an orchestration, as pure functions: what goes in, and what comes of the actions. No I/O. */
import { eventTypes, type RuntimeStatus, type TurnResult } from '../contracts.ts'
import { executionStarted, type LiveEvent, makeEvent, timestampOf } from './events.ts'
import { closedId, type History } from './history.ts'
import type { InstanceRow, Message } from './model.ts'
import type { Outgoing, TurnInput, TurnOutcome } from './turn.ts'
import { TurnDraft } from './turn-draft.ts'
import { endedTurn, failedTurn, outcomeOf } from './turn-endings.ts'

/** The most that a custom status may take, in UTF-16. */
const maxCustomStatusBytes = 16 * 1024

/** Messages that stop, hold or go on with an orchestration are turns of their own. */
export function isControl({ event }: Message): boolean {
  return (
    event.EventType === eventTypes.executionTerminated ||
    event.EventType === eventTypes.executionSuspended ||
    event.EventType === eventTypes.executionResumed
  )
}

/**
 * Takes the messages of the next turn out of `inbox`; empty when it is not to run. Everything that waits goes into one turn.
 * A suspended orchestration only listens to control messages; to terminate never waits.
 */
export function takeMessages(inbox: Message[], status: RuntimeStatus): Message[] {
  const terminate = inbox.findIndex(({ event }) => event.EventType === eventTypes.executionTerminated)
  if (terminate !== -1) return inbox.splice(terminate, 1)
  const control = inbox.findIndex(isControl)
  if (control === 0 || (control > 0 && status === 'Suspended')) return inbox.splice(control, 1)
  if (status === 'Suspended') return []
  return inbox.splice(0, control === -1 ? inbox.length : control)
}

/** Drops what nobody awaits: duplicates, outcomes of an earlier execution, timers that were cancelled. */
export function prepareTurn(
  row: InstanceRow,
  history: History,
  messages: readonly Message[],
  now: number,
): TurnInput {
  const timestamp = timestampOf(Math.max(now, row.updatedAt))
  const newEvents: LiveEvent[] = [makeEvent(eventTypes.orchestratorStarted, -1, timestamp, {})]
  const sources: (Message | undefined)[] = [undefined]
  if (history.length === 0) {
    newEvents.push(executionStarted(row, timestamp), ...((row.origin.carryover ?? []) as LiveEvent[]))
    while (sources.length < newEvents.length) sources.push(undefined)
  }
  const closed = new Set<number>()
  for (const message of messages) {
    const { event, executionId } = message
    if (executionId !== undefined && executionId !== row.executionId) continue
    if (event.EventType === eventTypes.executionStarted || !history.awaits(event)) continue
    const id = closedId(event)
    if (id !== undefined) {
      if (closed.has(id)) continue
      closed.add(id)
    }
    newEvents.push(event)
    sources.push(message)
  }
  return { row, history, timestamp, newEvents, consumed: messages, sources }
}

/** Whether there is anything for the orchestrator to see. */
export function hasNews({ newEvents }: TurnInput): boolean {
  return newEvents.length > 1
}

/** The turn of a control message, without the orchestrator. */
export function controlTurn(input: TurnInput, message: Message): TurnOutcome {
  const { event, children } = message
  if (event.EventType !== eventTypes.executionTerminated) {
    const suspended = event.EventType === eventTypes.executionSuspended
    return outcomeOf(input, { status: suspended ? 'Suspended' : 'Running' })
  }
  const output = JSON.stringify(event.Input ?? null)
  const outgoing: Outgoing[] = []
  if (children === 'terminate') {
    for (const target of input.history.openChildren.values())
      outgoing.push({ target, event: { ...event, IsPlayed: false }, children })
  }
  return endedTurn(input, { status: 'Terminated', output, failure: null }, { outgoing })
}

export interface TurnLimits {
  readonly maxActions: number
}

/** What the actions of the orchestrator amount to. */
export function actionTurn(input: TurnInput, result: TurnResult, limits: TurnLimits): TurnOutcome {
  const { history, row } = input
  const customStatus = result.customStatus ?? row.customStatus
  const bytes = (result.customStatus?.length ?? 0) * 2
  if (bytes > maxCustomStatusBytes)
    return failedTurn(
      input,
      'ArgumentException',
      `The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is ${Math.ceil(bytes / 1024)} KB.`,
    )
  if (history.actionCount + result.actions.length > limits.maxActions)
    return failedTurn(
      input,
      'InvalidOperationException',
      `Maximum amount of orchestration actions (${limits.maxActions}) has been reached.`,
    )
  const draft = new TurnDraft(input, result)
  for (const action of result.actions) {
    const problem = draft.add(action)
    if (problem !== undefined) return failedTurn(input, 'NonDeterministicOrchestrationException', problem)
  }
  return draft.finish(customStatus)
}
