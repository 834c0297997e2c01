import type { AppContext, BindingDefinition } from '@aloft/kernel'
import { connectionName, resolveStorageConnection } from '../connections.ts'
import type { EmbeddedStorage, StorageHost } from '../embedded-storage.ts'
import { perApp } from '../per-app.ts'
import { embeddedTables } from './embedded-tables.ts'
import { remoteTables } from './remote-tables.ts'
import type { TableAccess } from './table-access.ts'

/** The tables that a binding's connection leads to. @throws UserError that names the setting */
export type TableConnections = (app: AppContext, binding: BindingDefinition) => TableAccess

export function tableConnections(
  storage: (StorageHost & Pick<EmbeddedStorage, 'tables'>) | undefined,
): TableConnections {
  const access = perApp((app, name) => {
    const connection = resolveStorageConnection(app, name, 'table', storage)
    return connection.kind === 'embedded'
      ? embeddedTables(storage!.tables, connection.account)
      : remoteTables(connection)
  })
  return (app, binding) => access(app, connectionName(binding))
}
