/** What the engine holds of an instance and of a message, and the numbers in which statuses are stored. */
import type { FailureDetails, HistoryEvent, RuntimeStatus } from '../contracts.ts'

/** As the Durable Task Framework numbers them (`OrchestrationStatus`); an entity is a status of its own. */
export const statusNumbers = {
  Running: 0,
  Completed: 1,
  ContinuedAsNew: 2,
  Failed: 3,
  Canceled: 4,
  Terminated: 5,
  Pending: 6,
  Suspended: 7,
} as const satisfies Record<RuntimeStatus, number>

/** Stored in place of a status. */
export const entityStatusNumber = 10

const statusNames = Object.fromEntries(
  Object.entries(statusNumbers).map(([name, number]) => [number, name as RuntimeStatus]),
)

/** Entities show as running. */
export function statusOf(number: number): RuntimeStatus {
  return statusNames[number] ?? 'Running'
}

export function hasEnded(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated' || status === 'Canceled'
}

/** Numbers of the statuses that `hasEnded`, for SQL. */
export const endedNumbers = '1, 3, 4, 5'

export interface Parent {
  readonly instanceId: string
  readonly executionId: string
  readonly name: string
  readonly version: string | null
  /** Id of the task in the parent's execution. */
  readonly taskId: number
}

/** What an execution was begun with, apart from name, version and input; stored as JSON when there is any. */
export interface Origin {
  readonly parent?: Parent
  readonly tags?: Readonly<Record<string, string>>
  readonly scheduledAt?: number
  readonly traceParent?: string
  readonly traceState?: string
  /** Of the span of this orchestration. */
  readonly spanId?: string
  /** Events that the generation before has left over. */
  readonly carryover?: readonly HistoryEvent[]
}

/** A row of `durable_instance`, payloads in place. An entity has its state as `input`. */
export interface InstanceRow {
  readonly seq: number
  readonly id: string
  readonly partition: number
  executionId: string
  readonly name: string
  version: string | null
  status: RuntimeStatus
  /** Rows of history: the number of the next turn. */
  turns: number
  generation: number
  readonly createdAt: number
  updatedAt: number
  completedAt: number | null
  origin: Origin
  customStatus: string | null
  failure: FailureDetails | null
  input: string | null
  output: string | null
}

/** Something that an instance is to be told. */
export interface Message {
  /** Unique in its hub and ascending in the order of sending; 0 = not stored (yet). */
  seq: number
  /** Milliseconds since 1970; 0 = at once. */
  readonly dueAt: number
  readonly event: HistoryEvent
  /** Only for this execution. */
  readonly executionId?: string | undefined
  /** With `ExecutionTerminated`: whether sub-orchestrations end as well. */
  readonly children?: 'terminate' | undefined
  /** W3C header of an entity's operation: the span of whoever asks for it. */
  readonly traceParent?: string | undefined
}

export function encodeMessage({ event, executionId, children, traceParent }: Message): string {
  return JSON.stringify({ event, executionId, children, traceParent })
}

export function decodeMessage(seq: number, dueAt: number, body: string): Message {
  const { event, executionId, children, traceParent } = JSON.parse(body) as Message
  return { seq, dueAt, event, executionId, children, traceParent }
}

/** `@name@key`. */
export function isEntityId(instanceId: string): boolean {
  return instanceId.startsWith('@')
}

/** @throws Error when it is not `@name@key` */
export function parseEntityId(instanceId: string): { readonly name: string; readonly key: string } {
  const at = instanceId.indexOf('@', 1)
  if (!isEntityId(instanceId) || at === -1) throw new Error(`'${instanceId}' is no entity id (@name@key)`)
  return { name: instanceId.slice(1, at), key: instanceId.slice(at + 1) }
}
