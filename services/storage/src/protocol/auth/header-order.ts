/**
 * The order of header names in a signature. Azure sorts as .NET does with the culture en-US, and its newer SDKs do
 * the same: hyphens count only between names that are otherwise alike, and `_` comes before digits, digits before
 * letters. By code unit, as older clients sort, `_` comes after digits; ICU's order differs again.
 */

/** Punctuation in header names (RFC 9110, `tchar`) in .NET's order, before all digits and letters. */
const punctuation = '!#$%&*.^_`|~+'

/** Compares lower-case names as .NET does. */
export function compareAsDotnet(a: string, b: string): number {
  const primary = comparePrimary(a.replace(/[-']/g, ''), b.replace(/[-']/g, ''))
  return primary === 0 ? compareHyphens(a, b) : primary
}

export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function comparePrimary(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = weight(a[index]!) - weight(b[index]!)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function weight(character: string): number {
  const index = punctuation.indexOf(character)
  return index === -1 ? 0x100 + character.charCodeAt(0) : index
}

/** Of two names that differ in hyphens only, the one whose hyphen comes first is the later one. */
function compareHyphens(a: string, b: string): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    if (a[index] === b[index]) continue
    return a[index] === '-' || a[index] === "'" ? 1 : -1
  }
  return a.length - b.length
}
