/** Immutability policies and legal holds, as requests state them. */
import type { StorageRequest } from '../../contracts.ts'
import { invalidHeader } from '../../protocol/general-errors.ts'
import { parseHttpDate } from '../../protocol/http-date.ts'
import type { ItemDetail } from '../model/item.ts'

const untilHeader = 'x-ms-immutability-policy-until-date'
const modeHeader = 'x-ms-immutability-policy-mode'
const holdHeader = 'x-ms-legal-hold'

/** Undefined = none. @throws StorageError InvalidHeaderValue, also for a time that is over */
export function immutabilityIn(request: StorageRequest): ItemDetail['immutability'] {
  const text = request.header(untilHeader)
  if (text === undefined || text === '') return undefined
  const until = parseHttpDate(text)
  if (until === undefined || until <= request.now) throw invalidHeader(untilHeader, text)
  const mode = (request.header(modeHeader) || 'unlocked').toLowerCase()
  if (mode !== 'locked' && mode !== 'unlocked') throw invalidHeader(modeHeader, mode)
  return { until, mode }
}

/** Undefined = not stated. @throws StorageError InvalidHeaderValue */
export function legalHoldIn(request: StorageRequest): boolean | undefined {
  const text = request.header(holdHeader)?.toLowerCase()
  if (text === undefined || text === '') return undefined
  if (text !== 'true' && text !== 'false') throw invalidHeader(holdHeader, text)
  return text === 'true'
}

/** Of a blob that is made. */
export function protectionIn(request: StorageRequest): Pick<ItemDetail, 'immutability' | 'hasLegalHold'> {
  const immutability = immutabilityIn(request)
  return { ...(immutability && { immutability }), ...(legalHoldIn(request) && { hasLegalHold: true }) }
}
