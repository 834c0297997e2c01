/** What history says that an orchestrator has scheduled, and how far each of its turns came. */
import { eventTypes, type HistoryEvent } from '../contracts.ts'
import { isScheduling } from './history-facts.ts'

/** How far a turn came: the highest id that it gave out, and the actions that the worker had returned by its end. */
export interface TurnLimit {
  readonly id: number
  readonly actions: number
}

export const noLimit: TurnLimit = { id: Number.POSITIVE_INFINITY, actions: Number.POSITIVE_INFINITY }
export const nothing: TurnLimit = { id: -1, actions: 0 }

export class Schedule {
  readonly #events = new Map<number, HistoryEvent>()
  #highestId = -1

  /** The highest id in history. */
  get highestId(): number {
    return this.#highestId
  }

  /** The event by which that id was given out, without its payload. */
  at(id: number): HistoryEvent | undefined {
    return this.#events.get(id)
  }

  /** Takes in turns that have not been looked at. @param nextId the id that comes first in them */
  learn(past: readonly HistoryEvent[], nextId: number): readonly TurnLimit[] {
    const limits: { id: number; actions: number }[] = []
    let highest = nextId - 1
    for (const event of past) {
      const limit = limits.at(-1)
      if (event.EventType === eventTypes.orchestratorStarted)
        limits.push({ id: highest, actions: Number.POSITIVE_INFINITY })
      else if (event.EventType === eventTypes.orchestratorCompleted) {
        if (limit && typeof event.ActionCount === 'number') limit.actions = event.ActionCount
      } else if (isScheduling(event)) {
        this.#events.set(event.EventId, withoutPayload(event))
        if (event.EventId > highest) highest = event.EventId
        if (limit) limit.id = highest
      }
    }
    this.#highestId = highest
    return limits
  }
}

/** Kept walks must not hold on to what the engine lets go. */
function withoutPayload({
  EventType,
  EventId,
  Timestamp,
  Name,
  InstanceId,
  FireAt,
}: HistoryEvent): HistoryEvent {
  return { EventType, EventId, Timestamp, Name, InstanceId, FireAt }
}
