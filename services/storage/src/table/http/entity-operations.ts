/** Operations on entities. */
import type { Operation, StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import type { EntityKey } from '../edm/keys.ts'
import { etagOf } from '../etag.ts'
import type { TableStore } from '../store/table-store.ts'
import { changeOf, insertion } from './change-request.ts'
import { continuationHeaders, continuationOf } from './continuation.ts'
import { contentTypeOf, metadataLevelOf, preferenceOf } from './format.ts'
import { entityPath, renderEntities, renderEntity } from './json.ts'
import { filterOf, selectOf, topOf } from './query-options.ts'
import { readText } from './request-body.ts'
import { dataServiceHeaders } from './response-headers.ts'
import { checkChange, isWithin, keyLimitsOf, laterKey } from './sas-range.ts'

export interface EntityOperations {
  query(table: string): Operation
  insert(table: string): Operation
  get(table: string, key: EntityKey): Operation
  change(
    kind: 'replace' | 'merge' | 'delete',
    table: string,
    key: EntityKey,
    ifMatch: string | undefined,
  ): Operation
}

const readAccess = { resource: 'o', account: 'r', service: 'r' } as const
const insertAccess = { resource: 'o', account: 'a', service: 'a' } as const
const updateAccess = { resource: 'o', account: 'u', service: 'u' } as const
const deleteAccess = { resource: 'o', account: 'd', service: 'd' } as const

export function entityOperations(store: TableStore): EntityOperations {
  return {
    query: (table) => ({
      name: 'QueryEntities',
      access: readAccess,
      run: (request) => query(store, table, request),
    }),
    insert: (table) => ({
      name: 'InsertEntity',
      access: insertAccess,
      run: (request) => insert(store, table, request),
    }),
    get: (table, key) => ({
      name: 'GetEntity',
      access: readAccess,
      run: (request) => get(store, table, key, request),
    }),
    change: (kind, table, key, ifMatch) => ({
      name: operationName(kind, ifMatch),
      access: kind === 'delete' ? deleteAccess : updateAccess,
      run: (request) => change(store, kind, table, key, request),
    }),
  }
}

function operationName(kind: 'replace' | 'merge' | 'delete', ifMatch: string | undefined): string {
  if (kind === 'delete') return 'DeleteEntity'
  if (kind === 'replace') return ifMatch === undefined ? 'InsertOrReplaceEntity' : 'UpdateEntity'
  return ifMatch === undefined ? 'InsertOrMergeEntity' : 'MergeEntity'
}

async function query(store: TableStore, table: string, request: StorageRequest): Promise<StorageResponse> {
  const { account, endpoint, identity } = request
  const level = metadataLevelOf(request)
  const limits = keyLimitsOf(identity)
  const page = await store.query(
    { account: account.name, table },
    {
      filter: filterOf(request.query('$filter')),
      top: topOf(request.query('$top')),
      from: laterKey(continuationOf(request), limits.from),
      until: limits.until,
    },
  )
  const context = { level, endpoint, account: account.name }
  return {
    status: 200,
    headers: {
      ...dataServiceHeaders,
      'Content-Type': contentTypeOf(level),
      ...continuationHeaders(page.next),
    },
    body: renderEntities(context, table, page.entities, selectOf(request.query('$select'))),
  }
}

async function get(
  store: TableStore,
  table: string,
  key: EntityKey,
  request: StorageRequest,
): Promise<StorageResponse> {
  const { account, endpoint, identity } = request
  const level = metadataLevelOf(request)
  const entity = isWithin(key, keyLimitsOf(identity))
    ? await store.get({ account: account.name, table }, key)
    : undefined
  if (!entity) throw generalErrors.ResourceNotFound()
  const context = { level, endpoint, account: account.name }
  return {
    status: 200,
    headers: {
      'Content-Type': contentTypeOf(level),
      ETag: etagOf(entity.timestamp),
      ...dataServiceHeaders,
    },
    body: renderEntity(context, table, entity, selectOf(request.query('$select'))),
  }
}

async function insert(store: TableStore, table: string, request: StorageRequest): Promise<StorageResponse> {
  const { account, endpoint } = request
  const level = metadataLevelOf(request)
  const entity = insertion(await readText(request))
  checkChange(request, entity)
  const timestamp = await store.change({ account: account.name, table }, entity)
  const preference = preferenceOf(request.header('prefer'))
  const location = `${endpoint}/${entityPath(table, entity)}`
  const headers = {
    ETag: etagOf(timestamp),
    Location: location,
    DataServiceId: location,
    'Preference-Applied': preference,
    ...dataServiceHeaders,
  }
  if (preference === 'return-no-content') return { status: 204, headers }
  return {
    status: 201,
    headers: { ...headers, 'Content-Type': contentTypeOf(level) },
    body: renderEntity(
      { level, endpoint, account: account.name },
      table,
      { ...entity, timestamp },
      undefined,
    ),
  }
}

async function change(
  store: TableStore,
  kind: 'replace' | 'merge' | 'delete',
  table: string,
  key: EntityKey,
  request: StorageRequest,
): Promise<StorageResponse> {
  const text = kind === 'delete' ? '' : await readText(request)
  const wanted = changeOf(kind, key, request.header('if-match'), text)
  checkChange(request, wanted)
  const timestamp = await store.change({ account: request.account.name, table }, wanted)
  return {
    status: 204,
    headers: { ETag: kind === 'delete' ? undefined : etagOf(timestamp), ...dataServiceHeaders },
  }
}
