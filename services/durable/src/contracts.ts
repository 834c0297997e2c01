/**
 * The seams between the rooms of Durable Functions. The engine knows histories, messages and turns; an executor runs
 * user code (through the Functions host, over gRPC, or a stub in tests). Names and numbers of events are the Durable
 * Task Framework's (durabletask, `DurableTask.Core.History`); the same JSON is stored, sent to workers and shown.
 */

/** `EventType` of a history event. */
export const eventTypes = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
  continueAsNew: 16,
  genericEvent: 17,
  executionSuspended: 19,
  executionResumed: 20,
  executionRewound: 21,
} as const

export interface FailureDetails {
  readonly ErrorType: string
  readonly ErrorMessage: string
  readonly StackTrace?: string | null
  readonly InnerFailure?: FailureDetails | null
  readonly IsNonRetriable?: boolean
  readonly Properties?: Readonly<Record<string, unknown>> | null
}

/** One event as stored; further members by type. */
export interface HistoryEvent {
  readonly EventType: number
  /** The action's id for what the orchestrator did, -1 for the rest. */
  readonly EventId: number
  /** ISO 8601 with 7 digits. */
  readonly Timestamp: string
  readonly [member: string]: unknown
}

export type RuntimeStatus =
  | 'Pending'
  | 'Running'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated'
  | 'Canceled'
  | 'ContinuedAsNew'

/** What an orchestrator did in a turn. `id` is the task id, dense from 0 in its execution; payloads are JSON text. */
export type OrchestratorAction =
  | {
      readonly kind: 'schedule-task'
      readonly id: number
      readonly name: string
      readonly input: string | null
      readonly version?: string | null
      readonly tags?: Readonly<Record<string, string>> | undefined
    }
  | {
      readonly kind: 'create-sub-orchestration'
      readonly id: number
      readonly name: string
      /** Undefined = the engine makes one. */
      readonly instanceId: string | undefined
      readonly input: string | null
      readonly version?: string | null
      readonly tags?: Readonly<Record<string, string>> | undefined
    }
  | {
      readonly kind: 'create-timer'
      readonly id: number /** Milliseconds since 1970. */
      readonly fireAt: number
    }
  /** The timer fires no more and holds nothing up. */
  | { readonly kind: 'cancel-timer'; readonly id: number }
  /** To an orchestration or an entity (`@name@key`), at `at` when that is in the future. */
  | {
      readonly kind: 'send-event'
      readonly id: number
      readonly instanceId: string
      readonly name: string
      readonly input: string | null
      readonly at?: number
    }
  | {
      readonly kind: 'complete'
      readonly id: number
      readonly status: 'Completed' | 'Failed' | 'ContinuedAsNew' | 'Terminated'
      /** Output, or the new input of the next generation. */
      readonly result: string | null
      readonly failure?: FailureDetails
      readonly newVersion?: string | null
      /** Events that the next generation gets. */
      readonly carryover?: readonly HistoryEvent[]
    }
  /** Of another orchestration, as far as it runs. Not in the history. */
  | {
      readonly kind: 'terminate'
      readonly id: number
      readonly instanceId: string
      readonly reason: string | null
      readonly children: 'terminate' | 'leave'
    }

/** What an executor is given for one turn of an orchestration. */
export interface OrchestratorTurn {
  readonly taskHub: string
  readonly instanceId: string
  readonly executionId: string
  readonly name: string
  readonly version: string | null
  /** JSON text. */
  readonly input: string | null
  readonly parentInstanceId: string | null
  /** W3C header: the orchestration's span. */
  readonly traceParent?: string | undefined
  /** Committed in earlier turns. */
  readonly pastEvents: readonly HistoryEvent[]
  /** This turn's: `OrchestratorStarted`, then what arrived. */
  readonly newEvents: readonly HistoryEvent[]
  /**
   * Past and new events as the text of a JSON array, past completions with `IsPlayed: true`. The past is kept
   * serialised from turn to turn.
   */
  historyJson(): string
}

export interface TurnResult {
  readonly actions: readonly OrchestratorAction[]
  /** JSON text; undefined = unchanged. */
  readonly customStatus: string | undefined
  /** How many of `newEvents` the turn has taken; the others come again in the next one. @default all */
  readonly taken?: number
  /** How many actions the execution has returned so far; kept with the turn, for protocols that return all each time. */
  readonly actionCount?: number
}

export interface ActivityWork {
  readonly taskHub: string
  readonly instanceId: string
  readonly executionId: string
  readonly taskId: number
  readonly name: string
  /** JSON text. */
  readonly input: string | null
  readonly version?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** W3C header: the activity's span. */
  readonly traceParent?: string
}

export type ActivityResult =
  /** JSON text. */
  | { readonly kind: 'completed'; readonly result: string | null }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly details: string
      readonly failure: FailureDetails
    }

export interface EntityOperation {
  readonly name: string
  /** JSON text. */
  readonly input: string | null
  readonly isSignal: boolean
  readonly requestId: string
}

export interface EntityBatch {
  readonly taskHub: string
  readonly instanceId: string
  readonly name: string
  readonly key: string
  readonly exists: boolean
  /** JSON text. */
  readonly state: string | null
  readonly operations: readonly EntityOperation[]
  /** W3C header: the span of the first operation that is traced. */
  readonly traceParent?: string | undefined
}

export interface EntityBatchResult {
  readonly exists: boolean
  readonly state: string | null
  /** One for each operation. */
  readonly results: readonly {
    readonly isError: boolean
    readonly result: string | null
    readonly failure?: FailureDetails
  }[]
  readonly signals: readonly {
    readonly instanceId: string
    readonly name: string
    readonly input: string | null
    /** Milliseconds since 1970. */
    readonly at?: number
  }[]
  readonly starts: readonly {
    readonly name: string
    readonly instanceId: string | undefined
    readonly input: string | null
    readonly version?: string | undefined
    /** Not before this time, in milliseconds since 1970. */
    readonly at?: number | undefined
  }[]
}

/** The turn could not be run (worker gone, host stopping): nothing is committed, it is run again later. */
export class TurnAborted extends Error {}

/** Runs user code. Rejects with `TurnAborted` when the work should be done again; other outcomes are in the results. */
export interface Executor {
  orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult>
  activity(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult>
  entity(batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult>
}

/** An instance, orchestration or entity, as queries show it. Times in milliseconds since 1970. */
export interface InstanceStatus {
  readonly instanceId: string
  readonly executionId: string
  readonly name: string
  readonly version: string | null
  readonly runtimeStatus: RuntimeStatus
  /** JSON texts. */
  readonly input: string | null
  readonly output: string | null
  readonly customStatus: string | null
  readonly failure: FailureDetails | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly completedAt: number | null
  readonly parentInstanceId: string | null
  readonly tags: Readonly<Record<string, string>> | null
  /** Not to be started before. */
  readonly scheduledAt: number | null
  /** How often it has continued as new. */
  readonly generation: number
}

/** An entity as queries show it. Times in milliseconds since 1970. */
export interface EntityStatus {
  /** `@name@key`. */
  readonly instanceId: string
  readonly name: string
  readonly key: string
  /** False when it only holds a lock or has messages waiting. */
  readonly exists: boolean
  /** JSON text; null also when the query was without states. */
  readonly state: string | null
  readonly modifiedAt: number
  /** Messages that wait. */
  readonly backlog: number
  /** Instance id of the orchestration that holds its lock. */
  readonly lockedBy: string | null
}
