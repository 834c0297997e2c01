/** What clients ask about entities. */
import type { EntityStatus } from '../contracts.ts'
import { isEntityId } from '../engine/model.ts'
import type { Call, UnaryMethod } from './call.ts'
import { CallRefused } from './call-errors.ts'
import { entityId } from './entity-protocol.ts'
import { protoTime, type Text, type Timestamp, textOf, timeOf } from './values.ts'

interface SignalRequest {
  readonly instanceId: string
  readonly name: string
  readonly input: Text | null
  readonly requestId: string
  readonly scheduledTime: Timestamp | null
  readonly parentTraceContext: { readonly traceParent: string } | null
}

async function signalEntity(request: SignalRequest, call: Call) {
  const { name: operation, input, requestId, scheduledTime, parentTraceContext } = request
  const { hub } = await call.hub()
  await hub.signalEntity({
    instanceId: checkedId(request.instanceId),
    operation,
    input: input?.value ?? null,
    requestId: requestId || undefined,
    at: timeOf(scheduledTime),
    traceParent: parentTraceContext?.traceParent || undefined,
  })
  return {}
}

async function getEntity(
  request: { readonly instanceId: string; readonly includeState: boolean },
  call: Call,
) {
  const { hub } = await call.hub()
  const entity = await hub.entity(checkedId(request.instanceId))
  if (!entity?.exists) return { exists: false }
  return { exists: true, entity: metadataOf(entity, request.includeState ? 'with' : 'without') }
}

interface QueryRequest {
  readonly query: {
    readonly instanceIdStartsWith: Text | null
    readonly lastModifiedFrom: Timestamp | null
    readonly lastModifiedTo: Timestamp | null
    readonly includeState: boolean
    readonly includeTransient: boolean
    readonly pageSize: { readonly value: number } | null
    readonly continuationToken: Text | null
  } | null
}

async function queryEntities({ query }: QueryRequest, call: Call) {
  const { hub } = await call.hub()
  const state = query?.includeState ? 'with' : 'without'
  const prefix = query?.instanceIdStartsWith?.value
  const { entities, continuation } = await hub.entities({
    idPrefix: prefix ? prefixOf(prefix) : undefined,
    modifiedFrom: timeOf(query?.lastModifiedFrom),
    modifiedTo: timeOf(query?.lastModifiedTo),
    state,
    transient: query?.includeTransient ? 'with' : 'without',
    limit: query?.pageSize?.value || undefined,
    continuation: query?.continuationToken?.value || undefined,
  })
  return {
    entities: entities.map((entity) => metadataOf(entity, state)),
    continuationToken: textOf(continuation),
  }
}

/** A part of a name may come without its `@`. */
function prefixOf(prefix: string): string {
  const given = isEntityId(prefix) ? prefix : `@${prefix}`
  return given.includes('@', 1) ? entityId(given) : given.toLowerCase()
}

interface CleanRequest {
  readonly removeEmptyEntities: boolean
  readonly releaseOrphanedLocks: boolean
}

/** Both are done in one pass whichever is asked for: neither takes anything away that is in use. */
async function cleanEntityStorage({ removeEmptyEntities, releaseOrphanedLocks }: CleanRequest, call: Call) {
  if (!removeEmptyEntities && !releaseOrphanedLocks) return {}
  const { hub } = await call.hub()
  const { removed, released } = await hub.cleanEntities()
  return { emptyEntitiesRemoved: removed, orphanedLocksReleased: released }
}

function metadataOf(entity: EntityStatus, state: 'with' | 'without'): object {
  return {
    instanceId: entity.instanceId,
    lastModifiedTime: protoTime(entity.modifiedAt),
    backlogQueueSize: entity.backlog,
    lockedBy: textOf(entity.lockedBy),
    serializedState: state === 'with' ? textOf(entity.state) : null,
  }
}

function checkedId(instanceId: string): string {
  if (isEntityId(instanceId) && instanceId.includes('@', 1)) return entityId(instanceId)
  throw new CallRefused('invalidArgument', `'${instanceId}' is no entity id (@name@key).`)
}

export const entityCalls = {
  SignalEntity: signalEntity,
  GetEntity: getEntity,
  QueryEntities: queryEntities,
  CleanEntityStorage: cleanEntityStorage,
} satisfies Readonly<Record<string, UnaryMethod>>
