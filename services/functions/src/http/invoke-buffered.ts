/** Runs a function with the whole request in hand. This is the hottest path of the host. */
import { onDisconnect, readBody } from '@aloft/kernel'
import type { RpcHttp } from '@aloft/wire'
import { emptyReply, parseQuery, type RouteMatch, replyOf } from '@aloft/wire/http'
import type { HttpApp } from './app-gate.ts'
import { addressOf, type FrontExchange, respond } from './exchange.ts'
import type { HttpTarget } from './function-routes.ts'
import { HttpInvocation } from './http-invocation.ts'
import { hasBody } from './request-body.ts'
import { requestHeaders } from './request-head.ts'

const noQuery: Record<string, string> = Object.freeze({})

/** Invokes and answers. The invocation's signal aborts when the client goes away first. */
export async function invokeBuffered(
  exchange: FrontExchange,
  app: HttpApp,
  match: RouteMatch<HttpTarget>,
): Promise<void> {
  const { request, response } = exchange
  const body = hasBody(request) ? await readBody(request, app.maxBodyBytes) : undefined
  const headers = requestHeaders(request)
  const http: RpcHttp = {
    method: request.method,
    url: requestUrl(exchange),
    headers,
    params: match.values,
    query: exchange.query === '' ? noQuery : parseQuery(exchange.query),
    body: body && { bytes: body },
  }
  const invocation = new HttpInvocation({ http }, headers, request.rawHeaders)
  onDisconnect(response, () => invocation.abort())
  const result = await app.invoker.invoke(match.target.definition.name, invocation)
  respond(
    exchange,
    result.status === 'succeeded' ? replyOf(result.returnValue, request.headers.accept) : emptyReply(500),
  )
}

/** The absolute URL that the client asked for. */
export function requestUrl(exchange: FrontExchange): string {
  const target = exchange.request.url ?? '/'
  if (target.charCodeAt(0) !== 47) return target
  const { protocol, host } = addressOf(exchange)
  return `${protocol}://${host}${target}`
}
