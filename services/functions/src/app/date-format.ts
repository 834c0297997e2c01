/**
 * .NET date and time formats, invariant culture, UTC
 * (https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings).
 */

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Formats of one letter. */
const standard: Readonly<Record<string, string>> = {
  d: 'MM/dd/yyyy',
  D: 'dddd, dd MMMM yyyy',
  f: 'dddd, dd MMMM yyyy HH:mm',
  F: 'dddd, dd MMMM yyyy HH:mm:ss',
  g: 'MM/dd/yyyy HH:mm',
  G: 'MM/dd/yyyy HH:mm:ss',
  m: 'MMMM dd',
  M: 'MMMM dd',
  o: 'yyyy-MM-ddTHH:mm:ss.fffffffK',
  O: 'yyyy-MM-ddTHH:mm:ss.fffffffK',
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  s: 'yyyy-MM-ddTHH:mm:ss',
  t: 'HH:mm',
  T: 'HH:mm:ss',
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  U: 'dddd, dd MMMM yyyy HH:mm:ss',
  y: 'yyyy MMMM',
  Y: 'yyyy MMMM',
}

/** Runs of a specifier, quoted text, an escaped character, or `%` before a lone specifier; all else is itself. */
const piece = /([dfFghHKmMstyz])\1*|'([^']*)'|"([^"]*)"|\\(.)|%/g

/** `date` in UTC. Throws an Error for a format of one letter that .NET does not know. */
export function formatDate(date: Date, format: string): string {
  const custom = format.length === 1 ? standard[format] : format
  if (custom === undefined) throw new Error(`'${format}' is not a date format.`)
  const text = custom.replace(
    piece,
    (whole, letter?: string, single?: string, double?: string, escaped?: string) => {
      if (letter !== undefined) return formatField(date, letter, whole.length)
      return single ?? double ?? escaped ?? ''
    },
  )
  return text
}

function formatField(date: Date, letter: string, length: number): string {
  switch (letter) {
    case 'y':
      return length <= 2 ? pad(date.getUTCFullYear() % 100, length) : pad(date.getUTCFullYear(), length)
    case 'M':
      return formatName(date.getUTCMonth() + 1, months[date.getUTCMonth()] ?? '', length)
    case 'd':
      return formatName(date.getUTCDate(), days[date.getUTCDay()] ?? '', length)
    case 'H':
      return pad(date.getUTCHours(), Math.min(length, 2))
    case 'h':
      return pad(date.getUTCHours() % 12 || 12, Math.min(length, 2))
    case 'm':
      return pad(date.getUTCMinutes(), Math.min(length, 2))
    case 's':
      return pad(date.getUTCSeconds(), Math.min(length, 2))
    case 't':
      return (date.getUTCHours() < 12 ? 'AM' : 'PM').slice(0, length)
    case 'f':
      return fraction(date, length)
    case 'F':
      return fraction(date, length).replace(/0+$/, '')
    case 'K':
      return 'Z'
    case 'z':
      return length === 1 ? '+0' : length === 2 ? '+00' : '+00:00'
    default: // g: the era
      return 'A.D.'
  }
}

/** One or two letters: the number; three: the name's start; more: the name. */
function formatName(number: number, name: string, length: number): string {
  if (length <= 2) return pad(number, length)
  return length === 3 ? name.slice(0, 3) : name
}

function fraction(date: Date, digits: number): string {
  return pad(date.getUTCMilliseconds(), 3).padEnd(7, '0').slice(0, digits)
}

function pad(number: number, length: number): string {
  return String(number).padStart(length, '0')
}
