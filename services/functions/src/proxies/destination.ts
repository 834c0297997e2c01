/** Where a proxy's call goes: to a server, or to the app itself, which needs no socket. */
import { parseTarget } from '@aloft/wire/http'
import type { FrontExchange, LocalApp, LocalRoute } from '../http/index.ts'
import { type BackEndRequest, overrideHeaders } from './back-end-request.ts'
import { maxForwards } from './limits.ts'
import type { ProxyServices } from './proxy-services.ts'

export type Destination =
  | { readonly kind: 'server'; readonly backEnd: BackEndRequest }
  | { readonly kind: 'app'; readonly route: LocalRoute | undefined }
  | { readonly kind: 'loop' }

/**
 * `localhost` and the app's own host name mean the app, whatever the protocol. Azure ignores the port too; here
 * another port is another server on this machine, unless a function has the route.
 */
export function chooseDestination(
  services: ProxyServices,
  { request }: FrontExchange,
  backEnd: BackEndRequest,
  app: LocalApp,
): Destination {
  const { origin, method, target } = backEnd
  const isOwnName = origin.host === services.hostName
  if (!isOwnName && origin.hostname !== 'localhost') return toServer(backEnd)
  const ownPort = request.socket.localPort
  if (services.callsItselfOverHttp) {
    const isPortGiven = isOwnName || origin.port !== ''
    return toServer(isPortGiven ? backEnd : { ...backEnd, origin: new URL(`http://localhost:${ownPort}`) })
  }
  const route = app.find(method, parseTarget(target).path)
  const isOtherServer = !isOwnName && origin.port !== '' && Number(origin.port) !== ownPort
  return isOtherServer && route?.kind !== 'function' ? toServer(backEnd) : { kind: 'app', route }
}

/** `Max-Forwards` ends loops over several servers, as it does on App Service. */
function toServer(backEnd: BackEndRequest): Destination {
  const { headers } = backEnd
  const index = headers.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'max-forwards')
  const received = index === -1 ? Number.NaN : Number.parseInt(headers[index + 1]!, 10)
  if (received <= 0) return { kind: 'loop' }
  const left = Number.isNaN(received) ? maxForwards : received - 1
  const counted = overrideHeaders(headers, [['Max-Forwards', String(left)]])
  return { kind: 'server', backEnd: { ...backEnd, headers: counted } }
}
