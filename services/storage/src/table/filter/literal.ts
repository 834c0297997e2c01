/** Literals of a `$filter` expression, and the values by which typed values compare. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { normalizeDateTime, timeOrder } from '../edm/date-time.ts'
import { type EdmValue, normalizeGuid } from '../edm/value.ts'
import type { Literal } from './syntax.ts'

/** What orders as the value does among values of its type; whole and other numbers order among each other. */
export function comparable({ type, value }: EdmValue): string | number | bigint | boolean {
  if (type === 'Int64') return BigInt(value)
  if (type === 'DateTime') return timeOrder(value)
  if (type === 'Binary') return Buffer.from(value, 'base64').toString('latin1')
  return value
}

const numberForm = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlDdFfMm]?$/

/** A number, `true`, `false`; undefined for any other word. */
export function wordLiteral(word: string): Literal | undefined {
  const keyword = word.toLowerCase()
  if (keyword === 'true' || keyword === 'false')
    return { kind: 'literal', type: 'Boolean', value: keyword === 'true' }
  if (!numberForm.test(word)) return undefined
  const digits = word.replace(/[LlDdFfMm]$/, '')
  if (!/^[+-]?\d+$/.test(digits)) return { kind: 'literal', type: 'Double', value: Number(digits) }
  const value = BigInt(digits.replace('+', ''))
  return { kind: 'literal', type: 'Int64', value: isSafe(value) ? Number(value) : value }
}

function isSafe(value: bigint): boolean {
  return value >= -(2n ** 53n) && value <= 2n ** 53n
}

/** A quoted text with the word before it. @throws StorageError InvalidInput */
export function quotedLiteral(prefix: string, text: string): Literal {
  if (prefix === '') return { kind: 'literal', type: 'String', value: text }
  const value = typedValue(prefix, text)
  if (!value) throw generalErrors.InvalidInput()
  return { kind: 'literal', type: value.type, value: comparable(value) }
}

function typedValue(prefix: string, text: string): EdmValue | undefined {
  if (prefix === 'datetime') return ifDefined('DateTime', normalizeDateTime(text))
  if (prefix === 'guid') return ifDefined('Guid', normalizeGuid(text))
  if ((prefix === 'x' || prefix === 'binary') && /^(?:[0-9a-f]{2})*$/i.test(text))
    return { type: 'Binary', value: Buffer.from(text, 'hex').toString('base64') }
  return undefined
}

function ifDefined(type: 'DateTime' | 'Guid', value: string | undefined): EdmValue | undefined {
  return value === undefined ? undefined : { type, value }
}
