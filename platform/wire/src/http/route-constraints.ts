/**
 * Constraints of route parameters. Source: ASP.NET Core "Routing: route constraints"; what counts as a
 * number, a date and so on is what .NET's invariant `TryParse` accepts.
 */

/** Whether a value may stand for a parameter. A constraint is never asked about a value that is absent. */
export type RouteConstraint = (value: string) => boolean

const integer = /^\s*[+-]?\d+\s*$/
const decimalNumber = /^\s*(?:[+-]?(?:\d[\d,]*\.?\d*|\.\d+)|(?:\d[\d,]*\.?\d*|\.\d+)[+-])\s*$/
const floatingNumber = /^\s*(?:[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|[+-]?(?:infinity|∞))\s*$/i
const guid =
  /^\s*(?:[\da-f]{32}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\{[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}|\([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\))\s*$/i

/** The largest value of .NET's `decimal`. */
const maxDecimal = 79228162514264337593543950335n

const plain: Readonly<Record<string, RouteConstraint>> = {
  int: (value) => isInteger(value, 32),
  long: (value) => isInteger(value, 64),
  bool: (value) => /^\s*(?:true|false)\s*$/i.test(value),
  datetime: isDateTime,
  decimal: (value) => decimalNumber.test(value) && wholePart(value) <= maxDecimal,
  double: (value) => floatingNumber.test(value),
  float: (value) => floatingNumber.test(value),
  guid: (value) => guid.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  required: (value) => value !== '',
  file: isFileName,
  nonfile: (value) => !isFileName(value),
}

const withNumbers: Readonly<Record<string, (...numbers: bigint[]) => RouteConstraint>> = {
  minlength: (least) => (value) => value.length >= least!,
  maxlength: (most) => (value) => value.length <= most!,
  length:
    (least, most = least) =>
    (value) =>
      value.length >= least! && value.length <= most!,
  min: (least) => (value) => isInteger(value, 64) && BigInt(value.trim()) >= least!,
  max: (most) => (value) => isInteger(value, 64) && BigInt(value.trim()) <= most!,
  range: (least, most) => (value) =>
    isInteger(value, 64) && BigInt(value.trim()) >= least! && BigInt(value.trim()) <= most!,
}

/** How many numbers each takes. */
const numberCounts: Readonly<Record<string, readonly number[]>> = {
  minlength: [1],
  maxlength: [1],
  length: [1, 2],
  min: [1],
  max: [1],
  range: [2],
}

/** Compiles `int`, `range(1,10)`, `regex(^a+$)`. @throws what `fail` makes of the reason */
export function compileConstraint(text: string, fail: (reason: string) => Error): RouteConstraint {
  const open = text.indexOf('(')
  const hasArguments = open >= 0 && text.endsWith(')')
  const name = (hasArguments ? text.slice(0, open) : text).toLowerCase()
  const argumentText = hasArguments ? text.slice(open + 1, -1) : ''
  if (name === 'regex' && hasArguments) return compileRegex(argumentText, fail)
  const constraint = Object.hasOwn(plain, name) ? plain[name] : undefined
  if (constraint && argumentText === '') return constraint
  const counts = Object.hasOwn(numberCounts, name) ? numberCounts[name] : undefined
  if (!constraint && !counts && name !== 'regex') {
    const known = [...Object.keys(plain), ...Object.keys(withNumbers), 'regex'].join(', ')
    throw fail(`there is no constraint '${text}'; known are ${known}.`)
  }
  const values = argumentText === '' ? [] : argumentText.split(',').map((value) => value.trim())
  if (!counts?.includes(values.length) || !values.every((value) => integer.test(value)))
    throw fail(`the constraint '${text}' has wrong arguments.`)
  const numbers = values.map(BigInt)
  if (numbers.length === 2 && numbers[0]! > numbers[1]!)
    throw fail(`the constraint '${text}' has a minimum above its maximum.`)
  return withNumbers[name]!(...numbers)
}

/** .NET's constraint is not anchored, ignores case, and knows `\A`, `\z` and `\Z`. */
function compileRegex(source: string, fail: (reason: string) => Error): RouteConstraint {
  try {
    const pattern = new RegExp(source.replace(/\\A/g, '^').replace(/\\[zZ]/g, '$'), 'i')
    return (value) => pattern.test(value)
  } catch (error) {
    throw fail(`the regular expression '${source}' does not compile: ${(error as Error).message}.`)
  }
}

function isInteger(value: string, bits: number): boolean {
  if (!integer.test(value)) return false
  if (value.length < 10) return true
  const number = BigInt(value.trim().replace(/^\+/, ''))
  return BigInt.asIntN(bits, number) === number
}

function wholePart(value: string): bigint {
  return BigInt(value.replace(/[^\d.]/g, '').split('.')[0] || '0')
}

function isFileName(value: string): boolean {
  const dot = value.indexOf('.', value.lastIndexOf('/') + 1)
  return dot >= 0 && dot < value.length - 1
}

const time = String.raw`(?:[T ]\s*(?<hour>\d{1,2})(?::(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,7})?)?)?\s*(?<half>am|pm)?\s*(?:Z|GMT|[+-]\d{2}:?\d{2})?)?`
const monthName = '(?<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*'
const dateForms = [
  String.raw`(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})`,
  String.raw`(?<month>\d{1,2})[-/.](?<day>\d{1,2})[-/.](?<year>\d{4}|\d{2})`,
  String.raw`(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})[ -]${monthName}[ -](?<year>\d{4}|\d{2})`,
  String.raw`(?:[a-z]{3,9},?\s+)?${monthName}\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})`,
].map((form) => new RegExp(`^\\s*${form}${time}\\s*$`, 'i'))
const timeAlone =
  /^\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,7})?)?\s*(?<half>am|pm)?\s*$/i

/** The forms that people put into URLs: ISO 8601, month/day/year, and names of months. */
function isDateTime(value: string): boolean {
  for (const form of dateForms) {
    const groups = form.exec(value)?.groups
    if (!groups) continue
    const month = groups.name ? monthIndex(groups.name) : Number(groups.month) - 1
    return isDay(Number(groups.year), month, Number(groups.day)) && isTime(groups)
  }
  const groups = timeAlone.exec(value)?.groups
  return groups !== undefined && isTime(groups)
}

function monthIndex(name: string): number {
  return 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(name.toLowerCase()) / 3
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000 + (year % 400), month, day))
  return year > 0 && date.getUTCMonth() === month && date.getUTCDate() === day
}

function isTime(groups: Record<string, string | undefined>): boolean {
  const hour = Number(groups.hour ?? 0)
  const isHour = groups.half ? hour >= 1 && hour <= 12 : hour <= 23
  return isHour && Number(groups.minute ?? 0) <= 59 && Number(groups.second ?? 0) <= 59
}
