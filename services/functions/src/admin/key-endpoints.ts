/** The keys API: host, system, function and master keys (host `KeysController`). */
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import { defaultKeyName, type KeyScope, type KeyStore, masterKeyName, type StoredKey } from '../keys/index.ts'
import { type AdminEndpoint, type AdminRequest, badRequest, readJsonBody, selfUrl } from './endpoint.ts'
import { findFunction } from './function-endpoints.ts'
import type { AdminTarget } from './target.ts'

/** A place where keys are listed and changed. */
interface KeyCollection {
  readonly path: string
  readonly operation: string
  /** Undefined when what the keys would open does not exist. */
  scope(request: AdminRequest): KeyScope | undefined
}

export function keyEndpoints(target: AdminTarget, keys: KeyStore): readonly AdminEndpoint[] {
  const functionScope = ({ params }: AdminRequest): KeyScope | undefined => {
    const definition = findFunction(target, params.function)
    return definition && { kind: 'function', name: definition.name }
  }
  const collections: readonly KeyCollection[] = [
    { path: '/admin/host/keys', operation: 'HostKeys', scope: () => ({ kind: 'host' }) },
    { path: '/admin/host/functionkeys', operation: 'HostFunctionKeys', scope: () => ({ kind: 'host' }) },
    { path: '/admin/host/systemkeys', operation: 'SystemKeys', scope: () => ({ kind: 'system' }) },
    { path: '/admin/functions/{function}/keys', operation: 'FunctionKeys', scope: functionScope },
  ]
  return collections.flatMap((collection) => collectionEndpoints(collection, keys))
}

function collectionEndpoints(collection: KeyCollection, keys: KeyStore): readonly AdminEndpoint[] {
  const { path, operation } = collection
  const within = (action: (scope: KeyScope, request: AdminRequest) => Reply | Promise<Reply>) => {
    return (request: AdminRequest) => {
      const scope = collection.scope(request)
      return scope ? action(scope, request) : emptyReply(404)
    }
  }
  return [
    {
      method: 'GET',
      pattern: path,
      operation: `${operation}_List`,
      answer: within((scope, request) => listKeys(keys, scope, request)),
    },
    {
      method: 'GET',
      pattern: `${path}/{key}`,
      operation: `${operation}_Get`,
      answer: within((scope, request) => {
        const key = keys.find(addressed(scope, request, 'reading'), request.params.key ?? '')
        return key ? jsonReply(200, withLinks(key, request)) : emptyReply(404)
      }),
    },
    {
      method: 'POST',
      pattern: `${path}/{key}`,
      operation: `${operation}_Renew`,
      answer: within((scope, request) => putKey(keys, scope, request, undefined)),
    },
    {
      method: 'PUT',
      pattern: `${path}/{key}`,
      operation: `${operation}_Put`,
      answer: within(async (scope, request) => {
        const value = await readKeyValue(request)
        return value === undefined ? badRequest('Invalid key value') : putKey(keys, scope, request, value)
      }),
    },
    {
      method: 'DELETE',
      pattern: `${path}/{key}`,
      operation: `${operation}_Delete`,
      answer: within(async (scope, { params }) => {
        if (isMasterName(params.key)) return badRequest('Cannot delete System Key.')
        return emptyReply((await keys.remove(scope, params.key ?? '')) ? 204 : 404)
      }),
    },
  ]
}

/** Functions get their `default` key when somebody first asks for their keys. */
async function listKeys(keys: KeyStore, scope: KeyScope, request: AdminRequest): Promise<Reply> {
  if (scope.kind === 'function' && keys.list(scope).length === 0) await keys.ensure(scope, defaultKeyName)
  const list = keys.list(scope).map(({ name, value }) => ({ name, value }))
  return jsonReply(200, withLinks({ keys: list }, request))
}

async function putKey(
  keys: KeyStore,
  scope: KeyScope,
  request: AdminRequest,
  value: string | undefined,
): Promise<Reply> {
  const place = addressed(scope, request, 'writing')
  const stored = await keys.put(place, request.params.key ?? '', value)
  const reply = jsonReply(
    statusOf(stored, place, value),
    withLinks({ name: stored.name, value: stored.value }, request),
  )
  if (reply.status === 201) reply.headers.push('Location', selfUrl(request))
  return reply
}

/** A renewed master key counts as created, as in Azure's host. */
function statusOf(stored: StoredKey, scope: KeyScope, value: string | undefined): number {
  if (scope.kind === 'master') return value === undefined ? 201 : 200
  return stored.outcome === 'created' ? 201 : 200
}

/** `_master` under any of the host's collections means the one master key; it is read under system keys only. */
function addressed(scope: KeyScope, request: AdminRequest, purpose: 'reading' | 'writing'): KeyScope {
  if (scope.kind === 'function' || !isMasterName(request.params.key)) return scope
  return purpose === 'writing' || scope.kind === 'system' ? { kind: 'master' } : scope
}

function isMasterName(name: string | undefined): boolean {
  return name?.toLowerCase() === masterKeyName
}

/** Undefined when the body has no `value` that could be a key. */
async function readKeyValue(request: AdminRequest): Promise<string | undefined> {
  try {
    const body = (await readJsonBody(request)) as { readonly value?: unknown } | null
    return typeof body?.value === 'string' && body.value !== '' ? body.value : undefined
  } catch {
    // Whatever is wrong with the body, it is the caller's to mend.
    return undefined
  }
}

function withLinks<Model extends object>(model: Model, request: AdminRequest) {
  return { ...model, links: [{ rel: 'self', href: selfUrl(request) }] }
}
