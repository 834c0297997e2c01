/**
 * The short way to a function: requests that come whole and are answered whole, straight on the connection. It
 * takes what most calls are and answers as the front (front.ts) does; everything else is left to that.
 */
import { type DirectExchange, type DirectHandler, ensureError } from '@aloft/kernel'
import type { RpcHttp } from '@aloft/wire'
import {
  addHeaders,
  emptyReply,
  isReservedPath,
  parseQuery,
  parseTarget,
  type Reply,
  type RouteMatch,
  replyOf,
} from '@aloft/wire/http'
import type { HttpApp } from './app-gate.ts'
import { refusalOf } from './authorize.ts'
import { appHeaders, type HttpFrontOptions } from './exchange.ts'
import type { HttpTarget } from './function-routes.ts'
import { HttpInvocation } from './http-invocation.ts'
import { lendAfterRequests } from './lent-table.ts'
import { requestHost, requestProtocol } from './request-head.ts'

const noQuery: Record<string, string> = Object.freeze({})

/** Makes the handler of direct exchanges. It never throws. */
export function directFront(front: HttpFrontOptions): DirectHandler {
  const isCorsOn = front.cors.origins.length > 0
  return (exchange) => {
    const { app } = front.gate
    if (!app?.throttle.isOpen || (isCorsOn && exchange.headers.origin !== undefined)) return false
    const { path, query } = parseTarget(exchange.url)
    const match = findFunction(app, exchange.method, path)
    if (!match || (exchange.body && exchange.body.length > app.maxBodyBytes)) return false
    const refusal = refusalOf(front, match.target, exchange, query)
    if (refusal) respond(exchange, front, app, refusal)
    else invoke(exchange, front, app, match, query)
    return true
  }
}

/** Undefined when something else answers, or the function takes its requests as streams. */
function findFunction(app: HttpApp, method: string, path: string): RouteMatch<HttpTarget> | undefined {
  if (isReservedPath(path) || app.proxies?.find(method, path)) return undefined
  const match = app.routes.find(method, path)
  return match && !app.invoker.takesRequests(match.target.definition.id) ? match : undefined
}

function invoke(
  exchange: DirectExchange,
  front: HttpFrontOptions,
  app: HttpApp,
  { target, values }: RouteMatch<HttpTarget>,
  query: string,
): void {
  const { method, url, body } = exchange
  // Every header was sent once: none has more than one value.
  const headers = exchange.headers as Record<string, string>
  const { forwardedHeaders } = front
  const http: RpcHttp = {
    method,
    url: `${requestProtocol(exchange, forwardedHeaders)}://${requestHost(exchange, forwardedHeaders)}${url}`,
    headers,
    params: values,
    query: query === '' ? noQuery : parseQuery(query),
    body: body && { bytes: body },
  }
  const invocation = new HttpInvocation({ http }, headers, exchange.rawHeaders)
  exchange.onGone = () => invocation.abort()
  app.invoker
    .invoke(target.definition.name, invocation)
    .then((result) => {
      const isSuccess = result.status === 'succeeded'
      respond(exchange, front, app, isSuccess ? replyOf(result.returnValue, headers.accept) : emptyReply(500))
      if (exchange.requestCount >= lendAfterRequests) lend(exchange, front, app)
    })
    .catch((error: unknown) => {
      front.log.error(
        `${method} ${parseTarget(url).path} failed: ${ensureError(error).message}`,
        ensureError(error),
      )
      respond(exchange, front, app, emptyReply(500))
    })
}

/** From its next request on, the worker answers what it can by itself: no host stands between it and the client. */
function lend(
  exchange: DirectExchange,
  { gate, cors, forwardedHeaders }: HttpFrontOptions,
  app: HttpApp,
): void {
  const isHostNeeded = cors.origins.length > 0 || forwardedHeaders === 'trusted' || gate.app !== app
  if (app.lentTable && !isHostNeeded) app.invoker.lend?.(exchange, app.lentTable)
}

/** Sends a reply with the headers that every reply gets; one that HTTP does not allow becomes a logged 500. */
function respond(exchange: DirectExchange, front: HttpFrontOptions, app: HttpApp, reply: Reply): void {
  try {
    addHeaders(reply.headers, appHeaders(front, app, exchange))
    exchange.answer(reply)
  } catch (error) {
    const { path } = parseTarget(exchange.url)
    front.log.error(
      `The response to ${exchange.method} ${path} cannot be sent: ${ensureError(error).message}`,
    )
    exchange.answer(emptyReply(500))
  }
}
