/** Entities as they are kept. */
import { isoOfTicks } from '../../protocol/timestamps.ts'
import { type EntityKey, fromOrdered } from '../edm/keys.ts'

export interface StoredEntity extends EntityKey {
  /** When it was last written, e.g. `2026-01-01T00:00:00.1234567Z`. Grows with every write. */
  readonly timestamp: string
  /** See edm/properties.ts. */
  readonly properties: string
}

export interface EntityRow {
  readonly partition_key: string
  readonly row_key: string
  readonly stamp: number
  readonly properties: string
}

export function entityOf({ partition_key, row_key, stamp, properties }: EntityRow): StoredEntity {
  return {
    partitionKey: fromOrdered(partition_key),
    rowKey: fromOrdered(row_key),
    timestamp: isoOfTicks(stamp),
    properties,
  }
}
