/** Who may see and change the files of an app. */

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Reply } from '@aloft/wire/http'
import { textReply } from '@aloft/wire/http'
import type { KeyRing } from '../../contracts.ts'
import { type AdminCall, isAuthorized, requestKey } from '../../http/index.ts'

/**
 * The refusal of a caller who may not. Who can change an app's files can run any code: where keys are not asked for,
 * it must be a program on this machine, and none that a web page has sent (a name that was made to lead here, or a
 * page of another origin).
 */
export function refuseCaller({ request, query, isAdmin }: AdminCall, keys: KeyRing): Reply | undefined {
  const hasKey = isAuthorized(keys, requestKey(request, query), 'admin', undefined)
  if (hasKey || (isAdmin && isLocalProgram(request))) return undefined
  return textReply(403, 'The files of the app are for callers with the master key, or on this machine.')
}

function isLocalProgram({ headers, socket }: IncomingMessage): boolean {
  const { host = '', origin } = headers
  const site = headers['sec-fetch-site']
  const isSameSite = site === undefined || site === 'none' || site === 'same-origin'
  const isOwnOrigin = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  return isLoopback(socket.remoteAddress ?? '') && isLocalName(host) && isSameSite && isOwnOrigin
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/** A name that nobody can make lead here, or an address. */
function isLocalName(host: string): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0
}
