/** One call of the management API, and what answers it works with. */
import type { Clock } from '@aloft/kernel'
import type { InstanceStatus } from '../contracts.ts'
import type { TaskHub } from '../engine/task-hub.ts'
import type { ManagementAddress } from './management-urls.ts'

export interface ApiCall {
  readonly method: string
  /** What follows the base, decoded, split at `/`, without empty parts. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  /** Lower-case names. */
  header(name: string): string | undefined
  /** The whole address as the client wrote it. */
  readonly url: string
  body(): Promise<string>
  /** Calls `action` when the client has gone. */
  onGone(action: () => void): void
}

export interface ApiServices {
  readonly hub: TaskHub
  readonly clock: Clock
  readonly address: ManagementAddress
  /** Names of the app's orchestrator functions; undefined when it runs elsewhere and nothing is known of it. */
  readonly orchestrators: readonly string[] | undefined
}

/** The status of an instance when it has ended, after `timeoutMs`, or when the client has gone. */
export async function statusWithin(
  call: ApiCall,
  { hub, clock }: ApiServices,
  instanceId: string,
  timeoutMs: number,
): Promise<InstanceStatus | undefined> {
  const waiting = new AbortController()
  const timer = clock.after(timeoutMs, () => waiting.abort())
  call.onGone(() => waiting.abort())
  try {
    return await hub.waitFor(instanceId, 'ended', waiting.signal)
  } catch (error) {
    if (waiting.signal.aborted) return hub.status(instanceId)
    throw error
  } finally {
    timer.cancel()
  }
}

/** The value of a query parameter, whose name ignores case. */
export function parameter({ query }: ApiCall, name: string): string | undefined {
  const direct = query.get(name)
  if (direct !== null) return direct
  for (const [key, value] of query) if (key.toLowerCase() === name.toLowerCase()) return value
  return undefined
}

/** `true` or `false`, in any case; everything else is `fallback`. */
export function flag(call: ApiCall, name: string, fallback: 'true' | 'false'): 'true' | 'false' {
  const value = parameter(call, name)?.toLowerCase()
  return value === 'true' || value === 'false' ? value : fallback
}

/** Milliseconds since 1970; undefined when it is absent or no time. */
export function timeParameter(call: ApiCall, name: string): number | undefined {
  const value = parameter(call, name)
  const time = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}

/** Seconds as milliseconds. */
export function secondsParameter(call: ApiCall, name: string): number | undefined {
  const value = parameter(call, name)
  if (value === undefined || value.trim() === '') return undefined
  const seconds = Number(value)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

export function countParameter(call: ApiCall, name: string): number | undefined {
  const value = Number.parseInt(parameter(call, name) ?? '', 10)
  return Number.isNaN(value) || value <= 0 ? undefined : value
}
