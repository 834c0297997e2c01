/**
 * .NET's TimeSpan as text, in which host.json, bindings and many Azure options write durations
 * (https://learn.microsoft.com/dotnet/api/system.timespan.parse, invariant culture).
 */

/** Sign, then days alone or `[d.]hh:mm[:ss[.fffffff]]`; days may also be set off with a colon. */
const pattern = /^(-)?(?:(\d+)|(?:(\d+)[.:])??([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?)$/

/** The largest number of days that a TimeSpan holds. */
const maxDays = 10_675_199

/**
 * Milliseconds (with fractions) of a TimeSpan; undefined when `text` is none. As in .NET, hours end at 23:
 * `24:00:00` is 24 days, and `24:00` is nothing.
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = pattern.exec(text.trim())
  if (!match) return undefined
  const [
    ,
    sign,
    daysAlone,
    days = daysAlone ?? '0',
    hours = '0',
    minutes = '0',
    seconds = '0',
    fraction = '',
  ] = match
  if (Number(days) > maxDays) return undefined
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  const ms = wholeSeconds * 1000 + Number(fraction.padEnd(7, '0')) / 10_000
  return sign && ms > 0 ? -ms : ms
}

/** .NET's constant format `[-][d.]hh:mm:ss[.fffffff]`, e.g. `00:05:00`. */
export function formatTimeSpan(ms: number): string {
  const absolute = Math.abs(ms)
  const seconds = Math.floor(absolute / 1000)
  const days = Math.floor(seconds / 86_400)
  const fraction = Math.min(9_999_999, Math.round((absolute % 1000) * 10_000))
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  return [
    ms < 0 ? '-' : '',
    days > 0 ? `${days}.` : '',
    clock.map((part) => String(part).padStart(2, '0')).join(':'),
    fraction > 0 ? `.${String(fraction).padStart(7, '0')}` : '',
  ].join('')
}
