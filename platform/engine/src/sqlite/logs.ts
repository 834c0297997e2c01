import type { Clock } from '@aloft/kernel'
import {
  type LogEntry,
  type Logs,
  logTopic,
  type Migration,
  type NewLogEntry,
  type ReadTransaction,
  type Transaction,
} from '../contracts.ts'
import { OffsetConflict } from '../errors.ts'
import type { Connection } from './connection.ts'
import { connectionOf } from './transaction.ts'

/** An entry's row id is its partition's id and its offset in one number, so that one tree holds rows in order. */
const offsetBits = 36

/** `last_appended_at` keeps times ascending within a partition when the clock goes back. */
export const logMigration: Migration = {
  service: 'log',
  steps: [
    `CREATE TABLE log_partition (
      id INTEGER PRIMARY KEY,
      log TEXT NOT NULL,
      number INTEGER NOT NULL,
      first_offset INTEGER NOT NULL,
      next_offset INTEGER NOT NULL,
      last_appended_at INTEGER NOT NULL,
      UNIQUE (log, number)
    );
    CREATE TABLE log_entry (
      id INTEGER PRIMARY KEY,
      appended_at INTEGER NOT NULL,
      headers TEXT NOT NULL,
      body BLOB NOT NULL
    )`,
  ],
}

interface Partition {
  readonly id: number
  readonly first: number
  readonly next: number
  readonly lastAppendedAt: number
}

const entryId = `((? << ${offsetBits}) | ?)`
const insertEntry = `INSERT INTO log_entry (id, appended_at, headers, body) VALUES (${entryId}, ?, ?, ?)`
const selectEntries = `SELECT id & ${2 ** offsetBits - 1}, body, headers, appended_at FROM log_entry
  WHERE id BETWEEN ${entryId} AND ${entryId} ORDER BY id`
const deleteEntries = `DELETE FROM log_entry WHERE id >= ${entryId} AND id < ${entryId}`

export class SqliteLogs implements Logs {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async append(
    transaction: Transaction,
    log: string,
    partition: number,
    entries: readonly NewLogEntry[],
    expectedOffset?: number,
  ): Promise<number> {
    const connection = connectionOf(transaction)
    const found = findPartition(connection, log, partition)
    const first = found?.next ?? 0
    if (expectedOffset !== undefined && expectedOffset !== first)
      throw new OffsetConflict(log, partition, expectedOffset, first)
    if (entries.length === 0) return first
    const appendedAt = Math.max(this.#clock.now(), found?.lastAppendedAt ?? 0)
    const id = found?.id ?? insertPartition(connection, log, partition)
    let offset = first
    for (const { body, headers = '' } of entries)
      connection.run(insertEntry, id, offset++, appendedAt, headers, body)
    const update = 'UPDATE log_partition SET next_offset = ?, last_appended_at = ? WHERE id = ?'
    connection.run(update, offset, appendedAt, id)
    transaction.wake(logTopic(log, partition))
    return first
  }

  async read(
    snapshot: ReadTransaction,
    log: string,
    partition: number,
    offset: number,
    limit: number,
  ): Promise<LogEntry[]> {
    const connection = connectionOf(snapshot)
    const found = findPartition(connection, log, partition)
    if (!found) return []
    const from = Math.max(offset, found.first)
    const to = Math.min(from + limit, found.next) - 1
    if (to < from) return []
    return connection
      .rows<[number, Uint8Array, string, number]>(selectEntries, found.id, from, found.id, to)
      .map(([offset, body, headers, appendedAt]) => ({ offset, body, headers, appendedAt }))
  }

  async bounds(
    snapshot: ReadTransaction,
    log: string,
    partition: number,
  ): Promise<{ first: number; next: number }> {
    const { first, next } = findPartition(connectionOf(snapshot), log, partition) ?? { first: 0, next: 0 }
    return { first, next }
  }

  async offsetAt(snapshot: ReadTransaction, log: string, partition: number, time: number): Promise<number> {
    const connection = connectionOf(snapshot)
    const found = findPartition(connection, log, partition)
    return found ? offsetAt(connection, found, time) : 0
  }

  async trim(transaction: Transaction, log: string, partition: number, offset: number): Promise<void> {
    const connection = connectionOf(transaction)
    const found = findPartition(connection, log, partition)
    if (found) trimPartition(connection, found, offset)
  }

  async retain(transaction: Transaction, log: string, before: number, limit: number): Promise<number> {
    const connection = connectionOf(transaction)
    let left = limit
    for (const found of allPartitions(connection, log)) {
      const end = Math.min(offsetAt(connection, found, before), found.first + left)
      left -= trimPartition(connection, found, end)
    }
    return limit - left
  }

  async remove(transaction: Transaction, log: string): Promise<void> {
    const connection = connectionOf(transaction)
    for (const found of allPartitions(connection, log)) trimPartition(connection, found, found.next)
    connection.run('DELETE FROM log_partition WHERE log = ?', log)
  }
}

const partitionColumns = 'id, first_offset, next_offset, last_appended_at'
type PartitionRow = readonly [id: number, first: number, next: number, lastAppendedAt: number]

function findPartition(connection: Connection, log: string, number: number): Partition | undefined {
  const sql = `SELECT ${partitionColumns} FROM log_partition WHERE log = ? AND number = ?`
  const row = connection.row<PartitionRow>(sql, log, number)
  return row && toPartition(row)
}

function allPartitions(connection: Connection, log: string): Partition[] {
  const sql = `SELECT ${partitionColumns} FROM log_partition WHERE log = ? ORDER BY number`
  return connection.rows<PartitionRow>(sql, log).map(toPartition)
}

function toPartition([id, first, next, lastAppendedAt]: PartitionRow): Partition {
  return { id, first, next, lastAppendedAt }
}

function insertPartition(connection: Connection, log: string, number: number): number {
  const sql = `INSERT INTO log_partition (log, number, first_offset, next_offset, last_appended_at)
    VALUES (?, ?, 0, 0, 0)`
  return connection.insert(sql, log, number)
}

/** Times ascend with offsets, so the place is found by halving. */
function offsetAt(connection: Connection, { id, first, next }: Partition, time: number): number {
  let [low, high] = [first, next]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const sql = `SELECT appended_at FROM log_entry WHERE id = ${entryId}`
    const [appendedAt] = connection.row<[number]>(sql, id, middle) ?? [0]
    if (appendedAt < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The number of entries dropped. */
function trimPartition(connection: Connection, { id, first, next }: Partition, offset: number): number {
  const end = Math.min(offset, next)
  if (end <= first) return 0
  connection.run('UPDATE log_partition SET first_offset = ? WHERE id = ?', end, id)
  return connection.run(deleteEntries, id, first, id, end)
}
