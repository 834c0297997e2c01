/** Errors that say what was wrong, where, and how to mend it. */
import { inspect } from 'node:util'
import { isNativeError } from 'node:util/types'

/** Where in a user's file an error lies. */
export interface FileLocation {
  /** Path as the user would type it. */
  readonly file: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
}

/** An error of the user's making: shown as one clear message, without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly location: FileLocation | undefined
  /** What to do about it, in one sentence. */
  readonly hint: string | undefined

  constructor(message: string, detail: { location?: FileLocation; hint?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.location = detail.location
    this.hint = detail.hint
  }
}

/** Whatever was thrown, as an Error: a string becomes its message, an object its `message` or else its JSON. */
export function ensureError(thrown: unknown): Error {
  // Errors of other realms (vm contexts) are no instances of this one's Error.
  if (thrown instanceof Error || isNativeError(thrown)) return thrown
  if (typeof thrown === 'string') return new Error(thrown)
  if (thrown === undefined || thrown === null) return new Error('Unknown error')
  return new Error(describe(thrown), { cause: thrown })
}

function describe(thrown: unknown): string {
  const message = typeof thrown === 'object' && thrown && 'message' in thrown ? thrown.message : undefined
  if (typeof message === 'string') return message
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return inspect(thrown)
  }
}

/** One row of a service's error catalogue. */
export interface ErrorRow {
  readonly status: number
  /** Whether the same call may succeed later. */
  readonly retry: 'never' | 'later'
  /** `{name}` is replaced with the detail of that name. */
  readonly text: string
}

/** An error of a service's protocol; rendered in that protocol's shape in one place. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly service: string
  readonly code: string
  readonly status: number
  readonly retry: 'never' | 'later'
  readonly detail: Readonly<Record<string, string | number>>

  constructor(service: string, code: string, row: ErrorRow, detail: Record<string, string | number> = {}) {
    super(row.text.replace(/\{(\w+)\}/g, (whole, key: string) => String(detail[key] ?? whole)))
    this.service = service
    this.code = code
    this.status = row.status
    this.retry = row.retry
    this.detail = detail
  }
}

/** Declares a service's errors once; each becomes a function that makes the error: `throw errors.LockLost({ id })`. */
export function catalogue<Rows extends Record<string, ErrorRow>>(
  service: string,
  rows: Rows,
): { readonly [Code in keyof Rows]: (detail?: Record<string, string | number>) => ServiceError } {
  const makers = Object.entries(rows).map(([code, row]) => [
    code,
    (detail?: Record<string, string | number>) => new ServiceError(service, code, row, detail),
  ])
  return Object.fromEntries(makers)
}
