/** Retry policies of host.json, function.json and the workers (sdk `FixedDelayRetryAttribute`, `ExponentialBackoffRetryAttribute`). */
import { type RetryPolicy, UserError } from '@aloft/kernel'
import type { RpcDuration, RpcRetryOptions } from '@aloft/wire'
import { readChoice, readInteger, readTimeSpanMs, type Section, wrongValue } from './config-section.ts'
import { formatLocation, locate } from './json-document.ts'

const strategies = ['fixedDelay', 'exponentialBackoff'] as const

/** Reads a `retry` section; undefined when it is absent. Throws a UserError that names the option. */
export function readRetryPolicy(section: Section): RetryPolicy | undefined {
  if (Object.keys(section.values).length === 0) return undefined
  const strategy = required(section, 'strategy', readChoice(section, 'strategy', strategies))
  const maxRetryCount = required(
    section,
    'maxRetryCount',
    readInteger(section, 'maxRetryCount', { minimum: -1 }),
  )
  if (strategy === 'fixedDelay') {
    const delayMs = required(section, 'delayInterval', readTimeSpanMs(section, 'delayInterval'))
    return { strategy, maxRetryCount, delayMs, minimumMs: 0, maximumMs: 0 }
  }
  const minimumMs = required(section, 'minimumInterval', readTimeSpanMs(section, 'minimumInterval'))
  const maximumMs = required(section, 'maximumInterval', readTimeSpanMs(section, 'maximumInterval'))
  if (maximumMs < minimumMs) {
    const entry = { key: 'maximumInterval', value: section.values.maximumInterval }
    throw wrongValue(section, entry, 'at least minimumInterval')
  }
  return { strategy, maxRetryCount, delayMs: 0, minimumMs, maximumMs }
}

/** The policy that a worker registered with a function; throws an Error that names what is missing. */
export function toRetryPolicy(options: RpcRetryOptions): RetryPolicy {
  const { retryStrategy: strategy, maxRetryCount } = options
  if (!Number.isInteger(maxRetryCount) || maxRetryCount < -1) {
    throw new Error(
      `The retry option 'maxRetryCount' must be a whole number of at least -1, but is ${maxRetryCount}.`,
    )
  }
  if (strategy === 'fixedDelay') {
    const delayMs = toMs(options.delayInterval, 'delayInterval')
    return { strategy, maxRetryCount, delayMs, minimumMs: 0, maximumMs: 0 }
  }
  const minimumMs = toMs(options.minimumInterval, 'minimumInterval')
  const maximumMs = toMs(options.maximumInterval, 'maximumInterval')
  if (maximumMs < minimumMs) {
    throw new Error("The retry option 'maximumInterval' must be at least 'minimumInterval'.")
  }
  return { strategy, maxRetryCount, delayMs: 0, minimumMs, maximumMs }
}

/** The policy in the shape in which workers register it. */
export function toRpcRetryOptions(policy: RetryPolicy): RpcRetryOptions {
  return {
    maxRetryCount: policy.maxRetryCount,
    retryStrategy: policy.strategy,
    delayInterval: toDuration(policy.delayMs),
    minimumInterval: toDuration(policy.minimumMs),
    maximumInterval: toDuration(policy.maximumMs),
  }
}

function required<Value>(section: Section, key: string, value: Value | undefined): Value {
  if (value !== undefined) return value
  const location = locate(section.document, section.path)
  const path = [...section.path, key].join('.')
  throw new UserError(`${formatLocation(location)}: '${path}' is missing; the retry strategy needs it.`, {
    location,
  })
}

function toMs(duration: RpcDuration | undefined, name: string): number {
  if (!duration) throw new Error(`The retry option '${name}' is missing; the retry strategy needs it.`)
  const ms = duration.seconds * 1000 + (duration.nanos ?? 0) / 1e6
  if (!(ms >= 0)) throw new Error(`The retry option '${name}' must not be negative.`)
  return ms
}

function toDuration(ms: number): RpcDuration {
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) }
}
