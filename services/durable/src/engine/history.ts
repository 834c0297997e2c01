import { eventTypes, type HistoryEvent } from '../contracts.ts'
import { type LockRequest, trackLock } from './locks.ts'

/**
 * The committed history of an execution, kept warm: its text grows at the end, so that a turn costs no more after a
 * million events than after ten. Decoded on first use.
 */
export class History {
  /** Events joined by commas. */
  #text: string
  #events: HistoryEvent[] | undefined
  /** `TaskScheduled` without an outcome, by id. */
  readonly openTasks = new Map<number, HistoryEvent>()
  /** Instance ids of sub-orchestrations without an outcome, by task id. */
  readonly openChildren = new Map<number, string>()
  /** Timers that have not fired, by id. */
  readonly openTimers = new Set<number>()
  /** Locks asked for and not given back. */
  readonly locks = new Map<string, LockRequest>()
  readonly #usedIds = new Set<number>()
  /** Of tasks and sub-orchestrations whose last attempt has failed. */
  readonly #failedIds = new Set<number>()

  /** @param text events joined by commas */
  constructor(text = '') {
    this.#text = text
    if (text === '') this.#events = []
    else for (const event of this.events) this.#track(event)
  }

  get text(): string {
    return this.#text
  }

  get length(): number {
    return this.#text.length
  }

  /** The same list for the life of this history; it grows when a turn is committed. */
  get events(): readonly HistoryEvent[] {
    this.#events ??= JSON.parse(`[${this.#text}]`) as HistoryEvent[]
    return this.#events
  }

  append(events: readonly HistoryEvent[], text: string): void {
    this.#text = this.#text === '' ? text : `${this.#text},${text}`
    for (const event of events) {
      this.#events?.push(event)
      this.#track(event)
    }
  }

  /** Whether an action has had this id already, and cannot have it again: a retry has the id of what has failed. */
  hasUsed(id: number): boolean {
    return this.#usedIds.has(id) && !this.#failedIds.has(id)
  }

  get actionCount(): number {
    return this.#usedIds.size
  }

  closeTimer(id: number): void {
    this.openTimers.delete(id)
  }

  /** Whether `event`, a completion, is awaited; true for what is no completion. */
  awaits(event: HistoryEvent): boolean {
    switch (event.EventType) {
      case eventTypes.taskCompleted:
      case eventTypes.taskFailed:
        return this.openTasks.has(event.TaskScheduledId as number)
      case eventTypes.subOrchestrationCompleted:
      case eventTypes.subOrchestrationFailed:
        return this.openChildren.has(event.TaskScheduledId as number)
      case eventTypes.timerFired:
        return this.openTimers.has(event.TimerId as number)
      default:
        return true
    }
  }

  #use(id: number): void {
    this.#usedIds.add(id)
    this.#failedIds.delete(id)
  }

  #track(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.taskScheduled:
        this.#use(event.EventId)
        this.openTasks.set(event.EventId, event)
        break
      case eventTypes.taskFailed:
        this.#failedIds.add(event.TaskScheduledId as number)
        this.openTasks.delete(event.TaskScheduledId as number)
        break
      case eventTypes.taskCompleted:
        this.openTasks.delete(event.TaskScheduledId as number)
        break
      case eventTypes.subOrchestrationCreated:
        this.#use(event.EventId)
        this.openChildren.set(event.EventId, event.InstanceId as string)
        break
      case eventTypes.subOrchestrationFailed:
        this.#failedIds.add(event.TaskScheduledId as number)
        this.openChildren.delete(event.TaskScheduledId as number)
        break
      case eventTypes.subOrchestrationCompleted:
        this.openChildren.delete(event.TaskScheduledId as number)
        break
      case eventTypes.timerCreated:
        this.#use(event.EventId)
        this.openTimers.add(event.EventId)
        break
      case eventTypes.timerFired:
        this.openTimers.delete(event.TimerId as number)
        break
      case eventTypes.eventSent:
        this.#use(event.EventId)
        trackLock(this.locks, event)
        break
    }
  }
}

/** What an event closes: the id of its task or timer; undefined for what closes nothing. */
export function closedId(event: HistoryEvent): number | undefined {
  const id = event.EventType === eventTypes.timerFired ? event.TimerId : event.TaskScheduledId
  return id as number | undefined
}
