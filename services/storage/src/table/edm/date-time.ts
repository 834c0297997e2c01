/** `Edm.DateTime`: UTC, 1601-01-01 to 9999-12-31, up to seven digits after the point. */

const form =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,7})\d*)?)?)?(?:Z|([+-])(\d{2}):?(\d{2}))?$/i

/**
 * The time in its one form, without zeros at the end of the fraction: `2026-01-01T00:00:00.12Z`. Text without a zone
 * is UTC. Undefined for what is no time.
 */
export function normalizeDateTime(text: string): string | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [, date, minutes = '00:00', seconds = '00', fraction = '', sign, hoursEast = '0', minutesEast = '0'] =
    match
  const local = Date.parse(`${date}T${minutes}:${seconds}Z`)
  if (Number.isNaN(local)) return undefined
  const eastMs = (Number(hoursEast) * 60 + Number(minutesEast)) * 60_000 * (sign === '-' ? -1 : 1)
  const whole = new Date(local - eastMs).toISOString()
  if (whole < '1601' || whole.length !== 24) return undefined
  const digits = withoutTrailingZeros(fraction)
  return `${whole.slice(0, 19)}${digits && '.'}${digits}Z`
}

/** What orders as the times do: normalized text without its `Z` (`00:00:00` comes before `00:00:00.1`). */
export function timeOrder(normalized: string): string {
  return normalized.slice(0, -1)
}

function withoutTrailingZeros(fraction: string): string {
  let end = fraction.length
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end--
  return fraction.slice(0, end)
}
