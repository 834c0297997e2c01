/** What an endpoint answers, before it is written; errors have the shape of the extension's. */
import { ensureError } from '@aloft/kernel'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly json?: string
  readonly text?: string
}

/** A refusal in the words of the API; thrown and rendered in one place. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** What `ExceptionMessage` says; undefined = the answer has a message only. */
  readonly exceptionMessage: string | undefined
  readonly exceptionType: string

  constructor(
    status: number,
    message: string,
    exception?: { readonly message: string; readonly type?: string },
  ) {
    super(message)
    this.status = status
    this.exceptionMessage = exception?.message
    this.exceptionType = exception?.type ?? 'System.ArgumentException'
  }
}

export const wrongArguments = 'One or more of the arguments submitted is incorrect'
const wentWrong = 'Something went wrong while processing your request'

/** A 400 for an argument that makes no sense. */
export function badArgument(message: string): ApiError {
  return new ApiError(400, wrongArguments, { message })
}

/** A 500 as the extension writes one. */
export function serverError(message: string, type = 'System.InvalidOperationException'): ApiError {
  return new ApiError(500, wentWrong, { message, type })
}

export function errorAnswer(thrown: unknown): Answer {
  const error = thrown instanceof ApiError ? thrown : serverError(ensureError(thrown).message)
  const { status, message, exceptionMessage, exceptionType } = error
  const body = {
    Message: message,
    ...(exceptionMessage !== undefined && {
      ExceptionMessage: exceptionMessage,
      ExceptionType: exceptionType,
      StackTrace: '',
    }),
  }
  return { status, json: JSON.stringify(body) }
}

export const notFound: Answer = { status: 404 }
export const accepted: Answer = { status: 202 }
export const gone: Answer = { status: 410 }
