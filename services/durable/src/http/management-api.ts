/**
 * The HTTP management API of Durable Functions (Azure documentation, "HTTP APIs in Durable Functions"): one table of
 * endpoints.
 */
import { type Answer, errorAnswer, notFound } from './answer.ts'
import type { ApiCall, ApiServices } from './api-call.ts'
import { deleteEntity, entityIdOf, listEntities, readEntity, signalEntity } from './entity-endpoints.ts'
import {
  getStatus,
  purgeMany,
  purgeOne,
  query,
  raiseEvent,
  resume,
  rewind,
  suspend,
  terminate,
} from './instance-endpoints.ts'
import { restart, start } from './start-endpoints.ts'

type Endpoint = (call: ApiCall, services: ApiServices) => Promise<Answer>

/** Answers every call; what goes wrong is in the answer. */
export async function answerCall(call: ApiCall, services: ApiServices): Promise<Answer> {
  try {
    return (await findEndpoint(call)?.(call, services)) ?? notFound
  } catch (error) {
    return errorAnswer(error)
  }
}

const onInstance: Readonly<
  Record<string, (call: ApiCall, services: ApiServices, id: string) => Promise<Answer>>
> = {
  'GET ': getStatus,
  'DELETE ': purgeOne,
  'POST terminate': terminate,
  'POST suspend': suspend,
  'POST resume': resume,
  'POST rewind': rewind,
  'POST restart': restart,
}

/** The first part and the verbs of a path ignore case. */
function findEndpoint({ method, path }: ApiCall): Endpoint | undefined {
  const [first = '', second, third, fourth] = path
  switch (first.toLowerCase()) {
    case 'orchestrators':
      if (method !== 'POST' || second === undefined || path.length > 3) return undefined
      return (call, services) => start(call, services, second, third)
    case 'instances':
      return path.length === 1 ? onAllInstances(method) : onOneInstance(method, second!, third, fourth)
    case 'entities':
      return onEntities(method, second, path.slice(2))
    case 'makeprimary':
      return method === 'POST' ? async () => ({ status: 200 }) : undefined
  }
  return undefined
}

function onAllInstances(method: string): Endpoint | undefined {
  if (method === 'GET') return query
  return method === 'DELETE' ? purgeMany : undefined
}

function onOneInstance(
  method: string,
  id: string,
  verb: string | undefined,
  eventName: string | undefined,
): Endpoint | undefined {
  if (verb?.toLowerCase() === 'raiseevent') {
    if (method !== 'POST' || eventName === undefined) return undefined
    return (call, services) => raiseEvent(call, services, id, eventName)
  }
  const endpoint = onInstance[`${method} ${verb?.toLowerCase() ?? ''}`]
  return endpoint && ((call, services) => endpoint(call, services, id))
}

function onEntities(method: string, name: string | undefined, key: readonly string[]): Endpoint | undefined {
  if (name === undefined || key.length === 0)
    return method === 'GET' ? (call, services) => listEntities(call, services, name) : undefined
  // Keys may have slashes in them.
  const id = entityIdOf(name, key.join('/'))
  if (method === 'GET') return (call, services) => readEntity(call, services, id)
  if (method === 'POST') return (call, services) => signalEntity(call, services, id)
  return method === 'DELETE' ? (call, services) => deleteEntity(call, services, id) : undefined
}
