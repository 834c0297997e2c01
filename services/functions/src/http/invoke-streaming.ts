/** Runs a function whose worker takes the request itself (`enableHttpStream`, custom handlers). */
import type { FunctionDefinition, InvocationResult } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import { emptyReply, parseQuery, type RouteMatch, replyOf } from '@aloft/wire/http'
import { httpBindingData } from '../app/index.ts'
import { toTriggerMetadata } from '../invoke/trigger-metadata.ts'
import type { HttpApp } from './app-gate.ts'
import { addressOf, type FrontExchange, respond } from './exchange.ts'
import { ForwardedExchange } from './forward.ts'
import type { HttpTarget } from './function-routes.ts'
import { HttpInvocation } from './http-invocation.ts'
import { requestUrl } from './invoke-buffered.ts'
import { requestHeaders } from './request-head.ts'

/** Invokes, forwards, and returns when both the invocation and the exchange have ended. */
export async function invokeStreaming(
  exchange: FrontExchange,
  app: HttpApp,
  match: RouteMatch<HttpTarget>,
): Promise<void> {
  const { request, response, front } = exchange
  const headers = requestHeaders(request)
  const forwarded = new ForwardedExchange({
    request,
    response,
    clock: front.clock,
    ...addressOf(exchange),
    extraHeaders: exchange.extraHeaders,
    rewrite: exchange.rewrite,
  })
  // The library takes headers, query and body from the forwarded request; the rest is for the host's own records.
  const data: TypedData = {
    http: { method: request.method, url: requestUrl(exchange), params: match.values },
  }
  const invocation = new HttpInvocation(data, headers, request.rawHeaders, {
    metadata: triggerMetadata(headers, exchange.query, match.values),
    forward: (target) => forwarded.start(target),
  })
  const running = app.invoker.invoke(match.target.definition.name, invocation)
  if (hasOutputs(match.target.definition))
    forwarded.hold(
      running.then(({ status }) => {
        if (status !== 'succeeded') forwarded.abort()
      }),
    )
  const settled = forwarded.over.then((outcome) => {
    if (outcome === 'client gone') invocation.abort()
    if (!(outcome instanceof Error)) return
    front.log.error(
      `${request.method} ${exchange.path} could not be forwarded to the worker: ${outcome.message}`,
    )
    invocation.abort()
    abandon(exchange)
  })
  answer(exchange, forwarded, await running)
  await settled
}

/** Whether the host writes anything besides the answer. */
function hasOutputs({ bindings }: FunctionDefinition): boolean {
  return bindings.some(({ direction, type }) => direction !== 'in' && type.toLowerCase() !== 'http')
}

/** Query, headers and the route's values; the library makes a parameter of the request of every text among them. */
function triggerMetadata(
  headers: Readonly<Record<string, string>>,
  query: string,
  params: Readonly<Record<string, string>>,
): Record<string, TypedData> {
  return toTriggerMetadata(httpBindingData({ body: undefined, query: parseQuery(query), headers, params }))
}

/** What is left to do for the client when the invocation has ended. */
function answer(exchange: FrontExchange, forwarded: ForwardedExchange, result: InvocationResult): void {
  if (result.status !== 'succeeded') {
    forwarded.abort()
    abandon(exchange)
  } else if (result.returnValue !== undefined) {
    // The worker has no answer of its own (a handler that returned nothing): it will never send one.
    forwarded.abort()
    respond(exchange, replyOf(result.returnValue, exchange.request.headers.accept))
  }
}

/** 500, or a cut connection when the client has part of an answer already. */
function abandon(exchange: FrontExchange): void {
  if (!exchange.response.headersSent) respond(exchange, emptyReply(500))
  else if (!exchange.response.writableEnded) exchange.response.destroy()
}
