/** Times as the .NET host writes them: in the timer's zone, with its offset. */
import { endOfTime } from './schedule.ts'
import type { TimeZone } from './time-zone.ts'

/** .NET's `default(DateTime)`, which stands for "never". */
const never = '0001-01-01T00:00:00+00:00'

/** As JSON carries it: `2026-01-01T00:05:00+00:00`, with a fraction only when there is one. */
export function formatJsonTime(instant: number | undefined, zone: TimeZone): string {
  if (instant === undefined) return never
  const [time, fraction] = localParts(instant, zone)
  return `${time}${fraction === '000' ? '' : `.${fraction.replace(/0+$/, '')}`}${formatOffset(instant, zone)}`
}

/** The instant of a JSON time; undefined for "never". Throws when it is no time. */
export function parseJsonTime(text: string): number | undefined {
  if (text.startsWith('0001-01-01')) return undefined
  const instant = Date.parse(text)
  if (Number.isNaN(instant)) throw new Error(`'${text}' is not a time`)
  return instant
}

/** .NET's round-trip format `o`: `2026-01-01T00:05:00.0000000+00:00`. */
export function formatRoundTrip(instant: number, zone: TimeZone): string {
  const [time, fraction] = localParts(instant, zone)
  return `${time}.${fraction}0000${formatOffset(instant, zone)}`
}

/** `MM/dd/yyyy HH:mm:ss`, .NET's invariant culture. */
export function formatInvariant(instant: number, zone: TimeZone): string {
  const [time] = localParts(instant, zone)
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T(.+)$/.exec(time) ?? []
  return `${month}/${day}/${year} ${clock}`
}

/** A line of the host's list of next occurrences: `MM/dd/yyyy HH:mm:ssK`, with UTC behind it in other zones. */
export function formatOccurrence(instant: number, zone: TimeZone): string {
  const universal = `${formatInvariant(instant, utc)}Z`
  if (zone.isUtc) return universal
  return `${formatInvariant(instant, zone)}${formatOffset(instant, zone)} (${universal})`
}

const utc: TimeZone = { name: 'UTC', isUtc: true, offsetAt: () => 0 }

/** Local `yyyy-MM-ddTHH:mm:ss` and three digits of fraction. */
function localParts(instant: number, zone: TimeZone): [time: string, fraction: string] {
  const text = new Date(Math.min(instant + zone.offsetAt(instant), endOfTime)).toISOString()
  return [text.slice(0, 19), text.slice(20, 23)]
}

function formatOffset(instant: number, zone: TimeZone): string {
  const minutes = Math.trunc(zone.offsetAt(instant) / 60_000)
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}
