/** Who may do what: access keys in the header `x-functions-key` or the query's `code`. */

import { emptyReply, parseQuery, type Reply } from '@aloft/wire/http'
import type { KeyLevel, KeyRing } from '../contracts.ts'
import type { AuthLevel, HttpTarget } from './function-routes.ts'
import type { RequestHead } from './request-head.ts'

/** The levels of key that each kind of endpoint accepts. */
const accepted: Readonly<Record<AuthLevel, readonly KeyLevel[]>> = {
  anonymous: [],
  function: ['function', 'host', 'admin'],
  system: ['system', 'admin'],
  admin: ['admin'],
}

/** The key that a request carries: the header, else the query. '' counts as none. */
export function requestKey(request: Pick<RequestHead, 'headers'>, query: string): string | undefined {
  const header = request.headers['x-functions-key']
  if (header !== undefined) return (Array.isArray(header) ? header[0] : header) || undefined
  if (!query.toLowerCase().includes('code=')) return undefined
  for (const [name, value] of Object.entries(parseQuery(query)))
    if (name.toLowerCase() === 'code') return value || undefined
  return undefined
}

/** Whether `key` reaches `level` for the function (undefined = the host itself). */
export function isAuthorized(
  keys: KeyRing,
  key: string | undefined,
  level: AuthLevel,
  functionName: string | undefined,
): boolean {
  if (level === 'anonymous') return true
  if (key === undefined) return false
  const reached = keys.levelOf(key, functionName)
  return reached !== undefined && accepted[level].includes(reached)
}

/** The reply for a caller who may not run the function, or for a disabled one, which only the owner may run. */
export function refusalOf(
  { keys, isAuthEnabled }: { readonly keys: KeyRing; readonly isAuthEnabled: boolean },
  { definition, authLevel }: HttpTarget,
  request: Pick<RequestHead, 'headers'>,
  query: string,
): Reply | undefined {
  const needsKey = isAuthEnabled && authLevel !== 'anonymous'
  if (!needsKey && !definition.isDisabled) return undefined
  const key = requestKey(request, query)
  if (needsKey && !isAuthorized(keys, key, authLevel, definition.name)) return emptyReply(401)
  if (definition.isDisabled && !isAuthorized(keys, key, 'admin', definition.name)) return emptyReply(404)
  return undefined
}

/** Whether `key` opens the webhooks of an extension: its own system key, or the master key. */
export function isWebhookAuthorized(keys: KeyRing, key: string | undefined, extension: string): boolean {
  if (key === undefined) return false
  return keys.isSystemKey(key, systemKeyName(extension)) || keys.levelOf(key, undefined) === 'admin'
}

/** The name of the system key that opens `/runtime/webhooks/{extension}`. */
export function systemKeyName(extension: string): string {
  return `${extension.toLowerCase()}_extension`
}
