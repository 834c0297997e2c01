/** JSON whose long whole numbers keep all their digits. */

/** Numbers of this many digits may not fit a double. */
const longNumber = /\d{16}/

/** As `JSON.parse`, but a whole number beyond 2^53 comes as a bigint. Throws a SyntaxError for bad JSON. */
export function parseExact(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text)
  return JSON.parse(text, reviveLongNumber)
}

/** As `JSON.stringify`, and bigints as numbers. */
export function formatExact(value: unknown): string {
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? rawJson(String(member)) : member))
}

/** The third argument is newer than TypeScript's declarations. */
function reviveLongNumber(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const isLong = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return isLong && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value
}

function rawJson(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  return rawJSON(text)
}
