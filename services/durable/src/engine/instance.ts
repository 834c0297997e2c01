import type { Timer } from '@aloft/kernel'
import { TurnAborted } from '../contracts.ts'
import type { EntityLock } from './entity-turn.ts'
import type { History } from './history.ts'
import { type InstanceRow, isEntityId, type Message } from './model.ts'

/** Made once: an error that nobody throws needs no stack of its own. */
const gone = new TurnAborted('The instance has ended or was taken over')

/** Of an instance without history. */
const emptySize = 2500

/** An instance in memory: while it has something to do, and for as long as it is kept warm. */
export class Instance {
  readonly id: string
  readonly isEntity: boolean
  /** Undefined = not loaded. An entity that does not exist yet has `seq` 0. */
  row: InstanceRow | undefined
  history: History | undefined
  lock: EntityLock | null = null
  /** In order of arrival. */
  inbox: Message[] = []
  /** Numbers of the stored messages that are in the inbox or in the turn that runs. */
  readonly held = new Set<number>()
  /** `waiting` for a slot, `running` from then to the commit. */
  phase: 'idle' | 'waiting' | 'running' = 'idle'
  /** Turns that were aborted one after the other. */
  attempts = 0
  /** Until then no turn is begun: the last one was aborted, or outcomes are gathered. */
  retry: Timer | undefined
  /** The pause is for gathering outcomes. */
  isGathering = false
  /** How long the executor took for the last turn. */
  turnMs = 0
  /** Ids of the activities of this execution that have been handed out. */
  inFlight = new Set<number>()
  /** Numbers of the messages that are the open timers, by timer id. */
  readonly timers = new Map<number, number>()
  /** What waits in the inbox has to wait on: for a resume, for a lock, for the time of the start. */
  isHeldBack = false
  /** Replaced, purged or ended: whatever still runs for it counts for nothing. */
  isGone = false
  /** While its row is on its way to the database: resolves when it is there, or cannot be. */
  stored: Promise<void> | undefined
  /** As stored: whether a start of the hub must look after it. */
  isActive = true
  #cancellation: AbortController | undefined

  constructor(id: string) {
    this.id = id
    this.isEntity = isEntityId(id)
  }

  /** Aborts when the instance is gone. */
  get signal(): AbortSignal {
    this.#cancellation ??= new AbortController()
    return this.#cancellation.signal
  }

  /** About what it keeps in memory, in characters; events as objects weigh as much as their text. */
  get size(): number {
    return emptySize + 2 * (this.history?.length ?? 0) + (this.row?.input?.length ?? 0)
  }

  /** What has to be read again. */
  unload(): void {
    this.row = undefined
    this.history = undefined
    this.timers.clear()
  }

  dismiss(): void {
    this.isGone = true
    this.retry?.cancel()
    this.inbox = []
    if (this.inFlight.size > 0 || this.phase === 'running') this.#cancellation?.abort(gone)
  }
}
