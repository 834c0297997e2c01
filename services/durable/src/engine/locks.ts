/**
 * Locks of entities, as the messages of the Durable Task Framework carry them (azure-functions-durable-extension,
 * `EntityScheduler`).
 */
import { eventTypes, type HistoryEvent } from '../contracts.ts'
import { isEntityId } from './model.ts'

/** A critical section that an orchestration has entered or waits to enter. */
export interface LockRequest {
  readonly id: string
  /** Instance ids of the entities in the order of locking. */
  readonly lockSet: readonly string[]
}

/** The `Input` of an entity's message named `release`. */
export interface LockRelease {
  readonly parent: string
  readonly id: string
  /** With it, the release goes on to the entity at `pos` + 1, behind the request that it follows. */
  readonly lockset?: readonly unknown[]
  readonly pos?: number
}

/** Notes in `locks` what an `EventSent` asks for or gives back. */
export function trackLock(locks: Map<string, LockRequest>, { InstanceId, Name, Input }: HistoryEvent): void {
  if (typeof Input !== 'string' || !isEntityId(String(InstanceId))) return
  if (Name === 'release') locks.delete((JSON.parse(Input) as LockRelease).id)
  else if (Input.includes('"lockset"')) {
    const { id, lockset } = JSON.parse(Input) as { id: string; lockset?: unknown }
    if (Array.isArray(lockset)) locks.set(id, { id, lockSet: lockset.map(entityIdOf) })
  }
}

/**
 * The message that gives a lock back when its orchestration ends, for the first entity of the set. It takes the way
 * of the request, from entity to entity, so that it never overtakes it: no lock can arise that nobody gives back.
 */
export function releaseOf(parent: string, { id, lockSet }: LockRequest): LockRelease {
  return { parent, id, lockset: lockSet, pos: 0 }
}

/** The locks that stay when `events` have been added. */
export function locksAfter(
  locks: ReadonlyMap<string, LockRequest>,
  events: readonly HistoryEvent[],
): readonly LockRequest[] {
  const after = new Map(locks)
  for (const event of events) if (event.EventType === eventTypes.eventSent) trackLock(after, event)
  return [...after.values()]
}

/** Of the forms that an entity has in a lock set: `@name@key` or `{name, key}`. */
export function entityIdOf(entity: unknown): string {
  if (typeof entity === 'string') return entity
  const { name, key } = entity as { name: string; key: string }
  return `@${name.toLowerCase()}@${key}`
}
