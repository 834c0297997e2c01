/**
 * .NET number formats, invariant culture
 * (https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings).
 */

/** Formats `value` with a standard (`D4`, `N0`, `F2`, `X`, `P1`, `E3`, `G`) or custom (`000`, `#,##0.00`) format. */
export function formatNumber(value: number, format: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  const match = /^([a-z])(\d{0,2})$/i.exec(format)
  if (!match) return formatCustom(value, format)
  const [, letter = '', digits = ''] = match
  return formatStandard(value, letter, digits === '' ? undefined : Number(digits))
}

function formatStandard(value: number, letter: string, precision: number | undefined): string {
  const sign = value < 0 ? '-' : ''
  const size = Math.abs(value)
  switch (letter.toUpperCase()) {
    case 'D':
      if (!Number.isInteger(value)) throw new Error(`The format D takes whole numbers only, not ${value}.`)
      return sign + toPlain(size, 0).padStart(precision ?? 1, '0')
    case 'F':
      return sign + toPlain(size, precision ?? 2)
    case 'N':
      return sign + group(toPlain(size, precision ?? 2))
    case 'P':
      return `${sign}${group(toPlain(size * 100, precision ?? 2))} %`
    case 'X':
      return formatHex(value, letter, precision ?? 1)
    case 'E':
      return sign + formatExponent(size, letter, precision ?? 6)
    case 'G':
    case 'R':
      return String(precision ? Number(value.toPrecision(precision)) : value)
    default:
      throw new Error(`'${letter}' is not a number format.`)
  }
}

function formatHex(value: number, letter: string, digits: number): string {
  if (!Number.isInteger(value)) throw new Error(`The format X takes whole numbers only, not ${value}.`)
  const bits = value < 0 ? BigInt.asUintN(value < -(2 ** 31) ? 64 : 32, BigInt(value)) : BigInt(value)
  const hex = bits.toString(16).padStart(digits, '0')
  return letter === 'X' ? hex.toUpperCase() : hex
}

/** .NET writes at least three digits of the exponent. */
function formatExponent(size: number, letter: string, precision: number): string {
  const [mantissa, exponent = '+0'] = size.toExponential(precision).split('e')
  return `${mantissa}${letter}${exponent.charAt(0)}${exponent.slice(1).padStart(3, '0')}`
}

/** `0` and `#` digits, `,` groups, `.`, `%`, quoted and escaped text; `;` parts the forms of negative numbers and zero. */
function formatCustom(value: number, format: string): string {
  const [positive = '', negative, zero] = format.split(';')
  if (value === 0 && zero !== undefined) return formatPattern(0, zero)
  if (value < 0 && negative) return formatPattern(-value, negative)
  const text = formatPattern(Math.abs(value), positive)
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text
}

const digitPattern = /(?:[0#](?:[0#,.]*[0#])?)|[0#]/

function formatPattern(value: number, pattern: string): string {
  const scaled = pattern.includes('%') ? value * 100 : value
  // Quoted and escaped text cannot hold digits' places.
  const literals: string[] = []
  const bare = pattern.replace(
    /'([^']*)'|"([^"]*)"|\\(.)/g,
    (_, single?: string, double?: string, one?: string) => {
      literals.push(single ?? double ?? one ?? '')
      return '\u0000'
    },
  )
  const filled = bare.replace(digitPattern, (places) => fillPlaces(scaled, places))
  return filled.replaceAll('\u0000', () => literals.shift() ?? '')
}

function fillPlaces(value: number, places: string): string {
  const [whole = '', decimals = ''] = places.split('.')
  const fixed = toPlain(value, decimals.length)
  const [integer = '', fraction = ''] = fixed.split('.')
  const minimum = (/0[0#,]*$/.exec(whole)?.[0] ?? '').replaceAll(',', '').length
  const padded = (integer === '0' ? '' : integer).padStart(minimum, '0')
  const required = decimals.lastIndexOf('0') + 1
  const kept = fraction.slice(0, Math.max(required, fraction.replace(/0+$/, '').length))
  return (whole.includes(',') ? group(padded) : padded) + (kept ? `.${kept}` : '')
}

/** Without exponent, rounded half away from zero. */
function toPlain(size: number, decimals: number): string {
  return size >= 1e21
    ? BigInt(size).toString() + (decimals > 0 ? `.${'0'.repeat(decimals)}` : '')
    : size.toFixed(decimals)
}

function group(digits: string): string {
  const [integer = '', fraction] = digits.split('.')
  const grouped = integer.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
