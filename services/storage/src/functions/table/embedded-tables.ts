/** Tables of this process. */
import { StorageError } from '../../protocol/storage-error.ts'
import {
  decodeProperties,
  type EntityChange,
  encodeProperties,
  parseFilter,
  readKey,
  type StoredEntity,
  type TableStore,
} from '../../table/index.ts'
import type { BoundEntity, EntityWrite, TableAccess } from './table-access.ts'

export function embeddedTables(store: TableStore, account: string): TableAccess {
  return {
    async get(table, key) {
      try {
        const entity = await store.get({ account, table }, key)
        return entity && boundEntity(entity)
      } catch (error) {
        if (isTableMissing(error)) return undefined
        throw error
      }
    },
    async query(table, filter, take) {
      const entities: BoundEntity[] = []
      const query = { filter: filter === undefined ? undefined : parseFilter(filter), top: take }
      try {
        for await (const entity of store.queryAll({ account, table }, query)) {
          entities.push(boundEntity(entity))
          if (entities.length === take) break
        }
      } catch (error) {
        if (!isTableMissing(error)) throw error
      }
      return entities
    },
    async write(table, entities) {
      await store.transaction({ account, table }, entities.map(changeOf), { createsTable: true })
    },
  }
}

function isTableMissing(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'TableNotFound'
}

function boundEntity({ partitionKey, rowKey, properties }: StoredEntity): BoundEntity {
  return { partitionKey, rowKey, properties: decodeProperties(properties) }
}

function changeOf({ partitionKey, rowKey, properties, etag }: EntityWrite): EntityChange {
  const key = { partitionKey: readKey(partitionKey), rowKey: readKey(rowKey) }
  const encoded = encodeProperties(properties)
  if (etag === undefined) return { kind: 'insert', ...key, properties: encoded }
  const ifMatch = etag === '*' ? undefined : etag
  return { kind: 'replace', ...key, properties: encoded, ifMatch }
}
