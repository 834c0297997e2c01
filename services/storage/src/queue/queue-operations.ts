/** Operations on queues and on the list of them. */
import type { Identity, Operation, StorageRequest } from '../contracts.ts'
import { generalErrors } from '../protocol/general-errors.ts'
import { parsePolicies, renderPolicies } from '../protocol/stored-access-policies.ts'
import { maxQueuesPerPage } from './limits.ts'
import { renderQueueList } from './list-xml.ts'
import { numberParameter } from './query-parameters.ts'
import type { QueueCatalog } from './queue-catalog.ts'
import { parseQueuePath } from './queue-path.ts'
import type { QueueAddress } from './queue-row.ts'

/** Five policies need far less. */
const maxPoliciesBytes = 64 * 1024

/** Permissions that a stored policy of a queue may have. */
const policyLetters = 'raup'

export const xmlType = { 'Content-Type': 'application/xml' }

export function addressOf({ account, path }: Pick<StorageRequest, 'account' | 'path'>): QueueAddress {
  return { account: account.name, queue: parseQueuePath(path).queue }
}

export type QueueOperationName =
  | 'ListQueues'
  | 'CreateQueue'
  | 'DeleteQueue'
  | 'GetQueueMetadata'
  | 'SetQueueMetadata'
  | 'GetQueueACL'
  | 'SetQueueACL'

export function queueOperations(catalog: QueueCatalog): Readonly<Record<QueueOperationName, Operation>> {
  return {
    ListQueues: {
      name: 'ListQueues',
      access: { resource: 's', account: 'l' },
      async run(request) {
        const range = { minimum: 1, maximum: 2 ** 31 - 1 }
        const maxResults = numberParameter(request, 'maxresults', range, undefined)
        const [prefix, marker] = [request.query('prefix'), request.query('marker')]
        const page = await catalog.list(request.account.name, {
          prefix: prefix ?? '',
          from: marker ?? '',
          limit: Math.min(maxResults ?? maxQueuesPerPage, maxQueuesPerPage),
        })
        const { endpoint } = request
        const includesMetadata = (request.query('include') ?? '')
          .toLowerCase()
          .split(',')
          .includes('metadata')
        const body = renderQueueList({ endpoint, prefix, marker, maxResults, includesMetadata }, page)
        return { status: 200, headers: xmlType, body }
      },
    },
    CreateQueue: {
      name: 'CreateQueue',
      access: { resource: 'c', account: 'cw' },
      async run(request) {
        const outcome = await catalog.create(addressOf(request), request.metadata())
        return { status: outcome === 'created' ? 201 : 204 }
      },
    },
    DeleteQueue: {
      name: 'DeleteQueue',
      access: { resource: 'c', account: 'd' },
      async run(request) {
        await catalog.delete(addressOf(request))
        return { status: 204 }
      },
    },
    GetQueueMetadata: {
      name: 'GetQueueMetadata',
      access: { resource: 'c', account: 'r', service: 'r' },
      async run(request) {
        const { metadata, messageCount } = await catalog.properties(addressOf(request))
        const headers: Record<string, string> = { 'x-ms-approximate-messages-count': String(messageCount) }
        for (const [name, value] of Object.entries(metadata)) headers[`x-ms-meta-${name}`] = value
        return { status: 200, headers }
      },
    },
    SetQueueMetadata: {
      name: 'SetQueueMetadata',
      access: { resource: 'c', account: 'w' },
      async run(request) {
        await catalog.setMetadata(addressOf(request), request.metadata())
        return { status: 204 }
      },
    },
    GetQueueACL: {
      name: 'GetQueueACL',
      access: { resource: 'c' },
      async run(request) {
        refuseToken(request.identity)
        const policies = await catalog.requirePolicies(addressOf(request))
        return { status: 200, headers: xmlType, body: renderPolicies(policies) }
      },
    },
    SetQueueACL: {
      name: 'SetQueueACL',
      access: { resource: 'c' },
      async run(request) {
        refuseToken(request.identity)
        const body = await request.bytes(maxPoliciesBytes)
        await catalog.setPolicies(addressOf(request), parsePolicies(body, policyLetters))
        return { status: 204 }
      },
    },
  }
}

/** Policies limit signatures made with the key, so only who has the key may see and set them; in Azurite's words. */
function refuseToken({ kind }: Identity): void {
  if (kind === 'bearer') throw generalErrors.AuthenticationFailed()
}
