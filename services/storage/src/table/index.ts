/** Azure Table Storage: the domain (`TableStore`) and its operations over HTTP. */
import type { ServiceContext, ServiceRoom } from '../contracts.ts'
import { tableProtocol } from './http/table-protocol.ts'
import { tableMigration } from './schema.ts'
import { RowSweep } from './store/row-sweep.ts'
import { TableStore } from './store/table-store.ts'

/** Opens the tables of all accounts. */
export async function tableService({
  engine,
  clock,
  log,
}: Pick<ServiceContext, 'engine' | 'clock' | 'log'>): Promise<ServiceRoom<TableStore>> {
  await engine.database.migrate(tableMigration)
  const store = new TableStore(engine, clock)
  const sweep = new RowSweep(engine, log)
  return {
    protocol: tableProtocol(store),
    store,
    removeAccount: (account) => store.tables.removeAccount(account),
    close: () => sweep.close(),
  }
}

export { type EntityKey, readKey } from './edm/keys.ts'
export { parseObject } from './edm/parse-json.ts'
export { decodeProperties, encodeProperties, type Properties } from './edm/properties.ts'
export { type EdmType, type EdmValue, readValue, typeSuffix } from './edm/value.ts'
export { etagOf } from './etag.ts'
export { parseFilter } from './filter/parser.ts'
export { maxBatchChanges } from './limits.ts'
export type { TableAddress, TableCatalog } from './store/catalog.ts'
export type { EntityChange } from './store/changes.ts'
export type { StoredEntity } from './store/entity.ts'
export type { EntityPage, EntityQuery } from './store/query.ts'
export { ChangeFailed, type TableStore } from './store/table-store.ts'
export { checkTableName, isTableName } from './table-name.ts'
