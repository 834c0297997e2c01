/** Which operation of Table Storage a request means. */
import type { Operation, StorageProtocol, StorageRequest } from '../../contracts.ts'
import { generalErrors, invalidQuery } from '../../protocol/general-errors.ts'
import type { TableStore } from '../store/table-store.ts'
import { checkTableName } from '../table-name.ts'
import { executeBatch } from './batch/execute-batch.ts'
import { changeOfVerb } from './change-request.ts'
import { entityOperations } from './entity-operations.ts'
import { methodOf } from './method.ts'
import { parseTablePath, type TablePath, tableOf } from './path.ts'
import { tableOperations } from './table-operations.ts'

/** A request whose identity is not known yet. */
type UnknownRequest = Omit<StorageRequest, 'identity'>

export function tableProtocol(store: TableStore): StorageProtocol {
  const tables = tableOperations(store.tables)
  const entities = entityOperations(store)
  const batch: Operation = {
    name: 'EntityGroupTransaction',
    // Each change is checked by itself.
    access: { resource: 'o', account: 'raud', service: 'raud' },
    run: (request) => executeBatch(store, request),
  }

  function route(request: UnknownRequest): Operation {
    const path = parseTablePath(request.path)
    const method = methodOf(request)
    const operation =
      request.query('comp') === 'acl' ? routeAcl(path, method) : routePath(path, method, request)
    if (!operation) throw generalErrors.UnsupportedHttpVerb()
    return operation
  }

  function routeAcl(path: TablePath, method: string): Operation | undefined {
    if (path.kind !== 'entities') throw invalidQuery('comp', 'acl')
    if (method === 'GET' || method === 'HEAD') return tables.getPolicies(path.table)
    return method === 'PUT' ? tables.setPolicies(path.table) : undefined
  }

  function routePath(path: TablePath, method: string, request: UnknownRequest): Operation | undefined {
    switch (path.kind) {
      case 'account':
        throw generalErrors.InvalidUri()
      case 'tables':
        if (method === 'GET') return tables.list
        return method === 'POST' ? tables.create : undefined
      case 'named-table':
        if (method === 'GET') return tables.get(path.table)
        return method === 'DELETE' ? tables.remove(path.table) : undefined
      case 'batch':
        return method === 'POST' ? batch : undefined
      case 'entities':
        checkTableName(path.table)
        if (method === 'GET') return entities.query(path.table)
        return method === 'POST' ? entities.insert(path.table) : undefined
      case 'entity': {
        checkTableName(path.table)
        if (method === 'GET') return entities.get(path.table, path.key)
        const kind = changeOfVerb(method)
        return kind && entities.change(kind, path.table, path.key, request.header('if-match'))
      }
    }
  }

  return {
    service: 'table',
    route,
    containerOf: tableOf,
    policies: (account, table) => store.tables.policies({ account, table }),
    publicAccess: () => Promise.resolve('none'),
  }
}
