/** `table` out: what a function gives is inserted, in transactions of at most 100 entities of a partition. */
import type { OutputExtension } from '@aloft/kernel'
import { maxBatchChanges } from '../../table/index.ts'
import { entityOfOutput } from './entity-json.ts'
import type { EntityWrite } from './table-access.ts'
import { checkOptions, tableNameOf, textOption } from './table-binding.ts'
import type { TableConnections } from './table-connections.ts'

export function tableOutput(connections: TableConnections): OutputExtension {
  return {
    type: 'table',
    validate(binding, app) {
      checkOptions(binding)
      connections(app, binding)
    },
    async write(binding, values, { app }) {
      const tables = connections(app, binding)
      const table = tableNameOf(binding)
      const defaults = {
        partitionKey: textOption(binding, 'partitionKey'),
        rowKey: textOption(binding, 'rowKey'),
      }
      const entities = values.map((value) => entityOfOutput(value, defaults))
      for (const group of groupWrites(entities)) await tables.write(table, group)
    },
  }
}

/** Groups that can each be one transaction, in an order in which no entity overtakes another write of itself. */
export function groupWrites(entities: readonly EntityWrite[]): readonly (readonly EntityWrite[])[] {
  const groups: EntityWrite[][] = []
  const open = new Map<string, { readonly group: EntityWrite[]; readonly rowKeys: Set<string> }>()
  for (const entity of entities) {
    const current = open.get(entity.partitionKey)
    if (current && current.group.length < maxBatchChanges && !current.rowKeys.has(entity.rowKey)) {
      current.group.push(entity)
      current.rowKeys.add(entity.rowKey)
    } else {
      const group = [entity]
      groups.push(group)
      open.set(entity.partitionKey, { group, rowKeys: new Set([entity.rowKey]) })
    }
  }
  return groups
}
