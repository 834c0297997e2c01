/** Tables of one connection, as bindings use them: of this process, or elsewhere. */
import type { EntityKey, Properties } from '../../table/index.ts'

export interface BoundEntity extends EntityKey {
  readonly properties: Properties
}

/** An entity to write: a new one, one that may exist (`*`), or the one with that ETag, which it replaces. */
export interface EntityWrite extends BoundEntity {
  /** Undefined = it must be new. */
  readonly etag: string | undefined
}

export interface TableAccess {
  /** Undefined when there is no such entity or no such table. */
  get(table: string, key: EntityKey): Promise<BoundEntity | undefined>
  /**
   * Entities in the order of their keys; none when there is no such table.
   * @param filter OData, checked
   * @param take at most so many; undefined = all
   */
  query(table: string, filter: string | undefined, take: number | undefined): Promise<readonly BoundEntity[]>
  /**
   * Writes entities of one partition, each another one, at most 100, all or none; makes the table if need be.
   * Resolves when they are durable.
   */
  write(table: string, entities: readonly EntityWrite[]): Promise<void>
}
