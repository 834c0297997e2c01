/** What is remembered of a timer, so that a run that a host missed is made up for. */
import type { Migration, ReadTransaction, Transaction } from '@aloft/engine'
import type { Schedule } from './schedule.ts'
import { formatJsonTime, parseJsonTime } from './time-text.ts'
import type { TimeZone } from './time-zone.ts'

/** Times in milliseconds since 1970. */
export interface TimerStatus {
  /** Start of the last run; undefined before the first, and after the schedule changed. */
  readonly last: number | undefined
  /** When the next run is due. */
  readonly next: number
  readonly lastUpdated: number
}

/** Identifies a timer among all apps. */
export interface TimerKey {
  readonly hostId: string
  readonly functionName: string
}

interface Row extends Record<string, string> {
  last_run: string
  next_run: string
  updated: string
}

export const timerMigration: Migration = {
  service: 'timers',
  steps: [
    `CREATE TABLE timers_status (
      host_id TEXT NOT NULL,
      function_name TEXT NOT NULL,
      last_run TEXT NOT NULL,
      next_run TEXT NOT NULL,
      updated TEXT NOT NULL,
      PRIMARY KEY (host_id, function_name)
    )`,
  ],
}

export async function readStatus(
  snapshot: ReadTransaction,
  { hostId, functionName }: TimerKey,
): Promise<TimerStatus | undefined> {
  const row = await snapshot.get<Row>(
    'SELECT last_run, next_run, updated FROM timers_status WHERE host_id = ? AND function_name = ?',
    hostId,
    functionName,
  )
  if (!row) return undefined
  const next = parseJsonTime(row.next_run)
  const lastUpdated = parseJsonTime(row.updated)
  return next === undefined || lastUpdated === undefined
    ? undefined
    : { last: parseJsonTime(row.last_run), next, lastUpdated }
}

/** Times are kept as text in the timer's zone, as the real host keeps them in `timers/<host id>/<timer>/status`. */
export async function writeStatus(
  transaction: Transaction,
  { hostId, functionName }: TimerKey,
  status: TimerStatus,
  zone: TimeZone,
): Promise<void> {
  await transaction.run(
    `INSERT INTO timers_status (host_id, function_name, last_run, next_run, updated) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (host_id, function_name)
     DO UPDATE SET last_run = excluded.last_run, next_run = excluded.next_run, updated = excluded.updated`,
    hostId,
    functionName,
    formatJsonTime(status.last, zone),
    formatJsonTime(status.next, zone),
    formatJsonTime(status.lastUpdated, zone),
  )
}

/** As the real host writes it to `timers/<host id>/<timer>/status`. */
export function statusJson({ last, next, lastUpdated }: TimerStatus, zone: TimeZone): string {
  return JSON.stringify({
    Last: formatJsonTime(last, zone),
    Next: formatJsonTime(next, zone),
    LastUpdated: formatJsonTime(lastUpdated, zone),
  })
}

/**
 * The status with which a host begins, given what was stored. A stored `next` that is not what the schedule makes
 * of the stored times shows that the schedule has changed since: it is computed anew, and never into the past, so
 * that a new schedule does not begin with a run that nobody missed.
 */
export function beginStatus(stored: TimerStatus | undefined, schedule: Schedule, now: number): TimerStatus {
  if (!stored) return { last: undefined, next: schedule.next(now), lastUpdated: now }
  const basis = stored.last ?? stored.lastUpdated
  const expected = schedule.next(basis)
  if (stored.next === expected) return stored
  return now > expected
    ? { last: undefined, next: schedule.next(now), lastUpdated: now }
    : { last: undefined, next: expected, lastUpdated: basis }
}
