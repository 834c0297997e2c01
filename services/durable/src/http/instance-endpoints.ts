/** Looking at orchestrations, and steering them. */
import type { InstanceStatus, RuntimeStatus } from '../contracts.ts'
import { InstanceNotFound, InvalidState } from '../engine/errors.ts'
import type { InstanceFilter, TaskHub } from '../engine/task-hub.ts'
import { type Answer, ApiError, accepted, gone, notFound, serverError } from './answer.ts'
import {
  type ApiCall,
  type ApiServices,
  countParameter,
  flag,
  parameter,
  secondsParameter,
  statusWithin,
  timeParameter,
} from './api-call.ts'
import { historyView } from './history-view.ts'
import { readJsonText } from './start-endpoints.ts'
import { hasEnded, statusBody } from './status-body.ts'

const statuses: readonly RuntimeStatus[] = [
  'Pending',
  'Running',
  'Suspended',
  'Completed',
  'Failed',
  'Terminated',
  'Canceled',
  'ContinuedAsNew',
]

/** With `timeout` (seconds) it is answered when the instance has ended, or the time is over: Aloft's own. */
export async function getStatus(call: ApiCall, services: ApiServices, instanceId: string): Promise<Answer> {
  const status = await findStatus(call, services, instanceId)
  if (!status) return notFound
  const input = flag(call, 'showInput', 'true') === 'true' ? 'show' : 'hide'
  let history: string | undefined
  if (flag(call, 'showHistory', 'false') === 'true') {
    const outputs = flag(call, 'showHistoryOutput', 'false') === 'true' ? 'show' : 'hide'
    history = historyView(await services.hub.history(instanceId), { inputs: input, outputs })
  }
  const json = statusBody(status, input, history)
  if (!hasEnded(status.runtimeStatus))
    return { status: 202, headers: { Location: call.url, 'Retry-After': '5' }, json }
  const isServerError =
    status.runtimeStatus === 'Failed' && flag(call, 'returnInternalServerErrorOnFailure', 'false') === 'true'
  return { status: isServerError ? 500 : 200, json }
}

async function findStatus(
  call: ApiCall,
  services: ApiServices,
  instanceId: string,
): Promise<InstanceStatus | undefined> {
  const status = await services.hub.status(instanceId)
  const timeoutMs = secondsParameter(call, 'timeout')
  if (!status || timeoutMs === undefined || hasEnded(status.runtimeStatus)) return status
  return statusWithin(call, services, instanceId, timeoutMs)
}

export async function query(call: ApiCall, { hub }: ApiServices): Promise<Answer> {
  const input = flag(call, 'showInput', 'true') === 'true' ? 'show' : 'hide'
  const page = await hub.query({
    ...filterOf(call),
    idPrefix: parameter(call, 'instanceIdPrefix'),
    limit: countParameter(call, 'top') ?? 100,
    continuation: call.header('x-ms-continuation-token') || undefined,
  })
  const json = `[${page.instances.map((each) => statusBody(each, input)).join(',')}]`
  const token = page.continuation
  return { status: 200, json, ...(token !== undefined && { headers: { 'x-ms-continuation-token': token } }) }
}

export async function purgeOne(_call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  try {
    return purged(await hub.purge(instanceId))
  } catch (error) {
    if (error instanceof InstanceNotFound) return notFound
    throw error
  }
}

export async function purgeMany(call: ApiCall, { hub }: ApiServices): Promise<Answer> {
  const filter = filterOf(call)
  if (filter.createdFrom === undefined)
    return { status: 400, json: JSON.stringify("Please provide value for 'createdTimeFrom' parameter.") }
  const { deleted } = await hub.purgeWhere({ ...filter, kind: 'orchestration' })
  return deleted === 0 ? notFound : purged(deleted)
}

export async function raiseEvent(
  call: ApiCall,
  { hub }: ApiServices,
  instanceId: string,
  name: string,
): Promise<Answer> {
  const status = await hub.status(instanceId)
  if (!status) return notFound
  if (hasEnded(status.runtimeStatus)) return gone
  const mediaType = (call.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (mediaType !== 'application/json')
    throw new ApiError(400, 'Only application/json request content is supported')
  const input = await readJsonText(call)
  return steered(() => hub.raiseEvent(instanceId, name, input, call.header('traceparent')))
}

export function terminate(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  const children = flag(call, 'recursive', 'false') === 'true' ? 'terminate' : 'leave'
  return steered(() => hub.terminate(instanceId, reasonOf(call), children))
}

export function suspend(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  return steered(() => hub.suspend(instanceId, reasonOf(call)))
}

export function resume(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  return steered(() => hub.resume(instanceId, reasonOf(call)))
}

export async function rewind(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  const status = await hub.status(instanceId)
  if (!status) return notFound
  if (hasEnded(status.runtimeStatus) && status.runtimeStatus !== 'Failed') return gone
  const text = 'The rewind operation is only supported on failed orchestration instances.'
  if (status.runtimeStatus !== 'Failed') return { status: 412, text }
  return steered(() => hub.rewind(instanceId, reasonOf(call)))
}

/** What the hub refuses, in the words of the API. */
async function steered(change: () => ReturnType<TaskHub['suspend']>): Promise<Answer> {
  try {
    await change()
    return accepted
  } catch (error) {
    if (error instanceof InstanceNotFound) return notFound
    if (error instanceof InvalidState) {
      if (hasEnded(error.runtimeStatus)) return gone
      throw serverError(error.message)
    }
    throw error
  }
}

function reasonOf(call: ApiCall): string | null {
  return parameter(call, 'reason') ?? null
}

function filterOf(call: ApiCall): InstanceFilter {
  const wanted = call.query
    .getAll('runtimeStatus')
    .flatMap((value) => value.split(','))
    .map((value) => statuses.find((each) => each.toLowerCase() === value.trim().toLowerCase()))
    .filter((each) => each !== undefined)
  return {
    createdFrom: timeParameter(call, 'createdTimeFrom'),
    createdTo: timeParameter(call, 'createdTimeTo'),
    ...(wanted.length > 0 && { statuses: wanted }),
  }
}

function purged(count: number): Answer {
  return { status: 200, json: `{"instancesDeleted":${count}}` }
}
