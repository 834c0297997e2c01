/** Errors of the worker itself, and errors of user code on their way to the host. */
import { types } from 'node:util'
import type { RpcException } from '@aloft/wire'
import { mapStack } from './stack-mapping.ts'

/** The flag that tells the worker's and the library's errors from those of user code. */
export interface SystemErrorFlag {
  isAzureFunctionsSystemError?: boolean
}

export class SystemError extends Error {
  readonly isAzureFunctionsSystemError = true
}

export class SystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true
}

export class ReadOnlyError extends TypeError {
  readonly isAzureFunctionsSystemError = true

  constructor(propertyName: string) {
    super(`Cannot assign to read only property '${propertyName}'`)
  }
}

/** What was thrown as an error whose message can be changed. User code may throw anything. */
export function ensureError(thrown: unknown): Error & SystemErrorFlag {
  if (!isErrorObject(thrown)) return new Error(describeThrown(thrown))
  const descriptor = Object.getOwnPropertyDescriptor(thrown, 'message')
  if (!descriptor?.writable && Object.isExtensible(thrown) && descriptor?.configurable !== false) {
    let message = thrown.message
    Object.defineProperty(thrown, 'message', {
      configurable: true,
      get: () => message,
      set: (value: string) => {
        message = value
      },
    })
  }
  return thrown
}

/** For callbacks that report success with `null` or `undefined`. */
export function isErrorValue(value: unknown): boolean {
  return value !== null && value !== undefined
}

export function toRpcException(error: Error & SystemErrorFlag): RpcException {
  return { message: String(error.message), stackTrace: mapStack(String(error.stack ?? '')) }
}

/** Also true for errors of another realm, e.g. of a `vm` context. */
function isErrorObject(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

function describeThrown(thrown: unknown): string {
  if (thrown === undefined || thrown === null) return 'Unknown error'
  if (typeof thrown !== 'object') return String(thrown)
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
