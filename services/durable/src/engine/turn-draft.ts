import { formatTraceParent } from '@aloft/kernel'
import { eventTypes, type OrchestratorAction, type TurnResult } from '../contracts.ts'
import { eventRaised, type LiveEvent, makeEvent, timestampOf } from './events.ts'
import { isEntityId } from './model.ts'
import { orchestrationSpan, taskSpan } from './spans.ts'
import type { ChildStart, NextGeneration, Outgoing, TurnInput, TurnOutcome } from './turn.ts'
import { endedTurn, lockReleases, outcomeOf } from './turn-endings.ts'

/** Collects what the actions of one turn amount to. */
export class TurnDraft {
  readonly #input: TurnInput
  readonly #taken: number
  readonly #actionCount: number | undefined
  readonly #events: LiveEvent[] = []
  readonly #outgoing: Outgoing[] = []
  readonly #children: ChildStart[] = []
  readonly #cancelled: number[] = []
  readonly #ids = new Set<number>()
  #completion: Extract<OrchestratorAction, { kind: 'complete' }> | undefined

  constructor(input: TurnInput, { taken, actionCount }: Pick<TurnResult, 'taken' | 'actionCount'>) {
    this.#input = input
    this.#taken = taken ?? input.newEvents.length
    this.#actionCount = actionCount
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
    if ((history.hasUsed(action.id) && !this.#hasJustFailed(action.id)) || this.#ids.has(action.id))
      return `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled a task with sequence ID ${action.id} already; the current one scheduled '${action.kind}' under it. Was a change made to the orchestrator code after this instance had already started running?`
    this.#ids.add(action.id)
    switch (action.kind) {
      case 'schedule-task': {
        const { id, name, input, version = null, tags } = action
        const members = { Name: name, Version: version ?? '', Input: input, ...(tags && { Tags: tags }) }
        this.#events.push(makeEvent(eventTypes.taskScheduled, id, timestamp, members))
        break
      }
      case 'create-sub-orchestration': {
        const { id, name, input, version, tags } = action
        const instanceId = action.instanceId ?? `${row.executionId}:${id}`
        const members = { Name: name, Version: version ?? '', InstanceId: instanceId, Input: input }
        const created = makeEvent(eventTypes.subOrchestrationCreated, id, timestamp, members)
        this.#events.push(created)
        const parent = {
          instanceId: row.id,
          executionId: row.executionId,
          name: row.name,
          version: row.version,
          taskId: id,
        }
        this.#children.push({ instanceId, name, version, input, tags, parent, created })
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
        const sent = makeEvent(eventTypes.eventSent, id, timestamp, members)
        this.#events.push(sent)
        const span = isEntityId(instanceId) ? orchestrationSpan(row.origin) : undefined
        this.#outgoing.push({
          target: instanceId,
          event: eventRaised(name, input, timestamp),
          traceParent: span && formatTraceParent(taskSpan(span, sent)),
          ...(at !== undefined && { dueAt: Math.ceil(at) }),
        })
        break
      }
    }
    return
  }

  finish(customStatus: string | null): TurnOutcome {
    const { row, timestamp } = this.#input
    const isWhole = this.#taken >= this.#input.newEvents.length
    const input = isWhole ? this.#input : { ...this.#input, ...this.#firstOfTurn() }
    if (!isWhole) this.#sendAgain()
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
      return outcomeOf(input, { ...draft, status }, this.#actionCount)
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

  /** The failure that a retry follows may be of this very turn. */
  #hasJustFailed(id: number): boolean {
    return this.#input.newEvents.some(
      ({ EventType, TaskScheduledId }) =>
        TaskScheduledId === id &&
        (EventType === eventTypes.taskFailed || EventType === eventTypes.subOrchestrationFailed),
    )
  }

  #cancel(id: number): void {
    // A timer of this very turn has not been sent yet.
    const sent = this.#outgoing.findIndex(({ timerId }) => timerId === id)
    if (sent === -1) this.#cancelled.push(id)
    else this.#outgoing.splice(sent, 1)
  }

  /** What the generation before has left over is in no message yet. */
  #sendAgain(): void {
    const { newEvents, sources, row } = this.#input
    newEvents.slice(this.#taken).forEach((event, index) => {
      if (sources[this.#taken + index] || event.EventType !== eventTypes.eventRaised) return
      this.#outgoing.push({ target: row.id, event, executionId: row.executionId })
    })
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
