import type { Engine, Transaction } from '@aloft/engine'
import type { Clock, Logger } from '@aloft/kernel'
import type { Executor } from '../contracts.ts'
import type { HubOptions } from './hub-options.ts'
import type { Addressed } from './message-store.ts'
import type { InstanceRow } from './model.ts'
import type { Slots } from './slots.ts'
import type { HubMetrics } from './task-hub.ts'
import type { Waiters } from './waiters.ts'
import type { WriteQueue } from './write-queue.ts'

export type Counters = {
  -readonly [Name in keyof Omit<HubMetrics, 'running' | 'waiting' | 'warm'>]: number
}

/** What the parts of an open hub share. */
export interface HubContext {
  readonly name: string
  readonly id: number
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly executor: Executor
  readonly options: HubOptions
  /** Makes UUIDs. */
  readonly makeId: () => string
  /** Numbers messages and instances: unique in the database, ascending in the hub. */
  readonly nextNumber: () => number
  readonly counters: Counters
  readonly waiters: Waiters
  /** What clients ask for. */
  readonly writes: WriteQueue
  readonly slots: { readonly orchestrators: Slots; readonly activities: Slots; readonly entities: Slots }
  /** Aborts when the hub closes. */
  readonly closing: AbortSignal
  /** The partition (as stored) of an instance. */
  partitionOf(instanceId: string): number
  /** Hands over stored messages and new instances, to whichever partition of this process they belong. */
  deliver(sent: readonly Addressed[], started: readonly InstanceRow[]): void
  /** Has an instance begin that is about to be stored. */
  admitAhead(row: InstanceRow): Admission
  /** Rouses the hosts that hold these partitions (as stored), as far as this one does not. */
  wakeOthers(transaction: Transaction, partitions: Iterable<number>): void
}

/** Of an instance that begins before it is stored. */
export interface Admission {
  /** It is stored. */
  confirm(): void
  /** It could not be. */
  withdraw(): void
}

/** Woken when another host has put something into a partition that it does not hold. */
export function partitionTopic(partition: number): string {
  return `durable:${partition}`
}
