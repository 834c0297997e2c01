/** What a transaction does to entities. */
import type { Transaction } from '@aloft/engine'
import { generalErrors } from '../../protocol/general-errors.ts'
import { isoOfTicks, type TickSource } from '../../protocol/timestamps.ts'
import { type EntityKey, toOrdered } from '../edm/keys.ts'
import { mergeProperties } from '../edm/properties.ts'
import { tableErrors } from '../errors.ts'
import { matches } from '../etag.ts'

/**
 * One change. `ifMatch`: undefined = whether it exists or not; `*` = it must exist; else an ETag that it must have.
 * Keys must be checked (`readKey`), properties encoded (`encodeProperties`).
 */
export type EntityChange = EntityKey &
  (
    | { readonly kind: 'insert'; readonly properties: string }
    | {
        readonly kind: 'replace' | 'merge'
        readonly properties: string
        readonly ifMatch: string | undefined
      }
    | { readonly kind: 'delete'; readonly ifMatch: string }
  )

interface ExistingRow {
  readonly id: number
  readonly stamp: number
  readonly properties: string
}

const whereKey = 'WHERE table_id = ? AND partition_key = ? AND row_key = ?'
const insertRow = `INSERT INTO table_entity (table_id, partition_key, row_key, stamp, properties)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const updateRow = 'UPDATE table_entity SET stamp = ?, properties = ? WHERE id = ?'
const deleteRow = 'DELETE FROM table_entity WHERE id = ?'
const selectStamp = `SELECT id, stamp FROM table_entity ${whereKey}`
const selectRow = `SELECT id, stamp, properties FROM table_entity ${whereKey}`

/**
 * Makes one change.
 * @returns the entity's new timestamp, or its last one when it is deleted
 * @throws StorageError EntityAlreadyExists, ResourceNotFound, UpdateConditionNotSatisfied; of a merge also those of
 *   `encodeProperties`
 */
export async function applyChange(
  transaction: Transaction,
  tableId: number,
  change: EntityChange,
  ticks: TickSource,
): Promise<string> {
  const partitionKey = toOrdered(change.partitionKey)
  const rowKey = toOrdered(change.rowKey)
  if (change.kind === 'insert') {
    const stamp = ticks.next()
    const { changes } = await transaction.run(
      insertRow,
      tableId,
      partitionKey,
      rowKey,
      stamp,
      change.properties,
    )
    if (changes === 0) throw tableErrors.EntityAlreadyExists()
    return isoOfTicks(stamp)
  }
  const sql = change.kind === 'merge' ? selectRow : selectStamp
  const existing = await transaction.get<ExistingRow>(sql, tableId, partitionKey, rowKey)
  checkCondition(change.ifMatch, existing)
  if (change.kind === 'delete') {
    await transaction.run(deleteRow, existing!.id)
    return isoOfTicks(existing!.stamp)
  }
  const stamp = ticks.next(existing?.stamp)
  if (!existing) await transaction.run(insertRow, tableId, partitionKey, rowKey, stamp, change.properties)
  else {
    const properties =
      change.kind === 'merge' ? mergeProperties(existing.properties, change.properties) : change.properties
    await transaction.run(updateRow, stamp, properties, existing.id)
  }
  return isoOfTicks(stamp)
}

function checkCondition(ifMatch: string | undefined, existing: ExistingRow | undefined): void {
  if (ifMatch === undefined) return
  if (!existing) throw generalErrors.ResourceNotFound()
  if (!matches(ifMatch, isoOfTicks(existing.stamp))) throw tableErrors.UpdateConditionNotSatisfied()
}
