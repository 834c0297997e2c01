/** When a timer runs. */
import { ensureError, formatTimeSpan, parseTimeSpan, UserError } from '@aloft/kernel'
import { type Crontab, nextMatch, parseCrontab } from './crontab.ts'
import { instantsOf, readingOf, type TimeZone } from './time-zone.ts'

export interface Schedule {
  /** As the host's log shows it: `Cron: '0 0,30 * * * *'` or `Constant: 00:05:00`. */
  readonly text: string
  /** What functions see as `Schedule.AdjustForDST`. */
  readonly adjustForDst: boolean
  /** Whether it runs more than once a minute, so that missed runs are not worth remembering. */
  readonly isSubMinute: boolean
  /** The first occurrence after `after`, both in milliseconds since 1970; `endOfTime` when there is none. */
  next(after: number): number
}

/** 9999-12-31T23:59:59.999Z: when .NET's calendar ends, and with it every search for an occurrence. */
export const endOfTime = 253_402_300_799_999

/** Reads an NCRONTAB expression or a TimeSpan; throws UserError, naming the expression, for anything else. */
export function parseSchedule(expression: string, zone: TimeZone): Schedule {
  let crontab: Crontab
  try {
    crontab = parseCrontab(expression)
  } catch (error) {
    const intervalMs = parseTimeSpan(expression)
    if (intervalMs !== undefined && intervalMs > 0) return constantSchedule(intervalMs)
    throw new UserError(
      `The schedule expression '${expression}' was not recognized as a valid cron expression or timespan string.`,
      {
        hint: intervalMs === undefined ? ensureError(error).message : 'The time span must be positive.',
        cause: error,
      },
    )
  }
  return cronSchedule(crontab, zone)
}

function constantSchedule(intervalMs: number): Schedule {
  return {
    text: `Constant: ${formatTimeSpan(intervalMs)}`,
    adjustForDst: false,
    isSubMinute: intervalMs < 60_000,
    next: (after) => Math.min(after + intervalMs, endOfTime),
  }
}

function cronSchedule(crontab: Crontab, zone: TimeZone): Schedule {
  const next = isInterval(crontab) ? nextOfInterval : nextPointInTime
  return {
    text: `Cron: '${crontab.text}'`,
    adjustForDst: true,
    isSubMinute: crontab.seconds.length > 1 && / \* \* \* \* \*$/.test(crontab.text),
    next: (after) => next(crontab, zone, after) ?? endOfTime,
  }
}

/**
 * The extension's own test for schedules that go on through an hour that clocks repeat: any of second, minute and
 * hour printed with `*` or a range. The others name points in time, which come once a day (`CronSchedule.IsInterval`).
 */
function isInterval(crontab: Crontab): boolean {
  return crontab.text
    .split(' ')
    .slice(0, -3)
    .some((field) => /[*-]/.test(field))
}

/** Of a time that clocks show twice, only the first counts. */
function nextPointInTime(crontab: Crontab, zone: TimeZone, after: number): number | undefined {
  return firstAfter(after, crontab, zone, (wall) => instantsOf(zone, wall).slice(0, 1))
}

/** A time that clocks show twice counts twice. */
function nextOfInterval(crontab: Crontab, zone: TimeZone, after: number): number | undefined {
  const straight = firstAfter(after, crontab, zone, (wall) => instantsOf(zone, wall))
  return straight === undefined ? undefined : (nextInRepeatedHour(crontab, zone, after, straight) ?? straight)
}

function firstAfter(
  after: number,
  crontab: Crontab,
  zone: TimeZone,
  instants: (wall: number) => readonly number[],
): number | undefined {
  let match = nextMatch(crontab, readingOf(zone, after))
  while (match !== undefined) {
    const found = instants(match).find((instant) => instant > after)
    if (found !== undefined) return found
    match = nextMatch(crontab, match)
  }
  return undefined
}

/**
 * When `after` lies in an hour that clocks are about to show again: the first match of that second time before
 * `limit`. Going straight on from `after` would leave the repeated hour out.
 */
function nextInRepeatedHour(
  crontab: Crontab,
  zone: TimeZone,
  after: number,
  limit: number,
): number | undefined {
  const wall = after + zone.offsetAt(after)
  const again = instantsOf(zone, wall).at(-1)!
  if (again <= after) return undefined
  const offset = wall - again
  let match = nextMatch(crontab, after + offset)
  while (match !== undefined && match - offset < limit) {
    if (zone.offsetAt(match - offset) === offset) return match - offset
    match = nextMatch(crontab, match)
  }
  return undefined
}
