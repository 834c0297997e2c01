/** `table` in: one entity with both keys, else an array of all that `partitionKey`, `filter` and `take` let through. */
import type { InputExtension } from '@aloft/kernel'
import { entityJson } from './entity-json.ts'
import { checkOptions, filterTextOf, tableNameOf, takeOf, textOption } from './table-binding.ts'
import type { TableConnections } from './table-connections.ts'

export function tableInput(connections: TableConnections): InputExtension {
  return {
    type: 'table',
    validate(binding, app) {
      checkOptions(binding)
      connections(app, binding)
    },
    async read(binding, { app }) {
      const tables = connections(app, binding)
      const table = tableNameOf(binding)
      const partitionKey = textOption(binding, 'partitionKey')
      const rowKey = textOption(binding, 'rowKey')
      if (partitionKey !== undefined && rowKey !== undefined) {
        const entity = await tables.get(table, { partitionKey, rowKey })
        return entity && { json: entityJson(entity) }
      }
      const entities = await tables.query(table, filterTextOf(binding), takeOf(binding))
      return { json: `[${entities.map(entityJson).join(',')}]` }
    },
  }
}
