/** When a failed attempt is tried again (durabletask, `RetryInterceptor`). */
import type { RetryOptions } from './worker-action.ts'

export interface FailedAttempt {
  /** 1 for the first. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly firstAttemptAt: number
  readonly now: number
  /** Whether whoever failed said that it is not to be tried again. */
  readonly isFinal: boolean
}

/** Milliseconds to the next attempt; undefined = there is none. */
export function retryDelayMs(options: RetryOptions, attempt: FailedAttempt): number | undefined {
  if (attempt.number >= options.maxNumberOfAttempts || attempt.isFinal) return undefined
  const elapsedMs = attempt.now - attempt.firstAttemptAt
  if (options.retryTimeoutMs !== undefined && elapsedMs >= options.retryTimeoutMs) return undefined
  const delayMs = options.firstRetryIntervalMs * options.backoffCoefficient ** (attempt.number - 1)
  return Math.min(delayMs, options.maxRetryIntervalMs ?? Number.POSITIVE_INFINITY)
}
