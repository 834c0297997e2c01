/** Reading and signalling entities. */
import type { EntityStatus } from '../contracts.ts'
import { type Answer, ApiError, accepted, notFound } from './answer.ts'
import { type ApiCall, type ApiServices, countParameter, flag, parameter, timeParameter } from './api-call.ts'
import { asJson } from './status-body.ts'

/** In addresses the empty key is `$`. */
export function entityIdOf(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key === '$' ? '' : key}`
}

export async function readEntity(_call: ApiCall, { hub }: ApiServices, id: string): Promise<Answer> {
  const entity = await hub.entity(id)
  return entity?.exists ? { status: 200, json: asJson(entity.state) } : notFound
}

export async function listEntities(
  call: ApiCall,
  { hub }: ApiServices,
  name: string | undefined,
): Promise<Answer> {
  const state = flag(call, 'fetchState', 'false') === 'true' ? 'with' : 'without'
  const page = await hub.entities({
    idPrefix: name === undefined ? undefined : `@${name.toLowerCase()}@`,
    modifiedFrom: timeParameter(call, 'lastOperationTimeFrom'),
    modifiedTo: timeParameter(call, 'lastOperationTimeTo'),
    limit: countParameter(call, 'top') ?? 100,
    state,
    continuation: call.header('x-ms-continuation-token') || undefined,
  })
  const json = `[${page.entities.map((each) => entityBody(each, state)).join(',')}]`
  const token = page.continuation
  return { status: 200, json, ...(token !== undefined && { headers: { 'x-ms-continuation-token': token } }) }
}

export async function signalEntity(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  const operation = parameter(call, 'op') ?? ''
  const text = await call.body()
  const isJson = /^application\/json\b/i.test(call.header('content-type') ?? '')
  const input = text === '' ? null : isJson ? checkedJson(text) : JSON.stringify(text)
  await hub.signalEntity({ instanceId, operation, input, traceParent: call.header('traceparent') })
  return accepted
}

export async function deleteEntity(call: ApiCall, { hub }: ApiServices, instanceId: string): Promise<Answer> {
  const traceParent = call.header('traceparent')
  await hub.signalEntity({ instanceId, operation: 'delete', input: null, traceParent })
  return accepted
}

function entityBody(entity: EntityStatus, state: 'with' | 'without'): string {
  const id = JSON.stringify({ name: entity.name, key: entity.key })
  const time = new Date(entity.modifiedAt).toISOString()
  return `{"entityId":${id},"lastOperationTime":"${time}"${state === 'with' ? `,"state":${asJson(entity.state)}` : ''}}`
}

function checkedJson(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw new ApiError(400, `Could not parse JSON content: ${(error as Error).message}`)
  }
}
