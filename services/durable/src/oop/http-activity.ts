/**
 * The built-in activity behind `callHttp` (azure-functions-durable-extension, `TaskHttpActivityShim`). Transport
 * errors fail it, statuses never do.
 */
import { type Clock, ensureError } from '@aloft/kernel'
import { type HttpActivityInput, type HttpAnswer, headerOf, pollRequest, retryAfterMs } from './http-call.ts'
import type { HttpCall } from './worker-action.ts'

export interface HttpActivityServices {
  readonly clock: Clock
  /** An app setting, for the endpoint that hands out tokens. */
  setting(name: string): string | undefined
}

/** @throws Error with what kept the request from being answered */
export async function runHttpActivity(
  input: HttpActivityInput,
  services: HttpActivityServices,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let request: HttpCall = input
  for (;;) {
    const answer = await send(request, services, signal)
    const location = headerOf(answer, 'location')
    if (input.pollEveryMs === undefined || answer.statusCode !== 202 || location === undefined) return answer
    const { clock } = services
    const delayMs = retryAfterMs(headerOf(answer, 'retry-after'), clock.now()) ?? input.pollEveryMs
    await clock.sleep(delayMs, signal)
    request = pollRequest(request, location)
  }
}

async function send(
  request: HttpCall,
  services: HttpActivityServices,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const headers = new Headers(Object.entries(request.headers ?? {}))
  const resource = tokenResource(request.tokenSource)
  if (resource !== undefined)
    headers.set('Authorization', `Bearer ${await managedIdentityToken(resource, services, signal)}`)
  const hasBody = request.content != null && !/^(get|head)$/i.test(request.method)
  if (hasBody && !headers.has('content-type')) headers.set('Content-Type', 'application/json')
  const deadline = new AbortController()
  const timeoutMs = timeoutOf(request.timeout)
  const timer = timeoutMs === undefined ? undefined : services.clock.after(timeoutMs, () => deadline.abort())
  try {
    const response = await fetch(request.uri, {
      method: request.method.toUpperCase(),
      headers,
      ...(hasBody && { body: request.content! }),
      signal: AbortSignal.any([signal, deadline.signal]),
    })
    const content = await response.text()
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), content }
  } catch (thrown) {
    const error = ensureError(thrown)
    if (deadline.signal.aborted)
      throw new Error(`The HTTP request to ${request.uri} was not answered within ${timeoutMs} ms.`)
    throw new Error(`HttpRequestException: ${reasonOf(error)} (${request.uri})`, { cause: error })
  } finally {
    timer?.cancel()
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : message
}

function tokenResource(tokenSource: unknown): string | undefined {
  if (typeof tokenSource !== 'object' || tokenSource === null) return undefined
  const { resource } = tokenSource as { readonly resource?: unknown }
  return typeof resource === 'string' ? resource : undefined
}

/** As Azure's App Service hands them out; the settings name where. */
async function managedIdentityToken(
  resource: string,
  { setting }: HttpActivityServices,
  signal: AbortSignal,
): Promise<string> {
  const endpoint = setting('IDENTITY_ENDPOINT')
  const secret = setting('IDENTITY_HEADER')
  if (!endpoint || !secret)
    throw new Error(
      `callHttp was asked for a managed identity token for '${resource}', but there is no identity here. Set IDENTITY_ENDPOINT and IDENTITY_HEADER, or send an Authorization header yourself.`,
    )
  const url = new URL(endpoint)
  url.searchParams.set('api-version', '2019-08-01')
  url.searchParams.set('resource', resource.replace(/\/\.default$/, ''))
  const response = await fetch(url, { headers: { 'X-IDENTITY-HEADER': secret }, signal })
  const body = (await response.json()) as { readonly access_token?: string }
  if (!response.ok || typeof body.access_token !== 'string')
    throw new Error(`The identity endpoint answered ${response.status} for '${resource}'.`)
  return body.access_token
}

/** A .NET time span or a number of milliseconds. */
function timeoutOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const parts = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(value)
  if (!parts) return undefined
  const [, days = '0', hours, minutes, seconds] = parts
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
