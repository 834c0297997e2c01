/** How long a retry policy waits, and which triggers keep it. How policies are written is the app folder's matter. */
import type { RetryPolicy } from '@aloft/kernel'

/**
 * Milliseconds to wait before retry number `retry` (from 1), or undefined when there are no more retries.
 * The backoff is that of the WebJobs SDK (`RandomizedExponentialBackoffStrategy`): the minimum first, then the
 * minimum plus 1, 2, 4, ... times the minimum, each give or take a fifth, until the maximum.
 *
 * @param random in [0, 1]: where in that range the delay lies
 */
export function nextRetry(policy: RetryPolicy, retry: number, random: number): number | undefined {
  if (policy.maxRetryCount !== -1 && retry > policy.maxRetryCount) return undefined
  if (policy.strategy === 'fixedDelay') return policy.delayMs
  const { minimumMs, maximumMs } = policy
  if (minimumMs === 0) return 0
  const growth = retry === 1 ? 0 : (0.8 + 0.4 * random) * 2 ** (retry - 2)
  return Math.min(maximumMs, Math.round(minimumMs * (1 + growth)))
}

/** Triggers whose retries are here to stay: those that the WebJobs SDK marks `SupportsRetry`. */
const retryingTriggers = ['timertrigger', 'cosmosdbtrigger', 'eventhubtrigger', 'kafkatrigger', 'sqltrigger']

/** The host's warning at start for a function with a policy whose trigger does not name retries as its own. */
export function retrySupportWarning(functionName: string, triggerType: string): string | undefined {
  if (retryingTriggers.includes(triggerType.toLowerCase())) return undefined
  return (
    `Soon retries will not be supported for function '${functionName}'. ` +
    'For more information, please visit http://aka.ms/func-retry-policies.'
  )
}
