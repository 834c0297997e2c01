/** Wall-clock time in a time zone. A wall-clock time is a number: the instant at which UTC shows that time. */
import { UserError } from '@aloft/kernel'
import { windowsZones } from './windows-zones.ts'

export interface TimeZone {
  /** IANA name. */
  readonly name: string
  readonly isUtc: boolean
  /** Milliseconds that the zone is ahead of UTC at `instant` (milliseconds since 1970). */
  offsetAt(instant: number): number
}

/** A day on either side sees past any change of offset, and no zone changes twice within two days. */
const dayMs = 86_400_000

/** Clocks go forward by an hour at most places, by two at the South Pole's Troll station. */
const longestJumpMs = 3 * 3_600_000

/** The zone with this IANA or Windows name, in any case; throws UserError when there is none. */
export function timeZone(name: string): TimeZone {
  const windowsName = Object.keys(windowsZones).find((key) => key.toLowerCase() === name.toLowerCase())
  const format = dateFormat(windowsName ? windowsZones[windowsName]! : name)
  if (!format) {
    throw new UserError(`There is no time zone '${name}'.`, {
      hint: 'Use an IANA name such as Europe/Berlin, or a Windows name such as W. Europe Standard Time.',
    })
  }
  const resolved = format.resolvedOptions().timeZone
  const isUtc = resolved === 'UTC'
  return {
    name: resolved,
    isUtc,
    offsetAt: (instant) => (isUtc ? 0 : parseOffset(format.format(instant))),
  }
}

/**
 * The instants at which the zone's clocks show `wall`, ascending: two when clocks go back over it. A time that
 * clocks going forward leave out is read with the offset from before, as .NET does: it becomes one as much later.
 */
export function instantsOf(zone: TimeZone, wall: number): readonly number[] {
  const before = wall - zone.offsetAt(wall - dayMs)
  const after = wall - zone.offsetAt(wall + dayMs)
  if (before === after) return [before]
  const shown = [before, after].filter((instant) => instant + zone.offsetAt(instant) === wall)
  return shown.length > 0 ? shown : [before]
}

/**
 * The wall-clock time that `instantsOf` leads back to `instant`. In the hour after clocks went forward there are
 * two, the one shown and the one left out; this is the earlier.
 */
export function readingOf(zone: TimeZone, instant: number): number {
  const shown = instant + zone.offsetAt(instant)
  const leftOut = instant + zone.offsetAt(instant - longestJumpMs)
  return leftOut < shown && instantsOf(zone, leftOut)[0] === instant ? leftOut : shown
}

function dateFormat(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
}

/** `1/31/2026, GMT+05:30` or `1/31/2026, GMT`; before zones had whole minutes, with seconds. */
function parseOffset(text: string): number {
  const match = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text)
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match ?? []
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ms : ms
}
