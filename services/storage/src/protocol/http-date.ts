/** Points in time as HTTP and Azure write them. All times are milliseconds since 1970. */

let lastSecond = Number.NaN
let lastText = ''

/** RFC 1123, e.g. `Thu, 01 Jan 2026 00:00:00 GMT`; what is less than a second is cut off. */
export function httpDate(time: number): string {
  const second = Math.floor(time / 1000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toUTCString()
    lastSecond = second
  }
  return lastText
}

const httpDateForm =
  /^(?:[A-Z][a-z]{2,8}), ?\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{1,2}:\d{2}:\d{2}(?: (?:GMT|UTC|[+-]\d{4}))?$/

/** Reads the three forms of RFC 9110, 5.6.7; undefined for what is none. */
export function parseHttpDate(text: string): number | undefined {
  if (!httpDateForm.test(text)) return parseIsoTime(text)
  const time = Date.parse(/(?:GMT|UTC|[+-]\d{4})$/.test(text) ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : time
}

/** ISO 8601 with seven digits after the point, as .NET writes it: `2026-01-01T00:00:00.0000000Z`. */
export function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, -1)}0000Z`
}

const isoForm = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** The forms that shared access signatures take: a date, to the minute, to the second, with a fraction; UTC unless it says otherwise. */
export function parseIsoTime(text: string): number | undefined {
  const match = isoForm.exec(text)
  if (!match) return undefined
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match
  const time = Date.parse(`${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`)
  return Number.isNaN(time) ? undefined : time
}

/** ISO 8601 without a fraction: `2026-01-01T00:00:00Z`. */
export function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
