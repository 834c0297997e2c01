/** The table of access keys. Values are sealed; names of keys and functions are folded to lower case to be found. */
import type { Migration, ReadTransaction, Transaction } from '@aloft/engine'

export const migration: Migration = {
  service: 'functions_keys',
  steps: [
    `CREATE TABLE functions_keys (
      host_id TEXT NOT NULL,
      scope TEXT NOT NULL,
      folded_name TEXT NOT NULL,
      name TEXT NOT NULL,
      sealed_value TEXT NOT NULL,
      changed_at BIGINT NOT NULL,
      PRIMARY KEY (host_id, scope, folded_name)
    )`,
  ],
}

export interface KeyRow {
  readonly scope: string
  readonly name: string
  readonly sealed_value: string
}

/** Woken when a key of the host has changed. */
export function keysTopic(hostId: string): string {
  return `functions_keys:${hostId}`
}

export function readKeys(snapshot: ReadTransaction, hostId: string): Promise<KeyRow[]> {
  return snapshot.all<KeyRow>(
    'SELECT scope, name, sealed_value FROM functions_keys WHERE host_id = ? ORDER BY scope, folded_name',
    hostId,
  )
}

/** Adds the key unless one of that name is there. Answers whether it did. */
export async function addKey(
  transaction: Transaction,
  hostId: string,
  row: KeyRow,
  now: number,
): Promise<boolean> {
  const { changes } = await transaction.run(
    `INSERT INTO functions_keys (host_id, scope, folded_name, name, sealed_value, changed_at)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (host_id, scope, folded_name) DO NOTHING`,
    ...[hostId, row.scope, row.name.toLowerCase(), row.name, row.sealed_value, now],
  )
  if (changes > 0) transaction.wake(keysTopic(hostId))
  return changes > 0
}

/** Gives the key of that name a new value. Answers whether there is one. */
export async function replaceKey(
  transaction: Transaction,
  hostId: string,
  row: KeyRow,
  now: number,
): Promise<boolean> {
  const { changes } = await transaction.run(
    `UPDATE functions_keys SET sealed_value = ?, changed_at = ?
     WHERE host_id = ? AND scope = ? AND folded_name = ?`,
    ...[row.sealed_value, now, hostId, row.scope, row.name.toLowerCase()],
  )
  if (changes > 0) transaction.wake(keysTopic(hostId))
  return changes > 0
}

/** Answers whether there was a key of that name. */
export async function removeKey(
  transaction: Transaction,
  hostId: string,
  scope: string,
  name: string,
): Promise<boolean> {
  const { changes } = await transaction.run(
    'DELETE FROM functions_keys WHERE host_id = ? AND scope = ? AND folded_name = ?',
    ...[hostId, scope, name.toLowerCase()],
  )
  if (changes > 0) transaction.wake(keysTopic(hostId))
  return changes > 0
}
