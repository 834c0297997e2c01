/** The domain of Table Storage, for its protocol and for those who call it in process. */
import type { Engine } from '@aloft/engine'
import type { Clock } from '@aloft/kernel'
import { StorageError } from '../../protocol/storage-error.ts'
import { TickSource } from '../../protocol/timestamps.ts'
import { type EntityKey, toOrdered } from '../edm/keys.ts'
import { encodeProperties, type Properties } from '../edm/properties.ts'
import { tableErrors } from '../errors.ts'
import { addTable, requireTable, type TableAddress, TableCatalog } from './catalog.ts'
import { applyChange, type EntityChange } from './changes.ts'
import { type EntityRow, entityOf, type StoredEntity } from './entity.ts'
import { type EntityPage, type EntityQuery, readPage } from './query.ts'

/** One of several changes failed, so none was made. */
export class ChangeFailed extends StorageError {
  /** Of the change. */
  readonly index: number

  constructor(error: StorageError, index: number) {
    super(error.code, error)
    this.index = index
  }
}

/** A row of nulls when the table is there and the entity is not. */
const selectEntity = `SELECT partition_key, row_key, stamp, properties
  FROM table_name LEFT JOIN table_entity
    ON table_id = table_name.id AND partition_key = ? AND row_key = ?
  WHERE account = ? AND name_key = ?`

/** Entities by their tables. Keys that come from outside are to be checked by `readKey`. */
export class TableStore {
  readonly tables: TableCatalog
  readonly #database: Engine['database']
  readonly #clock: Clock
  readonly #ticks: TickSource

  constructor({ database }: Pick<Engine, 'database'>, clock: Clock) {
    this.tables = new TableCatalog({ database })
    this.#database = database
    this.#clock = clock
    this.#ticks = new TickSource(clock)
  }

  /** Undefined when there is no such entity. @throws StorageError TableNotFound */
  get({ account, table }: TableAddress, key: EntityKey): Promise<StoredEntity | undefined> {
    return this.#database.read(async (snapshot) => {
      const row = await snapshot.get<EntityRow | { readonly stamp: null }>(
        selectEntity,
        toOrdered(key.partitionKey),
        toOrdered(key.rowKey),
        account,
        table.toLowerCase(),
      )
      if (!row) throw tableErrors.TableNotFound()
      return row.stamp === null ? undefined : entityOf(row)
    })
  }

  /** One page. @throws StorageError TableNotFound */
  query(address: TableAddress, query: EntityQuery): Promise<EntityPage> {
    return this.#database.read(async (snapshot) =>
      readPage(snapshot, await requireTable(snapshot, address), query, this.#clock),
    )
  }

  /** All entities, page by page; each page is a state of its own. @throws StorageError TableNotFound */
  async *queryAll(address: TableAddress, query: EntityQuery): AsyncGenerator<StoredEntity, void> {
    let from = query.from
    do {
      const page = await this.query(address, { ...query, from })
      yield* page.entities
      from = page.next
    } while (from)
  }

  /** @throws StorageError EntityAlreadyExists, TableNotFound, and those of `encodeProperties` */
  insert(address: TableAddress, key: EntityKey, properties: Properties): Promise<string> {
    return this.change(address, { kind: 'insert', ...key, properties: encodeProperties(properties) })
  }

  /**
   * Writes an entity.
   * @param ifMatch undefined = insert it if need be; `*` = it must exist; else the ETag that it must have
   * @throws StorageError TableNotFound, ResourceNotFound, UpdateConditionNotSatisfied, and those of `encodeProperties`
   */
  put(
    kind: 'replace' | 'merge',
    address: TableAddress,
    key: EntityKey,
    properties: Properties,
    ifMatch?: string,
  ): Promise<string> {
    return this.change(address, { kind, ...key, properties: encodeProperties(properties), ifMatch })
  }

  /** @throws StorageError TableNotFound, ResourceNotFound, UpdateConditionNotSatisfied */
  async delete(address: TableAddress, key: EntityKey, ifMatch = '*'): Promise<void> {
    await this.change(address, { kind: 'delete', ...key, ifMatch })
  }

  /** Makes one change; resolves to the entity's timestamp when it is durable. @throws StorageError */
  change(address: TableAddress, change: EntityChange): Promise<string> {
    return this.#database.write(async (transaction) =>
      applyChange(transaction, await requireTable(transaction, address), change, this.#ticks),
    )
  }

  /**
   * Makes all changes or none.
   * @param options `createsTable`: a table that is missing is made
   * @returns the timestamps, in order
   * @throws ChangeFailed; StorageError TableNotFound
   */
  transaction(
    address: TableAddress,
    changes: readonly EntityChange[],
    { createsTable = false }: { readonly createsTable?: boolean } = {},
  ): Promise<string[]> {
    return this.#database.write(async (transaction) => {
      if (createsTable) await addTable(transaction, address)
      const id = await requireTable(transaction, address)
      const timestamps: string[] = []
      for (const change of changes) {
        try {
          timestamps.push(await applyChange(transaction, id, change, this.#ticks))
        } catch (error) {
          throw error instanceof StorageError ? new ChangeFailed(error, timestamps.length) : error
        }
      }
      return timestamps
    })
  }
}
