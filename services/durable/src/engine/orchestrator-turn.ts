/** One turn of an orchestration, as pure functions: what goes in, and what comes of the actions. No I/O. */
import {
  eventTypes,
  type FailureDetails,
  type OrchestratorAction,
  type RuntimeStatus,
  type TurnResult,
} from '../contracts.ts'
import {
  eventRaised,
  executionCompleted,
  executionStarted,
  failureOf,
  type LiveEvent,
  makeEvent,
  timestampOf,
} from './events.ts'
import { closedId, type History } from './history.ts'
import { locksAfter, releaseOf } from './locks.ts'
import { hasEnded, type InstanceRow, type Message, type Parent } from './model.ts'

/** The most that a custom status may take, in UTF-16. */
const maxCustomStatusBytes = 16 * 1024

/** A message to be sent; its number is given when it is stored. */
export interface Outgoing {
  readonly target: string
  readonly event: LiveEvent
  readonly dueAt?: number
  readonly executionId?: string | undefined
  readonly children?: 'terminate' | undefined
  /** The timer that this message is. */
  readonly timerId?: number
}

export interface ChildStart {
  readonly instanceId: string
  readonly name: string
  readonly version: string | null | undefined
  readonly input: string | null
  readonly parent: Parent
}

/** What a turn begins with. */
export interface TurnInput {
  readonly row: InstanceRow
  readonly history: History
  readonly timestamp: string
  /** `OrchestratorStarted`, then what arrived and is awaited. */
  readonly newEvents: LiveEvent[]
  /** Messages that this turn takes in, also those that are dropped. */
  readonly consumed: readonly Message[]
  /** For each of `newEvents` its message. */
  readonly sources: readonly (Message | undefined)[]
}

/** What is to be committed. */
export interface TurnOutcome {
  readonly consumed: readonly Message[]
  readonly events: readonly LiveEvent[]
  readonly status: RuntimeStatus
  readonly customStatus: string | null
  readonly output: string | null
  readonly failure: FailureDetails | null
  readonly outgoing: readonly Outgoing[]
  readonly children: readonly ChildStart[]
  readonly cancelledTimers: readonly number[]
  /** The next generation, after `ContinuedAsNew`. */
  readonly next: NextGeneration | undefined
}

export interface NextGeneration {
  readonly input: string | null
  readonly version: string | null
  readonly carryover: readonly LiveEvent[]
}

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
  const output = JSON.stringify((event.Input as string | null | undefined) ?? null)
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
  const draft = new Draft(input, result.taken)
  for (const action of result.actions) {
    const problem = draft.add(action)
    if (problem !== undefined) return failedTurn(input, 'NonDeterministicOrchestrationException', problem)
  }
  return draft.finish(customStatus)
}

/** An orchestration that the engine itself brings to an end. */
export function failedTurn(input: TurnInput, type: string, message: string): TurnOutcome {
  const failure = failureOf(type, message)
  return endedTurn(input, { status: 'Failed', output: JSON.stringify(message), failure })
}

interface Ending {
  readonly status: 'Completed' | 'Failed' | 'Terminated'
  readonly output: string | null
  readonly failure: FailureDetails | null
}

function endedTurn(
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

/** @param draft `events`: those of the actions */
function outcomeOf(input: TurnInput, draft: Partial<TurnOutcome> & Pick<TurnOutcome, 'status'>): TurnOutcome {
  const completed = makeEvent(eventTypes.orchestratorCompleted, -1, input.timestamp, {})
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
function lockReleases(
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

/** Collects what the actions of one turn amount to. */
class Draft {
  readonly #input: TurnInput
  readonly #taken: number
  readonly #events: LiveEvent[] = []
  readonly #outgoing: Outgoing[] = []
  readonly #children: ChildStart[] = []
  readonly #cancelled: number[] = []
  readonly #ids = new Set<number>()
  #completion: Extract<OrchestratorAction, { kind: 'complete' }> | undefined

  constructor(input: TurnInput, taken: number | undefined) {
    this.#input = input
    this.#taken = taken ?? input.newEvents.length
  }

  /** Returns what is wrong with it, if anything. */
  add(action: OrchestratorAction): string | undefined {
    const { row, history, timestamp } = this.#input
    if (action.kind === 'cancel-timer') {
      this.#cancel(action.id)
      return
    }
    if (action.kind === 'complete') {
      this.#completion = action
      return
    }
    if (action.kind === 'terminate') {
      const event = makeEvent(eventTypes.executionTerminated, -1, timestamp, { Input: action.reason })
      const children = action.children === 'terminate' ? 'terminate' : undefined
      this.#outgoing.push({ target: action.instanceId, event, children })
      return
    }
    if (history.hasUsed(action.id) || this.#ids.has(action.id))
      return `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled a task with sequence ID ${action.id} already; the current one scheduled '${action.kind}' under it. Was a change made to the orchestrator code after this instance had already started running?`
    this.#ids.add(action.id)
    switch (action.kind) {
      case 'schedule-task': {
        const { id, name, input, version = null } = action
        const members = { Name: name, Version: version ?? '', Input: input }
        this.#events.push(makeEvent(eventTypes.taskScheduled, id, timestamp, members))
        break
      }
      case 'create-sub-orchestration': {
        const { id, name, input, version } = action
        const instanceId = action.instanceId ?? `${row.executionId}:${id}`
        const members = { Name: name, Version: version ?? '', InstanceId: instanceId, Input: input }
        this.#events.push(makeEvent(eventTypes.subOrchestrationCreated, id, timestamp, members))
        const parent = {
          instanceId: row.id,
          executionId: row.executionId,
          name: row.name,
          version: row.version,
          taskId: id,
        }
        this.#children.push({ instanceId, name, version, input, parent })
        break
      }
      case 'create-timer': {
        const FireAt = timestampOf(action.fireAt)
        this.#events.push(makeEvent(eventTypes.timerCreated, action.id, timestamp, { FireAt }))
        const event = makeEvent(eventTypes.timerFired, -1, FireAt, { TimerId: action.id, FireAt })
        const { executionId } = row
        const dueAt = Math.max(1, Math.ceil(action.fireAt))
        this.#outgoing.push({ target: row.id, event, dueAt, executionId, timerId: action.id })
        break
      }
      case 'send-event': {
        const { id, instanceId, name, input, at } = action
        const members = { InstanceId: instanceId, Name: name, Input: input }
        this.#events.push(makeEvent(eventTypes.eventSent, id, timestamp, members))
        const event = eventRaised(name, input, timestamp)
        this.#outgoing.push({ target: instanceId, event, ...(at !== undefined && { dueAt: Math.ceil(at) }) })
        break
      }
    }
    return
  }

  finish(customStatus: string | null): TurnOutcome {
    const { row, timestamp } = this.#input
    const isWhole = this.#taken >= this.#input.newEvents.length
    const input = isWhole ? this.#input : { ...this.#input, ...this.#firstOfTurn() }
    const draft = {
      events: this.#events,
      outgoing: this.#outgoing,
      children: this.#children,
      cancelledTimers: this.#cancelled,
      customStatus,
    }
    const completion = this.#completion
    if (!completion) {
      const status = row.status === 'Pending' ? 'Running' : row.status
      return outcomeOf(input, { ...draft, status })
    }
    const { id, status, result, failure = null } = completion
    if (status !== 'ContinuedAsNew') return endedTurn(input, { status, output: result, failure }, draft, id)
    const outgoing = [...this.#outgoing, ...lockReleases(row, input.history, this.#events, timestamp)]
    const next: NextGeneration = {
      input: result,
      version: completion.newVersion ?? row.version,
      carryover: (completion.carryover ?? []) as LiveEvent[],
    }
    return outcomeOf(input, { ...draft, outgoing, status: 'Running', next })
  }

  #cancel(id: number): void {
    // A timer of this very turn has not been sent yet.
    const sent = this.#outgoing.findIndex(({ timerId }) => timerId === id)
    if (sent === -1) this.#cancelled.push(id)
    else this.#outgoing.splice(sent, 1)
  }

  /** The part of the turn that the orchestrator has taken; the rest comes again. */
  #firstOfTurn(): Pick<TurnInput, 'newEvents' | 'sources' | 'consumed'> {
    const { newEvents, sources, consumed } = this.#input
    const left = new Set(sources.slice(this.#taken))
    return {
      newEvents: newEvents.slice(0, this.#taken),
      sources: sources.slice(0, this.#taken),
      consumed: consumed.filter((message) => !left.has(message)),
    }
  }
}

/** Whether the instance still exists as a running one after this turn. */
export function goesOn({ status }: TurnOutcome): boolean {
  return !hasEnded(status)
}
