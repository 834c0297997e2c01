/** Spans of time as people write them. All times are UTC, in which Azure bills. */
import { UserError } from '@aloft/kernel'

export interface TimeSpan {
  /** Milliseconds since 1970; inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const date = /^\d{4}-\d{2}-\d{2}$/
const dateAndTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/

/**
 * From the two ends as written: `2026-01-31` (as an end: with the whole day), `2026-01-31T12:00`, or `7d`, `12h`,
 * `30m` before `now`. By default the current month until `now`. @throws UserError
 */
export function parseTimeSpan(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): TimeSpan {
  const start = from === undefined ? startOfMonth(now) : parseTime('--from', from, now)
  const end = to === undefined ? now : parseTime('--to', to, now) + (date.test(to) ? unitMs.d! : 0)
  if (start <= end) return { from: start, to: end }
  throw new UserError(`The time span ends (${formatTime(end)}) before it begins (${formatTime(start)})`, {
    hint: '--from must come before --to; both are UTC.',
  })
}

/** `2026-01-31 12:00`. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

function parseTime(option: string, text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * unitMs[unit]!
  const zone = dateAndTime.exec(text)?.[1]
  const isKnown = date.test(text) || dateAndTime.test(text)
  const time = isKnown ? Date.parse(date.test(text) || zone ? text : `${text}Z`) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new UserError(`Option '${option}' is '${text}', which is no time`, {
    hint: 'Write 2026-01-31, 2026-01-31T12:00, or 7d, 12h or 30m for so long ago.',
  })
}

function startOfMonth(time: number): number {
  const day = new Date(time)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1)
}
