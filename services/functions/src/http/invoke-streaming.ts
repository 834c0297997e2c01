/** Runs a function whose worker takes the request itself (`enableHttpStream`, custom handlers). */
import type { InvocationResult } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import type { HttpApp } from './app-gate.ts'
import { addressOf, type FrontExchange, respond } from './exchange.ts'
import { ForwardedExchange } from './forward.ts'
import type { HttpTarget } from './function-routes.ts'
import { HttpInvocation } from './http-invocation.ts'
import { requestUrl } from './invoke-buffered.ts'
import { missingAnswerGraceMs } from './limits.ts'
import { emptyReply } from './reply.ts'
import { requestHeaders } from './request-head.ts'
import { replyOf } from './result.ts'
import type { RouteMatch } from './route-table.ts'

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
    metadata: triggerMetadata(headers, match.values),
    forward: (target) => forwarded.start(target),
  })
  const running = app.invoker.invoke(match.target.definition.name, invocation)
  const settled = forwarded.over.then((outcome) => {
    if (outcome === 'client gone') invocation.abort()
    if (!(outcome instanceof Error)) return
    front.log.error(
      `${request.method} ${exchange.path} could not be forwarded to the worker: ${outcome.message}`,
    )
    invocation.abort()
    abandon(exchange)
  })
  await answer(exchange, forwarded, await running, match.target)
  await settled
}

/** `Headers` as the client sent them, and the route's values; the library makes every other entry a parameter. */
function triggerMetadata(
  headers: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = { Headers: { json: JSON.stringify(headers) } }
  for (const name in values) metadata[name] = { string: values[name]! }
  return metadata
}

/** What is left to do for the client when the invocation has ended. */
async function answer(
  exchange: FrontExchange,
  forwarded: ForwardedExchange,
  result: InvocationResult,
  target: HttpTarget,
): Promise<void> {
  if (result.status !== 'succeeded') {
    forwarded.abort()
    return abandon(exchange)
  }
  if (result.returnValue === undefined && !(await isUnanswered(exchange, forwarded, target))) return
  // A handler that returned nothing has no answer, and its library will never send one.
  forwarded.abort()
  respond(exchange, replyOf(result.returnValue, exchange.request.headers.accept))
}

/** Whether the worker will not answer any more, as only the Node library does without saying so. */
async function isUnanswered(
  exchange: FrontExchange,
  forwarded: ForwardedExchange,
  target: HttpTarget,
): Promise<boolean> {
  if (exchange.response.headersSent || target.definition.language !== 'node') return false
  const { clock } = exchange.front
  // The library sends its answer before it ends the invocation, but over another connection.
  return new Promise((resolve) => {
    const timer = clock.after(missingAnswerGraceMs, () => resolve(true))
    const onAnswer = () => {
      timer.cancel()
      resolve(false)
    }
    forwarded.answering.then(onAnswer)
    forwarded.over.then(onAnswer)
  })
}

/** 500, or a cut connection when the client has part of an answer already. */
function abandon(exchange: FrontExchange): void {
  if (!exchange.response.headersSent) respond(exchange, emptyReply(500))
  else if (!exchange.response.writableEnded) exchange.response.destroy()
}
