/** host.json `extensions.queues`. */
import { availableParallelism } from 'node:os'
import { type AppContext, formatTimeSpan, parseTimeSpan } from '@aloft/kernel'
import { HostSection } from '../host-section.ts'

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
  const section = new HostSection(app, 'queues')
  const batchSize = section.wholeNumber('batchSize', 1, 32) ?? 16
  const ownThreshold = section.wholeNumber('newBatchThreshold', -1, 1000) ?? -1
  return {
    batchSize,
    // As the official extension has it: on a machine of its own, an app works on more at once.
    newBatchThreshold: ownThreshold === -1 ? Math.floor(batchSize / 2) * processorCount : ownThreshold,
    maxPollingIntervalMs: duration(section, 'maxPollingInterval', 100, dayMs) ?? 60_000,
    visibilityTimeoutMs: duration(section, 'visibilityTimeout', 0, 7 * dayMs) ?? 0,
    maxDequeueCount: section.wholeNumber('maxDequeueCount', 1, 2 ** 31 - 1) ?? 5,
    messageEncoding: encoding(section),
  }
}

/** As host.json would have them. */
export function describeQueueOptions(options: QueueOptions): Readonly<Record<string, unknown>> {
  const { maxPollingIntervalMs, visibilityTimeoutMs, ...rest } = options
  return {
    ...rest,
    maxPollingInterval: formatTimeSpan(maxPollingIntervalMs),
    visibilityTimeout: formatTimeSpan(visibilityTimeoutMs),
  }
}

/** A TimeSpan, or a number of milliseconds as host.json had it once. */
function duration(
  section: HostSection,
  name: string,
  minimumMs: number,
  maximumMs: number,
): number | undefined {
  const value = section.find(name)
  if (value === undefined) return undefined
  const ms = typeof value === 'number' ? value : parseTimeSpan(String(value))
  if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return ms
  throw section.wrong(name, `a duration (hh:mm:ss) from ${minimumMs / 1000} s to ${maximumMs / dayMs} days`)
}

function encoding(section: HostSection): QueueOptions['messageEncoding'] {
  const text = String(section.find('messageEncoding') ?? 'base64').toLowerCase()
  if (text === 'base64' || text === 'none') return text
  throw section.wrong('messageEncoding', '"base64" or "none"')
}
