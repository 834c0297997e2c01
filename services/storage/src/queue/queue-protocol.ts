/** Which operation of Queue Storage a request means. */
import type { StorageProtocol, StorageRequest } from '../contracts.ts'
import { generalErrors, invalidQuery } from '../protocol/general-errors.ts'
import { type MessageOperationName, messageOperations } from './message-operations.ts'
import { type QueueOperationName, queueOperations } from './queue-operations.ts'
import { checkQueueName, parseQueuePath } from './queue-path.ts'
import type { QueueStore } from './queue-store.ts'

export function queueProtocol({ catalog, messages }: QueueStore): StorageProtocol {
  const operations = { ...queueOperations(catalog), ...messageOperations(messages) }
  return {
    service: 'queue',
    route: (request) => operations[routeOf(request)],
    containerOf: (path) => parseQueuePath(path).queue,
    policies: (account, queue) => catalog.policies({ account, queue }),
    publicAccess: () => Promise.resolve('none'),
  }
}

type Request = Pick<StorageRequest, 'method' | 'path' | 'query'>

/** @throws StorageError */
function routeOf(request: Request): QueueOperationName | MessageOperationName {
  const { queue, kind } = parseQueuePath(request.path)
  if (kind !== 'account') checkQueueName(queue)
  const name = named(kind, request)
  if (!name) throw generalErrors.UnsupportedHttpVerb()
  return name
}

function named(
  kind: ReturnType<typeof parseQueuePath>['kind'],
  request: Request,
): QueueOperationName | MessageOperationName | undefined {
  const { method } = request
  switch (kind) {
    case 'account':
      return accountOperation(request)
    case 'queue':
      return queueOperation(request)
    case 'messages':
      if (method === 'POST') return 'PutMessage'
      if (method === 'GET') return request.query('peekonly') === 'true' ? 'PeekMessages' : 'GetMessages'
      return method === 'DELETE' ? 'ClearMessages' : undefined
    case 'message':
      if (method === 'PUT') return 'UpdateMessage'
      return method === 'DELETE' ? 'DeleteMessage' : undefined
    case 'other':
      throw generalErrors.ResourceNotFound()
  }
}

function accountOperation(request: Request): 'ListQueues' | undefined {
  const comp = request.query('comp')
  if (comp !== 'list') throw comp === undefined ? generalErrors.InvalidUri() : invalidQuery('comp', comp)
  return request.method === 'GET' ? 'ListQueues' : undefined
}

function queueOperation(request: Request): QueueOperationName | undefined {
  const { method } = request
  const comp = request.query('comp')
  const isRead = method === 'GET' || method === 'HEAD'
  switch (comp) {
    case undefined:
    case '':
      if (method === 'PUT') return 'CreateQueue'
      return method === 'DELETE' ? 'DeleteQueue' : undefined
    case 'metadata':
      if (isRead) return 'GetQueueMetadata'
      return method === 'PUT' ? 'SetQueueMetadata' : undefined
    case 'acl':
      if (isRead) return 'GetQueueACL'
      return method === 'PUT' ? 'SetQueueACL' : undefined
    default:
      throw invalidQuery('comp', comp)
  }
}
