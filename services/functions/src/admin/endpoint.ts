/** What an endpoint of the admin API is made of. */
import { type RoutePattern, readBody } from '@aloft/kernel'
import { parseQuery, type Reply, textReply } from '@aloft/wire/http'
import { type AdminCall, requestHost, requestProtocol } from '../http/index.ts'

export interface AdminRequest {
  readonly call: AdminCall
  readonly params: Readonly<Record<string, string>>
}

export interface AdminEndpoint extends RoutePattern {
  /** @default 'admin' */
  readonly access?: 'admin' | 'anonymous'
  /** Whether the app must run; else 503. @default false */
  readonly needsRunningApp?: boolean
  /** `streamed` = by `call.openStream`. */
  answer(request: AdminRequest): Reply | 'streamed' | Promise<Reply | 'streamed'>
}

/** Far above what these calls carry. */
const maxBodyBytes = 1_048_576

/**
 * The JSON of the body. @throws Error when it is not JSON; ServiceError when it is too long
 * @param mend corrects the text before it is parsed
 */
export async function readJsonBody(
  { call }: AdminRequest,
  mend: (text: string) => string = (text) => text,
): Promise<unknown> {
  const body = await readBody(call.request, maxBodyBytes)
  return JSON.parse(mend(body.toString().replace(/^\uFEFF/, '')))
}

export function queryOf({ call }: AdminRequest): Readonly<Record<string, string>> {
  return parseQuery(call.query)
}

/** Where the request was sent to, e.g. `http://localhost:7071`. */
export function originOf({ call }: AdminRequest): string {
  return `${requestProtocol(call.request, 'ignored')}://${requestHost(call.request, 'ignored')}`
}

/** The absolute URL of the resource that was asked for, without its query. */
export function selfUrl(request: AdminRequest): string {
  return `${originOf(request)}${request.call.path}`
}

export function badRequest(message: string): Reply {
  return textReply(400, message)
}
