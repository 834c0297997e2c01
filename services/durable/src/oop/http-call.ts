/**
 * `callHttp`: what the built-in activity is asked for, and how a long-running answer is polled
 * (azure-functions-durable-extension, `TaskHttpActivityShim`).
 */
import type { HistoryEvent } from '../contracts.ts'
import { replaySchema } from './orchestrator-state.ts'
import type { HttpCall, TaskAction } from './worker-action.ts'

/** The activity that the host brings itself. */
export const httpActivity = 'BuiltIn::HttpActivity'

/** Input of the built-in activity. */
export interface HttpActivityInput extends HttpCall {
  /** Polls inside of the activity: for SDKs that know nothing of it. */
  readonly pollEveryMs?: number
}

export interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly content: string | null
}

export interface Poll {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly action: TaskAction
}

/** Credentials that only the host that was named may see. */
const credentialHeaders = ['authorization', 'cookie', 'x-functions-key', 'proxy-authorization']

/** Whether the SDK itself polls: it gives ids to the timer and the next request when it sees a 202. */
export function isPollingAction(request: HttpCall, schemaVersion: number): boolean {
  return schemaVersion >= replaySchema.v3 && request.asynchronousPatternEnabled === true
}

/** What comes after the answer in `event`; undefined when it is the last one. */
export function nextPoll(
  request: HttpCall,
  event: HistoryEvent | undefined,
  now: number,
  defaultDelayMs: number,
): Poll | undefined {
  const answer = typeof event?.Result === 'string' ? (JSON.parse(event.Result) as HttpAnswer | null) : null
  const location = answer?.statusCode === 202 ? headerOf(answer, 'location') : undefined
  if (!answer || location === undefined) return undefined
  const delayMs = retryAfterMs(headerOf(answer, 'retry-after'), now) ?? defaultDelayMs
  return {
    at: now + delayMs,
    action: { kind: 'http', key: undefined, request: pollRequest(request, location) },
  }
}

/** A GET of `location`, without the credentials when that is another origin. */
export function pollRequest(request: HttpCall, location: string): HttpCall {
  const target = new URL(location, request.uri)
  const isSameOrigin = target.origin === new URL(request.uri).origin
  const headers = Object.entries(request.headers ?? {}).filter(
    ([name]) => isSameOrigin || !credentialHeaders.includes(name.toLowerCase()),
  )
  const { content: _content, tokenSource, ...rest } = request
  return {
    ...rest,
    ...(isSameOrigin && tokenSource !== undefined && { tokenSource }),
    method: 'GET',
    uri: target.href,
    headers: Object.fromEntries(headers),
  }
}

export function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof found === 'string' ? found : found?.[0]
}

/** Seconds or an HTTP date. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (!value) return undefined
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
