/** A history and what is under way, for one orchestration: what the engine is, without storage, time and messages. */
import {
  eventTypes,
  type HistoryEvent,
  type OrchestratorAction,
  type TurnResult,
} from '../../src/contracts.ts'

export class TinyEngine {
  readonly past: HistoryEvent[] = []
  now = Date.parse('2026-01-01T00:00:00Z')
  /** Completions that may come, each once. */
  readonly pending: (() => HistoryEvent)[] = []
  completed: Extract<OrchestratorAction, { readonly kind: 'complete' }> | undefined
  readonly #canceled = new Set<number>()
  readonly #attempts = new Map<string, number>()

  /** The events of the next turn. */
  turn(completions: readonly HistoryEvent[]): HistoryEvent[] {
    this.now += 10
    const started = this.#event(eventTypes.orchestratorStarted, {})
    const first =
      this.past.length === 0
        ? [this.#event(eventTypes.executionStarted, { Name: 'Program', Input: null, Version: null })]
        : []
    return [started, ...first, ...completions]
  }

  commit(fresh: readonly HistoryEvent[], { actions, actionCount }: TurnResult): void {
    this.past.push(...fresh.map((event) => ({ ...event, IsPlayed: event.EventType !== 12 })))
    for (const action of actions) this.#apply(action)
    const count = actionCount === undefined ? {} : { ActionCount: actionCount }
    this.past.push(this.#event(eventTypes.orchestratorCompleted, count))
  }

  raise(name: string, input: unknown): HistoryEvent {
    return this.#event(eventTypes.eventRaised, { Name: name, Input: JSON.stringify(input) })
  }

  #apply(action: OrchestratorAction): void {
    switch (action.kind) {
      case 'schedule-task': {
        const { id, name, input } = action
        this.past.push(this.#event(eventTypes.taskScheduled, { Name: name }, id))
        this.pending.push(() => this.#finishActivity(id, name, input))
        return
      }
      case 'create-sub-orchestration': {
        const { id, name } = action
        this.past.push(this.#event(eventTypes.subOrchestrationCreated, { Name: name }, id))
        this.pending.push(() => this.#finishSub(id, name))
        return
      }
      case 'create-timer': {
        const { id, fireAt } = action
        this.past.push(this.#event(eventTypes.timerCreated, { FireAt: new Date(fireAt).toISOString() }, id))
        this.pending.push(() => {
          this.now = Math.max(this.now, fireAt)
          return this.#event(eventTypes.timerFired, { TimerId: id })
        })
        return
      }
      case 'send-event': {
        const { id, name, instanceId, input } = action
        this.past.push(
          this.#event(eventTypes.eventSent, { Name: name, InstanceId: instanceId, Input: input }, id),
        )
        const message = JSON.parse(input!) as { id: string; op?: string | null; signal?: boolean }
        if (name === 'op' && !message.signal) this.pending.push(() => this.#answer(message.id, message.op))
        return
      }
      case 'cancel-timer':
        this.#canceled.add(action.id)
        return
      case 'complete':
        this.completed = action
        return
    }
  }

  /** Whether a completion is one of a timer that has been cancelled meanwhile. */
  isCanceled(event: HistoryEvent): boolean {
    return event.EventType === eventTypes.timerFired && this.#canceled.has(Number(event.TimerId))
  }

  #finishActivity(id: number, name: string, input: string | null): HistoryEvent {
    if (name === 'BuiltIn::HttpActivity') {
      const [{ uri }] = JSON.parse(input!) as [{ uri: string }]
      const left = Number(new URL(uri).searchParams.get('polls'))
      const headers = left > 0 ? { location: `http://h/?polls=${left - 1}`, 'Retry-After': '5' } : {}
      return this.#completed(id, { statusCode: left > 0 ? 202 : 200, headers, content: 'x' })
    }
    const attempt = (this.#attempts.get(name) ?? 0) + 1
    this.#attempts.set(name, attempt)
    const fails = name === 'bad' || (name === 'flaky' && attempt % 2 === 1)
    return fails ? this.#failed(eventTypes.taskFailed, id) : this.#completed(id, 'done')
  }

  #finishSub(id: number, name: string): HistoryEvent {
    if (name === 'bad') return this.#failed(eventTypes.subOrchestrationFailed, id)
    return this.#event(eventTypes.subOrchestrationCompleted, { TaskScheduledId: id, Result: '1' })
  }

  #completed(id: number, result: unknown): HistoryEvent {
    return this.#event(eventTypes.taskCompleted, { TaskScheduledId: id, Result: JSON.stringify(result) })
  }

  #failed(type: number, id: number): HistoryEvent {
    const FailureDetails = { ErrorType: 'Error', ErrorMessage: 'bad', IsNonRetriable: false }
    return this.#event(type, { TaskScheduledId: id, Reason: 'bad', Details: 'bad', FailureDetails })
  }

  #answer(id: string, operation: string | null | undefined): HistoryEvent {
    const isError = operation === 'fail'
    return this.raise(id, { result: '"r"', ...(isError && { exceptionType: 'Error' }) })
  }

  #event(type: number, members: object, id = -1): HistoryEvent {
    const Timestamp = new Date(this.now).toISOString()
    return { EventType: type, EventId: id, IsPlayed: false, Timestamp, ...members }
  }
}
