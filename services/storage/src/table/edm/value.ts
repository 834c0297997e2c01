/**
 * The typed values of entities, and how they stand in JSON (REST reference, "Payload format for Table service
 * operations").
 */
import { generalErrors } from '../../protocol/general-errors.ts'
import { tableErrors } from '../errors.ts'
import { maxBinaryBytes, maxStringLength } from '../limits.ts'
import { normalizeDateTime } from './date-time.ts'

/**
 * A value with its type. `Int64` is decimal text, `DateTime` as `normalizeDateTime` makes it, `Guid` in lower case
 * with dashes, `Binary` base64.
 */
export type EdmValue =
  | { readonly type: 'String' | 'Int64' | 'DateTime' | 'Guid' | 'Binary'; readonly value: string }
  | { readonly type: 'Int32' | 'Double'; readonly value: number }
  | { readonly type: 'Boolean'; readonly value: boolean }

export type EdmType = EdmValue['type']

/** The suffix of the property that holds the type of another. */
export const typeSuffix = '@odata.type'

/**
 * `"name":value`, with the type before it where the value does not tell it: Int64, DateTime, Guid, Binary, and
 * Double when it is a whole number or none that JSON has.
 */
export function writeProperty(name: string, { type, value }: EdmValue): string {
  switch (type) {
    case 'String':
      return `"${name}":${JSON.stringify(value)}`
    case 'Int32':
    case 'Boolean':
      return `"${name}":${value}`
    case 'Double':
      return writeDouble(name, value)
    default:
      return `"${name}${typeSuffix}":"Edm.${type}","${name}":"${value}"`
  }
}

function writeDouble(name: string, value: number): string {
  if (!Number.isFinite(value)) return `"${name}${typeSuffix}":"Edm.Double","${name}":"${value}"`
  if (!Number.isInteger(value)) return `"${name}":${value}`
  return `"${name}${typeSuffix}":"Edm.Double","${name}":${wholeDouble(value)}`
}

/** With a point, so that readers without the type take it for a Double as well. */
function wholeDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('e') ? text : `${text}.0`
}

/**
 * A value of a request's JSON; undefined for null, which is not stored. A null that is said to have a type is what
 * clients make of bad dates and infinite numbers, and is refused.
 * @param type what the property's annotation says
 * @param source the number as it was written, where that matters: `1.0` is a Double
 * @throws StorageError InvalidInput, PropertyValueTooLarge
 */
export function readValue(value: unknown, type: unknown, source?: string): EdmValue | undefined {
  if (type === undefined || type === null)
    return value === null || value === undefined ? undefined : inferValue(value, source)
  switch (type) {
    case 'Edm.String':
      return typeof value === 'string' ? readString(value) : invalid()
    case 'Edm.Int32':
      return readInt32(typeof value === 'string' ? integerOf(value) : value)
    case 'Edm.Int64':
      return readInt64(value)
    case 'Edm.Double':
      return readDouble(value)
    case 'Edm.Boolean':
      return readBoolean(value)
    case 'Edm.DateTime':
      return readText('DateTime', value, normalizeDateTime)
    case 'Edm.Guid':
      return readText('Guid', value, normalizeGuid)
    case 'Edm.Binary':
      return readBinary(value)
    default:
      return invalid()
  }
}

/** The value of JSON that was written by `writeProperty`. */
export function storedValue(value: unknown, type: unknown): EdmValue {
  if (typeof type === 'string') {
    if (type === 'Edm.Double') return { type: 'Double', value: Number(value) }
    return { type: type.slice('Edm.'.length), value } as EdmValue
  }
  if (typeof value === 'string') return { type: 'String', value }
  if (typeof value === 'boolean') return { type: 'Boolean', value }
  return { type: Number.isInteger(value) ? 'Int32' : 'Double', value: value as number }
}

function inferValue(value: unknown, source: string | undefined): EdmValue {
  if (typeof value === 'string') return readString(value)
  if (typeof value === 'boolean') return { type: 'Boolean', value }
  if (typeof value !== 'number') return invalid()
  if (!Number.isInteger(value) || (source !== undefined && /[.eE]/.test(source))) return readDouble(value)
  return readInt32(value)
}

function readString(value: string): EdmValue {
  if (value.length > maxStringLength) throw tableErrors.PropertyValueTooLarge()
  // The database keeps no halves of surrogate pairs.
  return { type: 'String', value: value.toWellFormed() }
}

function readInt32(value: unknown): EdmValue {
  if (typeof value !== 'number' || (value | 0) !== value) return invalid()
  return { type: 'Int32', value: value | 0 }
}

function integerOf(text: string): number {
  return /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
}

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n

function readInt64(value: unknown): EdmValue {
  if (typeof value !== 'string' || !/^[+-]?\d{1,40}$/.test(value)) return invalid()
  const number = BigInt(value.startsWith('+') ? value.slice(1) : value)
  if (number < minInt64 || number > maxInt64) return invalid()
  return { type: 'Int64', value: String(number) }
}

function readDouble(value: unknown): EdmValue {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity')
    return { type: 'Double', value: Number(value) }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  // What is beyond the range of a double has become infinite.
  if (typeof number !== 'number' || !Number.isFinite(number)) return invalid()
  return { type: 'Double', value: number }
}

function readBoolean(value: unknown): EdmValue {
  if (typeof value === 'boolean') return { type: 'Boolean', value }
  // Python writes `True`.
  const word = typeof value === 'string' ? value.toLowerCase() : undefined
  return word === 'true' || word === 'false' ? { type: 'Boolean', value: word === 'true' } : invalid()
}

function readText(
  type: 'DateTime' | 'Guid',
  value: unknown,
  normalize: (text: string) => string | undefined,
): EdmValue {
  const text = typeof value === 'string' ? normalize(value) : undefined
  return text === undefined ? invalid() : { type, value: text }
}

const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Undefined for what is no GUID. */
export function normalizeGuid(text: string): string | undefined {
  return guidForm.test(text) ? text.toLowerCase() : undefined
}

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

function readBinary(value: unknown): EdmValue {
  if (typeof value !== 'string' || !base64Form.test(value)) return invalid()
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length > maxBinaryBytes) throw tableErrors.PropertyValueTooLarge()
  return { type: 'Binary', value: bytes.toString('base64') }
}

function invalid(): never {
  throw generalErrors.InvalidInput()
}
