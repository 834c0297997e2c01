/** Tables elsewhere, through the official SDK. */
import type { TableClient, TableEntity, TransactionAction } from '@azure/data-tables'
import { type EdmValue, type Properties, readValue } from '../../table/index.ts'
import type { RemoteConnection } from '../connections.ts'
import type { BoundEntity, EntityWrite, TableAccess } from './table-access.ts'

/** The SDK is loaded by the first use. */
export function remoteTables(connection: RemoteConnection): TableAccess {
  const clients = new Map<string, Promise<TableClient>>()
  const client = (table: string) => {
    const known = clients.get(table) ?? connect(connection, table)
    clients.set(table, known)
    return known
  }
  return {
    async get(table, { partitionKey, rowKey }) {
      try {
        const options = { disableTypeConversion: true }
        return boundEntity(await (await client(table)).getEntity(partitionKey, rowKey, options))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async query(table, filter, take) {
      const entities: BoundEntity[] = []
      const pages = (await client(table))
        .listEntities({ disableTypeConversion: true, queryOptions: { filter: filter ?? '' } })
        .byPage(take === undefined ? {} : { maxPageSize: Math.min(take, 1000) })
      try {
        for await (const page of pages) {
          entities.push(...page.map(boundEntity))
          if (take !== undefined && entities.length >= take) return entities.slice(0, take)
        }
      } catch (error) {
        if (!isMissing(error)) throw error
      }
      return entities
    },
    async write(table, entities) {
      const actions = entities.map(actionOf)
      const tables = await client(table)
      try {
        await tables.submitTransaction(actions)
      } catch (error) {
        if (!isMissing(error)) throw error
        await tables.createTable()
        await tables.submitTransaction(actions)
      }
    },
  }
}

async function connect(connection: RemoteConnection, table: string): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables')
  return connection.kind === 'identity'
    ? new TableClient(connection.url, table, connection.credential)
    : TableClient.fromConnectionString(connection.text, table, {
        // The connection string says which protocol it wants.
        allowInsecureConnection: true,
      })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404
}

interface TypedValue {
  readonly type: string
  readonly value: unknown
}

/** Names that the SDK gives what is no property of the user's. */
const systemNames = new Set(['partitionKey', 'rowKey', 'etag', 'timestamp'])

function boundEntity(entity: Readonly<Record<string, unknown>>): BoundEntity {
  const properties = new Map<string, EdmValue>()
  for (const [name, member] of Object.entries(entity)) {
    if (systemNames.has(name) || name.startsWith('odata.')) continue
    const { type, value } = member as TypedValue
    const known = readValue(value, `Edm.${type}`)
    if (known) properties.set(name, known)
  }
  return { partitionKey: String(entity.partitionKey), rowKey: String(entity.rowKey), properties }
}

function actionOf({ partitionKey, rowKey, properties, etag }: EntityWrite): TransactionAction {
  const entity: TableEntity = { partitionKey, rowKey, ...typedMembers(properties) }
  if (etag === undefined) return ['create', entity]
  return etag === '*' ? ['upsert', entity, 'Replace'] : ['update', entity, 'Replace', { etag }]
}

function typedMembers(properties: Properties): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const [name, { type, value }] of properties) {
    // JSON has no such numbers.
    const isOdd = typeof value === 'number' && !Number.isFinite(value)
    members[name] = { type, value: isOdd ? String(value) : value }
  }
  return members
}
