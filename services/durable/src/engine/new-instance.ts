import { eventTypes } from '../contracts.ts'
import { makeOutgoing } from './addressing.ts'
import { makeEvent, timestampOf } from './events.ts'
import type { HubContext } from './hub-context.ts'
import type { Addressed } from './message-store.ts'
import { type InstanceRow, type Origin, type Parent, parseEntityId } from './model.ts'
import type { StartRequest } from './task-hub.ts'

/** The row of an orchestration that is to be started. */
export function newInstance(context: HubContext, request: StartRequest, parent?: Parent): InstanceRow {
  const { clock, makeId, nextNumber, options, partitionOf } = context
  const now = clock.now()
  const id = request.instanceId ?? makeId().replaceAll('-', '')
  const { tags, at, traceParent, traceState } = request
  const origin: Origin = {
    ...(parent && { parent }),
    ...(tags && { tags }),
    ...(at !== undefined && at > now && { scheduledAt: Math.ceil(at) }),
    ...(traceParent && { traceParent, spanId: spanIdFrom(makeId) }),
    ...(traceParent && traceState && { traceState }),
  }
  return {
    seq: nextNumber(),
    id,
    partition: partitionOf(id),
    executionId: request.executionId ?? makeId().replaceAll('-', ''),
    name: request.name,
    version: request.version ?? options.defaultVersion,
    status: 'Pending',
    turns: 0,
    generation: 0,
    createdAt: now,
    updatedAt: now,
    completedAt: null,
    origin,
    customStatus: null,
    failure: null,
    input: request.input ?? null,
    output: null,
  }
}

/** Rouses an instance whose time comes later; what it begins with is in its row. */
export function scheduledStart(context: HubContext, { id, origin }: InstanceRow): Addressed | undefined {
  const dueAt = origin.scheduledAt
  if (dueAt === undefined) return undefined
  const event = makeEvent(eventTypes.executionStarted, -1, timestampOf(dueAt), {})
  return makeOutgoing(context, { target: id, event, dueAt })
}

/** The row of an entity that has no row yet. */
export function newEntity(context: HubContext, id: string): InstanceRow {
  return {
    ...newInstance(context, { name: `@${parseEntityId(id).name}`, instanceId: id }),
    status: 'Running',
  }
}

/** 16 hexadecimal digits out of a new UUID. */
export function spanIdFrom(makeId: () => string): string {
  return makeId().replaceAll('-', '').slice(0, 16)
}
