/** Keeps the walks of executions that go on, so that a turn looks at its new events only. */
import type { HistoryEvent, OrchestratorTurn } from '../contracts.ts'
import { ActionMaker, type ActionMakerOptions } from './action-maker.ts'
import { timerDurations } from './orchestrator-payload.ts'
import { ReplayWalk } from './replay-walk.ts'

interface KeptWalk {
  readonly walk: ReplayWalk
  readonly executionId: string
  /** How many events of the history it has seen, and the last two of its turn. */
  readonly seen: number
  readonly started: HistoryEvent
  readonly last: HistoryEvent
  readonly warmFrom: number | undefined
}

export interface WalkForTurn {
  readonly walk: ReplayWalk
  /** Events of earlier turns that it has not seen. */
  readonly unseen: readonly HistoryEvent[]
  /** How many events the worker's own orchestrator has seen; undefined = it has none. */
  readonly warmFrom: number | undefined
}

export class Walks {
  readonly #kept = new Map<string, KeptWalk>()
  readonly #most: number
  readonly #options: ActionMakerOptions

  /** @param most walks that are kept; the one that was used longest ago goes first */
  constructor(most: number, options: ActionMakerOptions) {
    this.#most = most
    this.#options = options
  }

  /** Takes the walk of the turn's execution out, or makes a new one when there is any doubt about the kept one. */
  take(turn: OrchestratorTurn): WalkForTurn {
    const id = keyOf(turn)
    const kept = this.#kept.get(id)
    if (kept) {
      this.#kept.delete(id)
      const { walk, seen, warmFrom } = kept
      if (continues(kept, turn)) return { walk, unseen: turn.pastEvents.slice(seen), warmFrom }
    }
    const { instanceId, executionId } = turn
    const walk = new ReplayWalk(new ActionMaker({ instanceId, executionId }, this.#options), timerDurations)
    return { walk, unseen: turn.pastEvents, warmFrom: undefined }
  }

  /**
   * Keeps a walk that has gone through all events of `turn`.
   * @param warmFrom how many events the worker says that it has seen
   */
  keep(turn: OrchestratorTurn, walk: ReplayWalk, warmFrom: number | undefined): void {
    const { executionId, pastEvents, newEvents } = turn
    const started = newEvents[0]
    const last = newEvents.at(-1)
    if (!started || !last) return
    if (this.#kept.size >= this.#most) this.#kept.delete(this.#kept.keys().next().value!)
    const seen = pastEvents.length + newEvents.length
    const isWarm = warmFrom === seen
    this.#kept.set(keyOf(turn), {
      walk,
      executionId,
      seen,
      started,
      last,
      warmFrom: isWarm ? seen : undefined,
    })
  }
}

function keyOf({ taskHub, instanceId }: OrchestratorTurn): string {
  return `${taskHub}\n${instanceId}`
}

/** Whether what the walk has seen is what was committed: a turn may have been lost, or run with fewer events. */
function continues(kept: KeptWalk, { executionId, pastEvents, newEvents }: OrchestratorTurn): boolean {
  if (kept.executionId !== executionId) return false
  const last = pastEvents[kept.seen - 1]
  // Behind the turn's own events come what it did, and its end.
  if (!last || !isSame(last, kept.last) || pastEvents.length <= kept.seen) return false
  const startedAt = pastEvents.findLastIndex(({ EventType }) => EventType === kept.started.EventType)
  const started = pastEvents[startedAt]
  return started !== undefined && isSame(started, kept.started) && newEvents.length > 0
}

function isSame(one: HistoryEvent, other: HistoryEvent): boolean {
  return (
    one === other ||
    (one.EventType === other.EventType &&
      one.Timestamp === other.Timestamp &&
      one.TaskScheduledId === other.TaskScheduledId &&
      one.TimerId === other.TimerId &&
      one.Name === other.Name)
  )
}
