/** Numbers in the query of a request. */
import type { StorageRequest } from '../contracts.ts'
import { invalidQuery, queryOutOfRange } from '../protocol/general-errors.ts'

export interface Range {
  readonly minimum: number
  readonly maximum: number
}

/**
 * A whole number of the query, or `fallback` when it is absent.
 * @throws StorageError InvalidQueryParameterValue, OutOfRangeQueryParameterValue
 */
export function numberParameter<Fallback>(
  request: Pick<StorageRequest, 'query'>,
  name: string,
  { minimum, maximum }: Range,
  fallback: Fallback,
): number | Fallback {
  const text = request.query(name)
  if (text === undefined || text === '') return fallback
  if (!/^-?\d{1,19}$/.test(text)) throw invalidQuery(name, text)
  const number = Number(text)
  if (number < minimum || number > maximum) throw queryOutOfRange(name, text, minimum, maximum)
  return number
}
