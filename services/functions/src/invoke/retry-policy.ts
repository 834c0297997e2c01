/** Retry policies: how they are written, and how long each waits. */
import { type FileLocation, parseTimeSpan, type RetryPolicy, UserError } from '@aloft/kernel'
import type { RpcDuration, RpcRetryOptions } from '@aloft/wire'

const strategies = ['fixedDelay', 'exponentialBackoff'] as const

/**
 * Reads `retry` of host.json or function.json; names ignore case, durations are TimeSpans.
 * undefined when there is none; throws UserError, naming the option, when it is not valid.
 */
export function parseRetryPolicy(value: unknown, location?: FileLocation): RetryPolicy | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(`must be an object, but is ${JSON.stringify(value)}`, location)
  }
  const options = new Map(Object.entries(value).map(([name, option]) => [name.toLowerCase(), option]))
  return checkPolicy(
    {
      strategy: options.get('strategy'),
      maxRetryCount: options.get('maxretrycount'),
      delayInterval: timeSpanMs('delayInterval', options, location),
      minimumInterval: timeSpanMs('minimumInterval', options, location),
      maximumInterval: timeSpanMs('maximumInterval', options, location),
    },
    location,
  )
}

/** The policy that a worker declared for a function. Throws UserError when it is not valid. */
export function toRetryPolicy(options: RpcRetryOptions, location?: FileLocation): RetryPolicy {
  return checkPolicy(
    {
      strategy: options.retryStrategy,
      maxRetryCount: options.maxRetryCount,
      delayInterval: durationMs(options.delayInterval),
      minimumInterval: durationMs(options.minimumInterval),
      maximumInterval: durationMs(options.maximumInterval),
    },
    location,
  )
}

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

/** A policy as written, with its durations in milliseconds. */
interface WrittenPolicy {
  readonly strategy: unknown
  readonly maxRetryCount: unknown
  readonly delayInterval: number | undefined
  readonly minimumInterval: number | undefined
  readonly maximumInterval: number | undefined
}

function checkPolicy(written: WrittenPolicy, location: FileLocation | undefined): RetryPolicy {
  const strategy = strategyOf(written.strategy, location)
  const maxRetryCount = retryCountOf(written.maxRetryCount, location)
  const durationOf = (name: 'delayInterval' | 'minimumInterval' | 'maximumInterval'): number => {
    const ms = written[name]
    if (ms === undefined) throw invalid(`'${strategy}' needs '${name}'`, location)
    if (ms < 0) throw invalid(`'${name}' must not be negative`, location)
    return ms
  }
  if (strategy === 'fixedDelay') {
    return { strategy, maxRetryCount, delayMs: durationOf('delayInterval'), minimumMs: 0, maximumMs: 0 }
  }
  const minimumMs = durationOf('minimumInterval')
  const maximumMs = durationOf('maximumInterval')
  if (minimumMs > maximumMs) {
    throw invalid(`'minimumInterval' must not be greater than 'maximumInterval'`, location)
  }
  return { strategy, maxRetryCount, delayMs: 0, minimumMs, maximumMs }
}

/** As in the host, a policy without a strategy is a fixed delay. */
function strategyOf(value: unknown, location: FileLocation | undefined): RetryPolicy['strategy'] {
  if (value === undefined || value === null) return 'fixedDelay'
  const found = strategies.find((name) => name.toLowerCase() === String(value).toLowerCase())
  if (!found) throw invalid(`'strategy' must be one of ${strategies.join(', ')}, but is '${value}'`, location)
  return found
}

/** Numbers may come as text: settings that override host.json (`AzureFunctionsJobHost__retry__…`) are text. */
function retryCountOf(value: unknown, location: FileLocation | undefined): number {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof count === 'number' && Number.isInteger(count) && count >= -1) return count
  const problem = value === undefined || value === null ? 'is missing' : `is ${JSON.stringify(value)}`
  throw invalid(`'maxRetryCount' ${problem}; it must be a whole number, or -1 to retry for ever`, location)
}

function timeSpanMs(
  name: string,
  options: ReadonlyMap<string, unknown>,
  location: FileLocation | undefined,
): number | undefined {
  const value = options.get(name.toLowerCase())
  if (value === undefined || value === null) return undefined
  const ms = typeof value === 'string' ? parseTimeSpan(value) : undefined
  if (ms === undefined) {
    throw invalid(
      `'${name}' must be a time span such as "00:00:10", but is ${JSON.stringify(value)}`,
      location,
    )
  }
  return ms
}

function durationMs(duration: RpcDuration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1000 + (duration.nanos ?? 0) / 1_000_000
}

function invalid(problem: string, location: FileLocation | undefined): UserError {
  return new UserError(`The retry policy is not valid: ${problem}.`, {
    location,
    hint: 'See https://aka.ms/func-retry-policies.',
  })
}
