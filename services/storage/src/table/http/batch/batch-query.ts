/** A batch that is one query of one entity. */
import type { StorageRequest, StorageResponse } from '../../../contracts.ts'
import { generalErrors } from '../../../protocol/general-errors.ts'
import { StorageError } from '../../../protocol/storage-error.ts'
import { etagOf } from '../../etag.ts'
import type { TableStore } from '../../store/table-store.ts'
import { checkTableName } from '../../table-name.ts'
import { contentTypeOf, parseFormat } from '../format.ts'
import { renderEntity } from '../json.ts'
import { parseTablePath } from '../path.ts'
import { selectOf } from '../query-options.ts'
import { checkTable, isWithin, keyLimitsOf } from '../sas-range.ts'
import type { BatchPart } from './parse-batch.ts'
import { splitUrl } from './part-url.ts'
import { renderQuery, renderQueryFailure } from './render-batch.ts'

export async function executeQuery(
  store: TableStore,
  request: StorageRequest,
  part: BatchPart,
): Promise<StorageResponse> {
  try {
    return await run(store, request, part)
  } catch (error) {
    if (error instanceof StorageError) return renderQueryFailure(request, error)
    throw error
  }
}

async function run(store: TableStore, request: StorageRequest, part: BatchPart): Promise<StorageResponse> {
  const { account, endpoint, identity } = request
  const { path, query } = splitUrl(part.url, endpoint)
  const parsed = parseTablePath(path)
  if (part.method !== 'GET') throw generalErrors.InvalidInput()
  if (parsed.kind !== 'entity') throw generalErrors.NotImplemented()
  checkTableName(parsed.table)
  checkTable(identity, parsed.table)
  if (identity.kind === 'sas' && !identity.sas.permissions.includes('r'))
    throw generalErrors.AuthorizationPermissionMismatch()
  const entity = isWithin(parsed.key, keyLimitsOf(identity))
    ? await store.get({ account: account.name, table: parsed.table }, parsed.key)
    : undefined
  if (!entity) throw generalErrors.ResourceNotFound()
  const level = parseFormat(query.get('$format') || part.headers.get('accept'))
  const context = { level, endpoint, account: account.name }
  return renderQuery({
    contentType: contentTypeOf(level),
    etag: etagOf(entity.timestamp),
    body: renderEntity(context, parsed.table, entity, selectOf(query.get('$select') ?? undefined)),
  })
}
