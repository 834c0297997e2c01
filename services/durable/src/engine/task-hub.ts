/**
 * What the engine offers to protocols, bindings and the portal: a task hub is a namespace of orchestrations and
 * entities. Every method that changes something resolves when the change is durable. Payloads are JSON text, times
 * milliseconds since 1970.
 */
import type { EntityStatus, HistoryEvent, InstanceStatus, RuntimeStatus } from '../contracts.ts'

/** How an id that is taken may be used anew: a list of statuses in which the old instance gives way. */
export type ReplaceableStatuses = readonly RuntimeStatus[]

/** `overridableExistingInstanceStates` of host.json. */
export const replaceable = {
  NonRunningStates: ['Completed', 'Failed', 'Terminated', 'Canceled'],
  AnyState: ['Completed', 'Failed', 'Terminated', 'Canceled', 'Pending', 'Running', 'Suspended'],
} as const satisfies Record<string, ReplaceableStatuses>

export interface StartRequest {
  /** Of the orchestrator function. */
  readonly name: string
  /** Absent = the engine makes one: 32 hexadecimal digits. */
  readonly instanceId?: string | undefined
  readonly input?: string | null
  /** Absent = the hub's default version. */
  readonly version?: string | null | undefined
  /** Not before this time. */
  readonly at?: number | undefined
  /** @default the hub's `replaceable` */
  readonly replaceable?: ReplaceableStatuses | undefined
  readonly executionId?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** W3C headers of whoever starts it. */
  readonly traceParent?: string | undefined
  readonly traceState?: string | undefined
}

export interface SignalRequest {
  /** `@name@key`, the name in lower case. */
  readonly instanceId: string
  readonly operation: string
  readonly input?: string | null
  /** A second signal with the same id is dropped while the first one waits. @default a new one */
  readonly requestId?: string | undefined
  /** Not before this time. */
  readonly at?: number | undefined
  readonly traceParent?: string | undefined
}

/** All given conditions hold. */
export interface InstanceFilter {
  readonly statuses?: readonly RuntimeStatus[] | undefined
  /** Inclusive. */
  readonly createdFrom?: number | undefined
  readonly createdTo?: number | undefined
  readonly completedFrom?: number | undefined
  readonly completedTo?: number | undefined
  readonly idPrefix?: string | undefined
  /** Exact name of the orchestrator function. */
  readonly name?: string | undefined
  readonly parentInstanceId?: string | undefined
  /** @default both */
  readonly kind?: 'orchestration' | 'entity' | undefined
}

export interface InstanceQuery extends InstanceFilter {
  /** @default 100 */
  readonly limit?: number | undefined
  /** From the page before. */
  readonly continuation?: string | undefined
  /** By creation. @default 'oldest' */
  readonly first?: 'oldest' | 'newest' | undefined
  /** Whether input, output and custom status are wanted. @default 'with' */
  readonly payloads?: 'with' | 'without' | undefined
}

export interface InstancePage {
  readonly instances: readonly InstanceStatus[]
  /** Undefined on the last page. */
  readonly continuation: string | undefined
}

export interface EntityQuery {
  /** `@name@` for all entities of a name, `@name@key…`. */
  readonly idPrefix?: string | undefined
  readonly modifiedFrom?: number | undefined
  readonly modifiedTo?: number | undefined
  /** @default 'without' */
  readonly state?: 'with' | 'without' | undefined
  /** Whether entities that hold no state (only a lock) are wanted. @default 'without' */
  readonly transient?: 'with' | 'without' | undefined
  /** @default 100 */
  readonly limit?: number | undefined
  readonly continuation?: string | undefined
}

export interface EntityPage {
  readonly entities: readonly EntityStatus[]
  readonly continuation: string | undefined
}

/** What could not be done after many tries. */
export interface DeadLetter {
  readonly id: number
  readonly instanceId: string
  /** Of the function that could not be run. */
  readonly name: string
  readonly kind: 'orchestrator' | 'activity' | 'entity'
  readonly reason: string
  readonly attempts: number
  /** The messages as JSON text. */
  readonly messages: string
  readonly at: number
}

/** Of this process since the hub was opened, and what is under way now. */
export interface HubMetrics {
  readonly started: number
  readonly completed: number
  readonly turns: number
  readonly abortedTurns: number
  readonly activities: number
  readonly entityBatches: number
  readonly entityOperations: number
  /** Turns and activities that run now, and that wait for a slot. */
  readonly running: number
  readonly waiting: number
  /** Instances kept warm. */
  readonly warm: number
}

export interface TaskHub {
  readonly name: string
  /** Rejects with `InstanceExists`. */
  start(request: StartRequest): Promise<{ readonly instanceId: string; readonly executionId: string }>
  /** Rejects with `InstanceNotFound`, or `InvalidState` when it has ended. */
  raiseEvent(instanceId: string, name: string, input: string | null, traceParent?: string): Promise<void>
  signalEntity(request: SignalRequest): Promise<void>
  /**
   * `reason`, any JSON value, becomes the output. Rejects with `InstanceNotFound`, or `InvalidState` when it has ended.
   * @param children `'terminate'` ends sub-orchestrations as well. @default 'leave'
   */
  terminate(instanceId: string, reason: unknown, children?: 'terminate' | 'leave'): Promise<void>
  /** Rejects with `InstanceNotFound`, or `InvalidState` when it has ended or is suspended already. */
  suspend(instanceId: string, reason: string | null): Promise<void>
  /** Rejects with `InstanceNotFound`, or `InvalidState` unless it is suspended. */
  resume(instanceId: string, reason: string | null): Promise<void>
  /** Runs what failed again. Rejects with `InstanceNotFound`, or `InvalidState` unless it has failed. */
  rewind(instanceId: string, reason: string | null): Promise<void>
  /**
   * Starts an orchestration with the name, input and version of this one; resolves to the id of the new one.
   * Rejects with `InstanceNotFound`, or, for the same id, `InvalidState` unless it has ended.
   */
  restart(instanceId: string, under: 'new-id' | 'same-id'): Promise<string>
  /**
   * Deletes an instance that has ended, with its history; the number deleted: 0 when it goes on. Entities are deleted
   * in any state. Rejects with `InstanceNotFound`.
   */
  purge(instanceId: string, children?: 'purge' | 'leave'): Promise<number>
  /** Deletes what has ended and matches; incomplete when `timeoutMs` was over. Entities only when `kind` says so. */
  purgeWhere(
    filter: InstanceFilter,
    options?: { readonly timeoutMs?: number; readonly children?: 'purge' | 'leave' },
  ): Promise<{ readonly deleted: number; readonly isComplete: boolean }>
  status(instanceId: string): Promise<InstanceStatus | undefined>
  query(query: InstanceQuery): Promise<InstancePage>
  /** Of the current execution, oldest first. Rejects with `InstanceNotFound`. */
  history(instanceId: string): Promise<readonly HistoryEvent[]>
  /**
   * The status as soon as the instance has left `Pending` or has ended. Rejects with `InstanceNotFound`, the
   * signal's reason, or `HubClosed`.
   */
  waitFor(instanceId: string, until: 'started' | 'ended', signal: AbortSignal): Promise<InstanceStatus>
  /** Undefined when it has neither state nor lock. `instanceId` is `@name@key`. */
  entity(instanceId: string): Promise<EntityStatus | undefined>
  entities(query: EntityQuery): Promise<EntityPage>
  /** Deletes entities without state and releases locks whose holder is gone. */
  cleanEntities(): Promise<{ readonly removed: number; readonly released: number }>
  /** Orchestrations by status, and `Entity`. */
  counts(): Promise<Readonly<Partial<Record<RuntimeStatus | 'Entity', number>>>>
  metrics(): HubMetrics
  /** Newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>
  /** Rewinds the failed orchestration and forgets the letter. Rejects as `rewind`. */
  retryDeadLetter(id: number): Promise<void>
  /** No new work; resolves when what runs has ended. What waits is kept for the next start. */
  drain(): Promise<void>
  /** Stops at once: running work gets its signal and is done again later. */
  close(): Promise<void>
}
