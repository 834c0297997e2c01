/** What a turn of an orchestration takes in, and what is to be committed of it. */
import type { FailureDetails, RuntimeStatus } from '../contracts.ts'
import type { LiveEvent } from './events.ts'
import type { History } from './history.ts'
import type { InstanceRow, Message, Parent } from './model.ts'

/** A message to be sent; its number is given when it is stored. */
export interface Outgoing {
  readonly target: string
  readonly event: LiveEvent
  readonly dueAt?: number
  readonly executionId?: string | undefined
  readonly children?: 'terminate' | undefined
  /** See `Message`. */
  readonly traceParent?: string | undefined
  /** The timer that this message is. */
  readonly timerId?: number
}

export interface ChildStart {
  readonly instanceId: string
  readonly name: string
  readonly version: string | null | undefined
  readonly input: string | null
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly parent: Parent
  readonly created: LiveEvent
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
