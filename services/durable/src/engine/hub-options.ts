/**
 * Options of a task hub (host.json `extensions.durableTask`, Azure documentation, "Durable Functions host.json
 * settings"), with defaults in one place.
 */
import type { Transaction } from '@aloft/engine'
import type { SpanTelemetry } from '@aloft/kernel'
import type { RuntimeStatus } from '../contracts.ts'
import { type ReplaceableStatuses, replaceable } from './task-hub.ts'

export interface HubOptions {
  /** As executors, events and errors are told. @default as it is stored */
  readonly shownName: string | undefined
  /** Activities that run at a time. @default 20 */
  readonly maxConcurrentActivities: number
  /** Orchestrator turns that run at a time. @default 20 */
  readonly maxConcurrentOrchestrators: number
  /** Entity batches that run at a time. @default 20 */
  readonly maxConcurrentEntities: number
  /** @default 5000 */
  readonly maxEntityBatchSize: number
  /** Of one execution; more fails it. @default 100000 */
  readonly maxOrchestrationActions: number
  /** @default NonRunningStates */
  readonly replaceable: ReplaceableStatuses
  /** For new orchestrations that bring none. @default null */
  readonly defaultVersion: string | null
  /** @default 'CurrentOrOlder' */
  readonly versionMatch: 'None' | 'Strict' | 'CurrentOrOlder'
  /** @default 'Reject': left for a newer host */
  readonly versionFailure: 'Reject' | 'Fail'
  /** After so many aborted turns an orchestration fails. @default 100 */
  readonly maxTurnAttempts: number
  /** After so many aborted runs an activity fails. @default 100 */
  readonly maxActivityAttempts: number
  /** Characters of history kept in memory. @default 64 Mi */
  readonly warmCharacters: number
  /** Instances that have ended are purged after this time. @default [] */
  readonly retention: readonly RetentionRule[]
  /** For a new hub; a hub keeps the number it was made with. @default 1 */
  readonly partitions: number
  /** Told after the commit. Must return at once. */
  readonly onLifecycle: ((event: LifecycleEvent) => void) | undefined
  /** Told in the transaction that makes the event true; may be told again when that is run again. */
  readonly publishLifecycle:
    | ((transaction: Transaction, events: readonly LifecycleEvent[]) => Promise<void>)
    | undefined
  /** Told when a span has ended. Must return at once. */
  readonly onSpan: ((span: DurableSpan) => void) | undefined
}

export interface RetentionRule {
  /** Absent = all that have ended. */
  readonly status?: RuntimeStatus
  readonly keepMs: number
}

/** For Event Grid's notifications (Azure documentation, "Durable Functions publishing to Azure Event Grid"). */
export interface LifecycleEvent {
  readonly hub: string
  readonly instanceId: string
  readonly name: string
  readonly runtimeStatus: 'Running' | 'Completed' | 'Failed' | 'Terminated'
  readonly reason: string
  readonly at: number
}

/** A finished span of distributed tracing (Azure documentation, "Diagnostics in Durable Functions"). */
export type DurableSpan = Omit<SpanTelemetry, 'app'>

export const defaultHubOptions: HubOptions = {
  shownName: undefined,
  maxConcurrentActivities: 20,
  maxConcurrentOrchestrators: 20,
  maxConcurrentEntities: 20,
  maxEntityBatchSize: 5000,
  maxOrchestrationActions: 100_000,
  replaceable: replaceable.NonRunningStates,
  defaultVersion: null,
  versionMatch: 'CurrentOrOlder',
  versionFailure: 'Reject',
  maxTurnAttempts: 100,
  maxActivityAttempts: 100,
  warmCharacters: 64 * 1024 * 1024,
  retention: [],
  partitions: 1,
  onLifecycle: undefined,
  publishLifecycle: undefined,
  onSpan: undefined,
}
