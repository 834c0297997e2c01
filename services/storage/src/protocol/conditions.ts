/** Conditional headers (REST reference, "Specifying conditional headers"). */
import type { StorageRequest } from '../contracts.ts'
import { generalErrors, invalidHeader } from './general-errors.ts'
import { parseHttpDate } from './http-date.ts'
import { StorageError } from './storage-error.ts'

/** The conditions of a request. ETags are without quotes; `*` stands for any. Times are milliseconds since 1970. */
export interface Conditions {
  readonly ifMatch: readonly string[] | undefined
  readonly ifNoneMatch: readonly string[] | undefined
  readonly ifModifiedSince: number | undefined
  readonly ifUnmodifiedSince: number | undefined
}

/** What conditions are held against. */
export interface ConditionTarget {
  /** With or without quotes. */
  readonly etag: string
  /** Milliseconds since 1970; compared by whole seconds. */
  readonly lastModified: number
}

/**
 * The conditions that the headers state; undefined when there are none.
 * @param prefix `x-ms-source-` for those of a copy's source
 * @throws StorageError InvalidHeaderValue for what is no date
 */
export function readConditions(request: Pick<StorageRequest, 'header'>, prefix = ''): Conditions | undefined {
  const ifMatch = request.header(`${prefix}if-match`)
  const ifNoneMatch = request.header(`${prefix}if-none-match`)
  const ifModifiedSince = request.header(`${prefix}if-modified-since`)
  const ifUnmodifiedSince = request.header(`${prefix}if-unmodified-since`)
  if (!ifMatch && !ifNoneMatch && !ifModifiedSince && !ifUnmodifiedSince) return undefined
  return {
    ifMatch: ifMatch ? etagsOf(ifMatch) : undefined,
    ifNoneMatch: ifNoneMatch ? etagsOf(ifNoneMatch) : undefined,
    ifModifiedSince: readTime(`${prefix}if-modified-since`, ifModifiedSince),
    ifUnmodifiedSince: readTime(`${prefix}if-unmodified-since`, ifUnmodifiedSince),
  }
}

/**
 * How a read stands to its conditions: the rule is (If-Match and If-Unmodified-Since) and (If-None-Match or
 * If-Modified-Since). A target that is missing fails If-Match and nothing else.
 */
export function readOutcome(
  conditions: Conditions,
  target: ConditionTarget | undefined,
): 'met' | 'not-met' | 'not-modified' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (!target) return ifMatch ? 'not-met' : 'met'
  if (ifMatch && !names(ifMatch, target.etag)) return 'not-met'
  if (ifUnmodifiedSince !== undefined && isModifiedSince(target, ifUnmodifiedSince)) return 'not-met'
  const isOther = ifNoneMatch && !names(ifNoneMatch, target.etag)
  const isNewer = ifModifiedSince === undefined ? undefined : isModifiedSince(target, ifModifiedSince)
  const isAsked = isOther !== undefined || isNewer !== undefined
  return isAsked && !isOther && !isNewer ? 'not-modified' : 'met'
}

/**
 * For reads; when it returns for a missing target, the caller answers that there is none.
 * @throws StorageError ConditionNotMet (412 or 304), UnsatisfiableCondition
 */
export function checkRead(conditions: Conditions | undefined, target: ConditionTarget | undefined): void {
  if (!conditions) return
  if (conditions.ifNoneMatch?.includes('*')) throw generalErrors.UnsatisfiableCondition()
  switch (readOutcome(conditions, target)) {
    case 'not-met':
      throw generalErrors.ConditionNotMet()
    case 'not-modified':
      throw notModified()
  }
}

/**
 * For writes, within their transaction.
 * @param alreadyExists what `If-None-Match: *` throws when there is a target; absent = it is let pass
 * @throws StorageError ConditionNotMet, MultipleConditionHeadersNotSupported
 */
export function checkWrite(
  conditions: Conditions | undefined,
  target: ConditionTarget | undefined,
  alreadyExists?: () => StorageError,
): void {
  if (!conditions) return
  checkCombination(conditions)
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (!target) {
    if (ifMatch) throw generalErrors.ConditionNotMet()
    return
  }
  if (ifMatch && !names(ifMatch, target.etag)) throw generalErrors.ConditionNotMet()
  if (ifUnmodifiedSince !== undefined && isModifiedSince(target, ifUnmodifiedSince))
    throw generalErrors.ConditionNotMet()
  if (ifNoneMatch?.includes('*')) {
    if (alreadyExists) throw alreadyExists()
    return
  }
  const isSame = ifNoneMatch && names(ifNoneMatch, target.etag)
  const isOld = ifModifiedSince === undefined ? undefined : !isModifiedSince(target, ifModifiedSince)
  if ((isSame ?? isOld) && (isOld ?? isSame)) throw generalErrors.ConditionNotMet()
}

/** One ETag a header; two headers only as the pairs that mean one thing. */
function checkCombination({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions): void {
  const isList = (ifMatch?.length ?? 0) > 1 || (ifNoneMatch?.length ?? 0) > 1
  const isMixed =
    (ifMatch !== undefined || ifUnmodifiedSince !== undefined) &&
    (ifNoneMatch !== undefined || ifModifiedSince !== undefined)
  if (isList || isMixed) throw generalErrors.MultipleConditionHeadersNotSupported()
}

function notModified(): StorageError {
  return new StorageError('ConditionNotMet', {
    status: 304,
    message: 'The condition specified using HTTP conditional header(s) is not met.',
  })
}

function etagsOf(header: string): string[] {
  return header.split(',').map((each) => bareEtag(each.trim()))
}

/** Clients send what they were given, with the quotes or, from listings, without. */
function bareEtag(etag: string): string {
  const strong = etag.startsWith('W/') ? etag.slice(2) : etag
  return strong.length > 1 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong
}

function names(etags: readonly string[], etag: string): boolean {
  return etags.includes('*') || etags.includes(bareEtag(etag))
}

function isModifiedSince(target: ConditionTarget, time: number): boolean {
  return Math.floor(target.lastModified / 1000) > Math.floor(time / 1000)
}

function readTime(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined
  const time = parseHttpDate(value)
  if (time === undefined) throw invalidHeader(name, value)
  return time
}
