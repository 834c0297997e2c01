/** Values of binding expressions (sdk `BindingTemplateToken`, `SystemBindingData`, `BindingDataPathHelper`). */
import { type Clock, newId } from '@aloft/kernel'
import type { Expression } from './binding-template.ts'
import { isObject } from './config-section.ts'
import { formatDate } from './date-format.ts'
import { formatNumber } from './number-format.ts'

/** What expressions may name; looked up ignoring case. */
export type BindingData = Readonly<Record<string, unknown>>

/** Where `{rand-guid}`, `{datetime}` and `{sys.*}` come from. */
export interface ExpressionEnvironment {
  readonly functionName: string
  readonly clock: Clock
}

/** As in Azure: no colons, which not every file name and URL can hold. */
const defaultDateFormat = 'yyyy-MM-ddTHH-mm-ssK'
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/

/** A generated id, which formats may write in other ways than text of the same form. */
class Guid {
  readonly id = newId()
}

/** The expression's text. Throws `No value for named parameter 'x'.`, or says which property of a value is missing. */
export function evaluate(
  { path, format }: Expression,
  data: BindingData,
  environment: ExpressionEnvironment,
): string {
  const [parameter = '', ...members] = path
  const key = findKey(data, parameter)
  let value = key === undefined ? builtIn(parameter, environment) : data[key]
  for (const member of members) value = readMember(value, member)
  return toText(value, format)
}

/** Text of a value. Objects and arrays have none, as in Azure; booleans are `True` and `False`. */
function toText(value: unknown, format: string | undefined): string {
  if (typeof value === 'string') {
    return format !== undefined && isoDate.test(value) ? formatDate(new Date(value), format) : value
  }
  if (typeof value === 'number') return format === undefined ? String(value) : formatNumber(value, format)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value instanceof Date) return formatDate(value, format ?? defaultDateFormat)
  return value instanceof Guid ? formatGuid(value.id, format) : ''
}

function builtIn(parameter: string, environment: ExpressionEnvironment): unknown {
  switch (parameter.toLowerCase()) {
    case 'rand-guid':
      return new Guid()
    case 'datetime':
      return new Date(environment.clock.now())
    case 'sys':
      return {
        methodName: environment.functionName,
        utcNow: new Date(environment.clock.now()),
        randGuid: new Guid(),
      }
    default:
      throw new Error(`No value for named parameter '${parameter}'.`)
  }
}

function readMember(value: unknown, member: string): unknown {
  if (value === null || value === undefined)
    throw new Error(`Error while accessing '${member}': the value is null.`)
  const key = isObject(value) ? findKey(value, member) : undefined
  if (key === undefined) throw new Error(`Error while accessing '${member}': property doesn't exist.`)
  return (value as BindingData)[key]
}

function findKey(values: BindingData, name: string): string | undefined {
  if (Object.hasOwn(values, name)) return name
  const wanted = name.toLowerCase()
  return Object.keys(values).find((key) => key.toLowerCase() === wanted)
}

/** .NET's `Guid.ToString(format)`. */
function formatGuid(id: string, format = 'D'): string {
  const digits = id.replaceAll('-', '')
  switch (format.toUpperCase()) {
    case 'N':
      return digits
    case 'B':
      return `{${id}}`
    case 'P':
      return `(${id})`
    case 'X':
      return formatHexGuid(digits)
    default:
      return id
  }
}

function formatHexGuid(digits: string): string {
  const hex = (start: number, end: number) => `0x${digits.slice(start, end)}`
  const bytes = Array.from({ length: 8 }, (_, index) => hex(16 + index * 2, 18 + index * 2))
  return `{${hex(0, 8)},${hex(8, 12)},${hex(12, 16)},{${bytes.join(',')}}}`
}
