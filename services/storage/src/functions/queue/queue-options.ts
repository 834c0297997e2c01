/** host.json `extensions.queues`. */
import { availableParallelism } from 'node:os'
import { type AppContext, parseTimeSpan, UserError } from '@aloft/kernel'

export interface QueueOptions {
  /** Messages asked for at once. */
  readonly batchSize: number
  /** More are asked for as soon as so many or fewer are being worked on. */
  readonly newBatchThreshold: number
  /** Of a queue elsewhere. */
  readonly maxPollingIntervalMs: number
  /** Until a message is tried again whose function failed. */
  readonly visibilityTimeoutMs: number
  /** After so many failures a message goes to the poison queue. */
  readonly maxDequeueCount: number
  readonly messageEncoding: 'base64' | 'none'
}

const dayMs = 86_400_000

/** @throws UserError that names the option */
export function readQueueOptions(app: AppContext, processorCount = availableParallelism()): QueueOptions {
  const section = app.extension('queues')
  const batchSize = wholeNumber(section, 'batchSize', 1, 32) ?? 16
  const ownThreshold = wholeNumber(section, 'newBatchThreshold', -1, 1000) ?? -1
  return {
    batchSize,
    // As the official extension has it: on a machine of its own, an app works on more at once.
    newBatchThreshold: ownThreshold === -1 ? Math.floor(batchSize / 2) * processorCount : ownThreshold,
    maxPollingIntervalMs: duration(section, 'maxPollingInterval', 100, dayMs) ?? 60_000,
    visibilityTimeoutMs: duration(section, 'visibilityTimeout', 0, 7 * dayMs) ?? 0,
    maxDequeueCount: wholeNumber(section, 'maxDequeueCount', 1, 2 ** 31 - 1) ?? 5,
    messageEncoding: encoding(section),
  }
}

type Section = Readonly<Record<string, unknown>>

function find(section: Section, name: string): unknown {
  const wanted = name.toLowerCase()
  const key = Object.keys(section).find((candidate) => candidate.toLowerCase() === wanted)
  return key === undefined ? undefined : (section[key] ?? undefined)
}

function wholeNumber(section: Section, name: string, minimum: number, maximum: number): number | undefined {
  const value = find(section, name)
  if (value === undefined) return undefined
  // App settings that override host.json are text.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
    return number
  throw wrong(name, value, `a whole number from ${minimum} to ${maximum}`)
}

/** A TimeSpan, or a number of milliseconds as host.json had it once. */
function duration(section: Section, name: string, minimumMs: number, maximumMs: number): number | undefined {
  const value = find(section, name)
  if (value === undefined) return undefined
  const ms = typeof value === 'number' ? value : parseTimeSpan(String(value))
  if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return ms
  throw wrong(name, value, `a duration (hh:mm:ss) from ${minimumMs / 1000} s to ${maximumMs / dayMs} days`)
}

function encoding(section: Section): QueueOptions['messageEncoding'] {
  const value = find(section, 'messageEncoding')
  const text = String(value ?? 'base64').toLowerCase()
  if (text === 'base64' || text === 'none') return text
  throw wrong('messageEncoding', value, '"base64" or "none"')
}

function wrong(name: string, value: unknown, expected: string): UserError {
  return new UserError(`'extensions.queues.${name}' must be ${expected}, but is ${JSON.stringify(value)}.`, {
    hint: 'See host.json.',
  })
}
