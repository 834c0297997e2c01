/**
 * The table of what functions used. One row for a function, a minute and a run of a host; the host that runs
 * writes its row of the minute again and again, always whole, so that nothing is counted twice. Later, the minutes
 * of an hour become one row.
 */
import type { Migration, ReadTransaction, Transaction } from '@aloft/engine'
import { addHistogram, emptyHistogram, formatHistogram, parseHistogram } from './duration-histogram.ts'

export const usageMigration: Migration = {
  service: 'functions_usage',
  steps: [
    `CREATE TABLE functions_usage (
      minute BIGINT NOT NULL,
      app TEXT NOT NULL,
      function_name TEXT NOT NULL,
      instance TEXT NOT NULL,
      executions BIGINT NOT NULL,
      failures BIGINT NOT NULL,
      duration_ms DOUBLE PRECISION NOT NULL,
      longest_ms DOUBLE PRECISION NOT NULL,
      billed_ms BIGINT NOT NULL,
      units BIGINT NOT NULL,
      durations TEXT NOT NULL,
      PRIMARY KEY (minute, app, function_name, instance)
    );
    CREATE INDEX functions_usage_minutes ON functions_usage (minute) WHERE instance <> ''`,
  ],
}

export interface UsageRow {
  /** Minutes since 1970; of a row that stands for an hour, its first. */
  readonly minute: number
  readonly app: string
  readonly function_name: string
  /** The run of the host that counted; `''` = a row that stands for an hour. */
  readonly instance: string
  readonly executions: number
  readonly failures: number
  readonly duration_ms: number
  readonly longest_ms: number
  readonly billed_ms: number
  /** Execution units: megabytes times milliseconds. */
  readonly units: number
  /** A `DurationHistogram` as text. */
  readonly durations: string
}

const columns =
  'minute, app, function_name, instance, executions, failures, duration_ms, longest_ms, billed_ms, units, durations'

/** Writes the row, in place of one for the same minute, function and instance. */
export async function writeUsage(transaction: Transaction, row: UsageRow): Promise<void> {
  await transaction.run(
    `INSERT INTO functions_usage (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (minute, app, function_name, instance) DO UPDATE SET
       executions = excluded.executions, failures = excluded.failures, duration_ms = excluded.duration_ms,
       longest_ms = excluded.longest_ms, billed_ms = excluded.billed_ms, units = excluded.units,
       durations = excluded.durations`,
    ...[row.minute, row.app, row.function_name, row.instance, row.executions, row.failures],
    ...[row.duration_ms, row.longest_ms, row.billed_ms, row.units, row.durations],
  )
}

/** Rows of the minutes from `from` to before `to`, in order of time. */
export function readUsage(snapshot: ReadTransaction, from: number, to: number): Promise<UsageRow[]> {
  return snapshot.all<UsageRow>(
    `SELECT ${columns} FROM functions_usage WHERE minute >= ? AND minute < ? ORDER BY minute`,
    from,
    to,
  )
}

/** Minutes of one hour and all that happened in it. */
const hour = 60

/**
 * Turns the minutes of the oldest hour before `before` (minutes since 1970) that still has some into one row a
 * function. Answers whether there may be more to do.
 */
export async function compactHour(transaction: Transaction, before: number): Promise<boolean> {
  const oldest = await transaction.get<{ minute: number }>(
    "SELECT minute FROM functions_usage WHERE instance <> '' AND minute < ? ORDER BY minute LIMIT 1",
    before,
  )
  if (!oldest) return false
  const start = oldest.minute - (oldest.minute % hour)
  // Taken out and read in one statement: of two hosts that try, one gets them.
  const rows = await transaction.all<UsageRow>(
    `DELETE FROM functions_usage WHERE minute >= ? AND minute < ? RETURNING ${columns}`,
    start,
    start + hour,
  )
  for (const row of mergeRows(rows, start)) await writeUsage(transaction, row)
  return true
}

/** Drops what is older than the minute `before`. */
export async function dropUsage(transaction: Transaction, before: number): Promise<void> {
  await transaction.run('DELETE FROM functions_usage WHERE minute < ?', before)
}

/** One row a function, at `minute`. */
function mergeRows(rows: readonly UsageRow[], minute: number): UsageRow[] {
  const groups = Map.groupBy(rows, ({ app, function_name }) => JSON.stringify([app, function_name]))
  return [...groups.values()].map((group) => ({
    minute,
    app: group[0]!.app,
    function_name: group[0]!.function_name,
    instance: '',
    ...sumOf(group),
  }))
}

/** All counts of the rows together. */
export function sumOf(
  rows: readonly UsageRow[],
): Omit<UsageRow, 'minute' | 'app' | 'function_name' | 'instance'> {
  const durations = emptyHistogram()
  for (const row of rows) addHistogram(durations, parseHistogram(row.durations))
  const sum = (pick: (row: UsageRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  return {
    executions: sum((row) => row.executions),
    failures: sum((row) => row.failures),
    duration_ms: sum((row) => row.duration_ms),
    longest_ms: rows.reduce((longest, row) => Math.max(longest, row.longest_ms), 0),
    billed_ms: sum((row) => row.billed_ms),
    units: sum((row) => row.units),
    durations: formatHistogram(durations),
  }
}
