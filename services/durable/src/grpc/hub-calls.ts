/** What clients ask of many instances, and of hubs as a whole. */

import { InstanceNotFound } from '../engine/errors.ts'
import { isEntityId } from '../engine/model.ts'
import type { InstanceFilter, TaskHub } from '../engine/task-hub.ts'
import type { Call, StreamMethod, UnaryMethod } from './call.ts'
import { CallRefused } from './call-errors.ts'
import { HistoryEncoder } from './history-events.ts'
import { protoState, statusesOf } from './instance-state.ts'
import { type Text, type Timestamp, textOf, timeOf } from './values.ts'

interface QueryRequest {
  readonly query: {
    readonly runtimeStatus: readonly number[]
    readonly createdTimeFrom: Timestamp | null
    readonly createdTimeTo: Timestamp | null
    readonly maxInstanceCount: number
    readonly continuationToken: Text | null
    readonly instanceIdPrefix: Text | null
    readonly fetchInputsAndOutputs: boolean
  } | null
}

const usualPage = 100
const largestBatch = 500
/** Characters of history in one message, well below the 4 MB that clients take. */
const chunkCharacters = 500_000

async function queryInstances({ query }: QueryRequest, call: Call) {
  const { hub } = await call.hub()
  const payloads = query?.fetchInputsAndOutputs ? 'with' : 'without'
  const { instances, continuation } = await hub.query({
    kind: 'orchestration',
    statuses: statusesOf(query?.runtimeStatus ?? []),
    createdFrom: timeOf(query?.createdTimeFrom),
    createdTo: timeOf(query?.createdTimeTo),
    idPrefix: query?.instanceIdPrefix?.value || undefined,
    limit: query?.maxInstanceCount || usualPage,
    continuation: query?.continuationToken?.value || undefined,
    payloads,
  })
  return {
    orchestrationState: instances.map((status) => protoState(status, payloads)),
    continuationToken: textOf(continuation),
  }
}

interface ListIdsRequest {
  readonly runtimeStatus: readonly number[]
  readonly completedTimeFrom: Timestamp | null
  readonly completedTimeTo: Timestamp | null
  readonly pageSize: number
  readonly lastInstanceKey: Text | null
}

/** Ids of what has ended. */
async function listInstanceIds(request: ListIdsRequest, call: Call) {
  const { hub } = await call.hub()
  const { instances, continuation } = await hub.query({
    kind: 'orchestration',
    statuses: statusesOf(request.runtimeStatus),
    completedFrom: timeOf(request.completedTimeFrom) ?? 0,
    completedTo: timeOf(request.completedTimeTo),
    limit: request.pageSize || usualPage,
    continuation: request.lastInstanceKey?.value || undefined,
    payloads: 'without',
  })
  return {
    instanceIds: instances.map(({ instanceId }) => instanceId),
    lastInstanceKey: textOf(continuation),
  }
}

/** One of the first three is there. */
interface PurgeRequest {
  readonly instanceId?: string
  readonly purgeInstanceFilter?: {
    readonly createdTimeFrom: Timestamp | null
    readonly createdTimeTo: Timestamp | null
    readonly runtimeStatus: readonly number[]
    readonly timeout: Timestamp | null
  }
  readonly instanceBatch?: { readonly instanceIds: readonly string[] }
  readonly recursive: boolean
  readonly isOrchestration: boolean
}

async function purgeInstances(request: PurgeRequest, call: Call) {
  const { hub } = await call.hub()
  const children = request.recursive ? 'purge' : 'leave'
  const { instanceId, purgeInstanceFilter: given, instanceBatch } = request
  if (given) {
    const filter: InstanceFilter = {
      kind: 'orchestration',
      statuses: statusesOf(given.runtimeStatus),
      createdFrom: timeOf(given.createdTimeFrom),
      createdTo: timeOf(given.createdTimeTo),
    }
    const timeoutMs = timeOf(given.timeout)
    const options = timeoutMs === undefined ? ({ children } as const) : ({ children, timeoutMs } as const)
    const { deleted, isComplete } = await hub.purgeWhere(filter, options)
    return { deletedInstanceCount: deleted, isComplete: { value: isComplete } }
  }
  const ids = instanceBatch?.instanceIds ?? (instanceId === undefined ? [] : [instanceId])
  if (ids.length > largestBatch)
    throw new CallRefused('invalidArgument', `At most ${largestBatch} instances can be purged at a time.`)
  let deleted = 0
  for (const id of ids)
    if (!(request.isOrchestration && isEntityId(id))) deleted += await purgeOne(hub, id, children)
  return { deletedInstanceCount: deleted, isComplete: { value: true } }
}

async function purgeOne(hub: TaskHub, id: string, children: 'purge' | 'leave'): Promise<number> {
  try {
    return await hub.purge(id, children)
  } catch (error) {
    if (error instanceof InstanceNotFound) return 0
    throw error
  }
}

/** The history so far in chunks: for clients, and for workers that fetch the past of a turn. */
async function streamHistory(
  { instanceId }: { readonly instanceId: string },
  call: Call,
  send: (chunk: object) => void,
): Promise<void> {
  const { hub } = await call.hub()
  const history = await hub.history(instanceId)
  const encoder = new HistoryEncoder()
  let from = 0
  let characters = 0
  history.forEach((event, index) => {
    characters += JSON.stringify(event).length
    if (characters < chunkCharacters && index < history.length - 1) return
    send({ events: encoder.encode(history.slice(from, index + 1)) })
    from = index + 1
    characters = 0
  })
}

async function createTaskHub({ recreateIfExists }: { recreateIfExists: boolean }, call: Call) {
  if (recreateIfExists) await call.removeHub()
  await call.hub()
  return {}
}

async function deleteTaskHub(_request: object, call: Call) {
  await call.removeHub()
  return {}
}

export const hubCalls = {
  QueryInstances: queryInstances,
  ListInstanceIds: listInstanceIds,
  PurgeInstances: purgeInstances,
  CreateTaskHub: createTaskHub,
  DeleteTaskHub: deleteTaskHub,
} satisfies Readonly<Record<string, UnaryMethod>>

export const hubStreams = {
  StreamInstanceHistory: streamHistory,
} satisfies Readonly<Record<string, StreamMethod>>
