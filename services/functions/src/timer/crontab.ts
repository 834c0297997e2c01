/**
 * NCRONTAB expressions, with the rules of the .NET library NCrontab: six fields (second, minute, hour, day, month,
 * day of week) or five without seconds; `*`, lists, ranges and steps; English names of months and days, which may
 * be cut short; Sunday is 0 and only 0; a time must match all fields, day of month and day of week included.
 *
 * Croner, cron-parser and the like follow Vixie cron instead (either day field suffices, 7 is Sunday, `L` and `#`
 * are allowed), so expressions that Azure refuses would run here, and the other way round.
 */

interface FieldKind {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Of the values from `min` on. */
  readonly names?: readonly string[]
}

/** Allowed values, ascending. */
type Field = readonly number[]

export interface Crontab {
  readonly seconds: Field
  readonly minutes: Field
  readonly hours: Field
  readonly days: Field
  readonly months: Field
  readonly weekdays: Field
  /** The expression as NCrontab prints it: steps and lists spelled out as values and ranges. */
  readonly text: string
}

const kinds: readonly FieldKind[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: [
      'january',
      'february',
      'march',
      'april',
      'may',
      'june',
      'july',
      'august',
      'september',
      'october',
      'november',
      'december',
    ],
  },
  {
    name: 'day of week',
    min: 0,
    max: 6,
    names: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
  },
]

const dayMs = 86_400_000

/** A given weekday falls on 29 February at least once in this time, even across 2100; all else is more frequent. */
const searchDays = 41 * 366

/** Throws an Error that names the field and the part that is wrong. */
export function parseCrontab(expression: string): Crontab {
  const tokens = expression.split(' ').filter((token) => token !== '')
  if (tokens.length !== 5 && tokens.length !== 6) {
    throw new Error(`It has ${tokens.length} fields instead of 6 (second minute hour day month day-of-week).`)
  }
  const used = kinds.slice(-tokens.length)
  const fields = used.map((kind, index) => parseField(kind, tokens[index]!))
  const text = used.map((kind, index) => formatField(kind, fields[index]!)).join(' ')
  if (fields.length === 5) fields.unshift([0])
  const [seconds = [], minutes = [], hours = [], days = [], months = [], weekdays = []] = fields
  return { seconds, minutes, hours, days, months, weekdays, text }
}

/**
 * The first wall-clock time after `after` that matches, in milliseconds; undefined when none ever does (31 February).
 */
export function nextMatch(crontab: Crontab, after: number): number | undefined {
  const from = (Math.floor(after / 1000) + 1) * 1000
  const firstDay = Math.floor(from / dayMs) * dayMs
  for (let day = firstDay; day < firstDay + searchDays * dayMs; day += dayMs) {
    if (!matchesDay(crontab, new Date(day))) continue
    const time = nextTimeOfDay(crontab, day === firstDay ? (from - day) / 1000 : 0)
    if (time !== undefined) return day + time * 1000
  }
  return undefined
}

function matchesDay(crontab: Crontab, date: Date): boolean {
  return (
    crontab.months.includes(date.getUTCMonth() + 1) &&
    crontab.days.includes(date.getUTCDate()) &&
    crontab.weekdays.includes(date.getUTCDay())
  )
}

/** The first second of the day that matches, at or after `from`. */
function nextTimeOfDay(crontab: Crontab, from: number): number | undefined {
  for (const hour of crontab.hours) {
    if ((hour + 1) * 3600 <= from) continue
    for (const minute of crontab.minutes) {
      const start = hour * 3600 + minute * 60
      if (start + 60 <= from) continue
      for (const second of crontab.seconds) if (start + second >= from) return start + second
    }
  }
  return undefined
}

function parseField(kind: FieldKind, token: string): Field {
  const values = new Set(token.split(',').flatMap((item) => parseItem(kind, item)))
  return [...values].sort((a, b) => a - b)
}

/** A value, a range or `*`, with or without a step. A value with a step runs to the end of the field. */
function parseItem(kind: FieldKind, item: string): number[] {
  const match = /^(\*(?!-)|[^-/*]+)(?:-([^-/]+))?(?:\/([+-]?\d+))?$/.exec(item)
  if (!match) throw new Error(`'${item}' is not a valid ${kind.name}.`)
  const [, from = '', to, step] = match
  const first = from === '*' ? kind.min : parseValue(kind, from)
  const end = to === undefined ? undefined : parseValue(kind, to)
  const last = end ?? (from === '*' || step !== undefined ? kind.max : first)
  const [low, high] = first <= last ? [first, last] : [last, first]
  const stride = Math.max(1, Number(step ?? 1))
  return Array.from({ length: Math.floor((high - low) / stride) + 1 }, (_, index) => low + index * stride)
}

function parseValue(kind: FieldKind, text: string): number {
  const name = text.toLowerCase()
  const named = kind.names?.findIndex((candidate) => candidate.startsWith(name)) ?? -1
  const value = named >= 0 ? named + kind.min : /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= kind.min && value <= kind.max) return value
  throw new Error(`'${text}' is not a valid ${kind.name}; it must be from ${kind.min} to ${kind.max}.`)
}

function formatField(kind: FieldKind, field: Field): string {
  if (field.length === kind.max - kind.min + 1) return '*'
  const runs: [first: number, last: number][] = []
  for (const value of field) {
    const run = runs.at(-1)
    if (run && run[1] === value - 1) run[1] = value
    else runs.push([value, value])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
