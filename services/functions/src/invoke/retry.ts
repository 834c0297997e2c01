/** Runs an invocation again when it fails, in the same process, as its retry policy says. */
import {
  type Clock,
  formatTimeSpan,
  type InvocationResult,
  type Logger,
  type RetryPolicy,
  randomInteger,
} from '@aloft/kernel'
import type { InvokeMessage, RpcException } from '@aloft/wire'
import { nextRetry } from './retry-policy.ts'

/** What an attempt may know of the ones before it: the `retryContext` of a function. */
export type RetryState = NonNullable<InvokeMessage['retryContext']>

export interface RetryRun {
  readonly policy: RetryPolicy
  readonly clock: Clock
  /** The function's own log. */
  readonly log: Logger
  /** Aborting ends the retries; the attempt that runs is not touched. */
  readonly signal: AbortSignal | undefined
  /** Runs the function once. Must not reject. */
  attempt(state: RetryState): Promise<InvocationResult>
}

/**
 * The result of the first attempt that does not fail, or else of the last one. The texts of the log and their
 * levels are those of the WebJobs SDK (`FunctionExecutorExtensions`).
 */
export async function withRetry(run: RetryRun): Promise<InvocationResult> {
  const { policy, clock, log, signal } = run
  const { maxRetryCount } = policy
  let result = await run.attempt({ retryCount: 0, maxRetryCount })
  for (let retryCount = 1; result.status === 'failed'; retryCount++) {
    const delayMs = nextRetry(policy, retryCount, randomInteger(1001) / 1000)
    if (delayMs === undefined) {
      log.error(`Function execution failed after '${retryCount - 1}' retries.`, result.error)
      return result
    }
    log.debug(
      `Waiting for \`${formatTimeSpan(delayMs)}\` before retrying function execution. ` +
        `Next attempt: '${retryCount}'. Max retry count: '${maxRetryCount}'.`,
    )
    try {
      await clock.sleep(delayMs, signal)
    } catch {
      log.warn('Invocation cancelled - exiting retry loop.')
      return result
    }
    result = await run.attempt({ retryCount, maxRetryCount, exception: toRpcException(result.error) })
  }
  return result
}

function toRpcException(error: Error | undefined): RpcException {
  return { message: error?.message ?? '', stackTrace: error?.stack ?? '', source: '' }
}
