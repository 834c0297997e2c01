/** The HTTP front of a function app: from node:http's request to the function, and back. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ensureError, ServiceError } from '@aloft/kernel'
import { emptyReply, isBelow, parseTarget, type Reply, type RouteMatch, textReply } from '@aloft/wire/http'
import type { HttpApp } from './app-gate.ts'
import { isAuthorized, isWebhookAuthorized, refusalOf, requestKey } from './authorize.ts'
import { type CorsPolicy, corsHeaders, corsPolicy, isPreflight, preflightHeaders } from './cors.ts'
import { appHeaders, type FrontExchange, type HttpFrontOptions, respond } from './exchange.ts'
import type { HttpTarget } from './function-routes.ts'
import { homepage } from './homepage.ts'
import { invokeBuffered } from './invoke-buffered.ts'
import { invokeStreaming } from './invoke-streaming.ts'
import type { LocalRoute, ProxyTarget } from './proxy-route.ts'
import { parseWebhookPath } from './webhooks.ts'

/** Makes the listener for a node:http server. It answers every request and never throws. */
export function httpFront(
  options: HttpFrontOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const cors = corsPolicy(options.cors)
  return (request, response) => {
    const { path, query } = parseTarget(request.url ?? '/')
    const extraHeaders = cors ? corsHeaders(cors, request) : []
    const exchange: FrontExchange = {
      front: options,
      request,
      response,
      path,
      query,
      extraHeaders,
      localCalls: 0,
      address: undefined,
      rewrite: undefined,
    }
    try {
      serve(exchange, cors)?.catch((error: unknown) => fail(exchange, ensureError(error)))
    } catch (error) {
      fail(exchange, ensureError(error))
    }
  }
}

/** Not an asynchronous function, nor those that it calls on the way to a function: each would cost a microsecond. */
function serve(exchange: FrontExchange, cors: CorsPolicy | undefined): Promise<void> | undefined {
  const { front, request, path } = exchange
  if (cors && isPreflight(request)) {
    const headers = preflightHeaders(cors, request)
    respond({ ...exchange, extraHeaders: [] }, { status: 204, headers, body: undefined })
    return undefined
  }
  if (isBelow(path, '/admin')) return serveAdmin(exchange)
  const { app } = front.gate
  return app ? serveApp(exchange, app) : serveWhenReady(exchange)
}

async function serveWhenReady(exchange: FrontExchange): Promise<void> {
  const app = await exchange.front.gate.ready()
  if (!app) return serveUnavailable(exchange)
  await serveApp(exchange, app)
}

function serveApp(exchange: FrontExchange, app: HttpApp): Promise<void> | undefined {
  const { front, request, path } = exchange
  exchange.extraHeaders.push(...appHeaders(front, app, request))
  if (isBelow(path, '/runtime')) return serveWebhook(exchange)
  const method = request.method ?? 'GET'
  const proxy = app.proxies?.find(method, path)
  if (proxy) return serveLimited(exchange, app, proxy, runProxy)
  const match = app.routes.find(method, path)
  if (match) return serveFunction(exchange, app, match)
  respond(exchange, path === '/' ? homepageReply(front.appName, app) : emptyReply(404))
  return undefined
}

function serveFunction(exchange: FrontExchange, app: HttpApp, match: RouteMatch<HttpTarget>): Promise<void> {
  const refusal = refusalOf(exchange.front, match.target, exchange.request, exchange.query)
  if (refusal) return Promise.resolve(respond(exchange, refusal))
  // The request of a proxy that calls its own app is counted already.
  if (exchange.localCalls > 0 || app.throttle.isOpen) return runFunction(exchange, app, match)
  return serveLimited(exchange, app, match, runFunction)
}

function runFunction(exchange: FrontExchange, app: HttpApp, match: RouteMatch<HttpTarget>): Promise<void> {
  return app.invoker.takesRequests(match.target.definition.id)
    ? invokeStreaming(exchange, app, match)
    : invokeBuffered(exchange, app, match)
}

function runProxy(
  exchange: FrontExchange,
  app: HttpApp,
  { target, values }: RouteMatch<ProxyTarget>,
): Promise<void> {
  return target.answer(exchange, values, { find: (method, path) => findLocalRoute(app, method, path) })
}

function findLocalRoute(app: HttpApp, method: string, path: string): LocalRoute | undefined {
  const match = app.routes.find(method, path)
  if (match) return { kind: 'function', answer: (exchange) => serveFunction(exchange, app, match) }
  const proxy = app.proxies?.find(method, path)
  return proxy && { kind: 'proxy', answer: (exchange) => runProxy(exchange, app, proxy) }
}

/** Runs what answers as one of the requests that host.json limits. */
async function serveLimited<Target>(
  exchange: FrontExchange,
  app: HttpApp,
  match: RouteMatch<Target>,
  run: (exchange: FrontExchange, app: HttpApp, match: RouteMatch<Target>) => Promise<void>,
): Promise<void> {
  const admitted = app.throttle.enter()
  if (admitted === false) return respond(exchange, tooManyRequests())
  try {
    if (admitted !== true) await admitted
    if (exchange.response.destroyed) return
    await run(exchange, app, match)
  } finally {
    app.throttle.leave()
  }
}

function tooManyRequests(): Reply {
  return { status: 429, headers: ['X-FUNCTION-SCALEOUT', '1'], body: undefined }
}

async function serveAdmin(exchange: FrontExchange): Promise<void> {
  const { front, request, response, path, query } = exchange
  const isAdmin =
    !front.isAuthEnabled || isAuthorized(front.keys, requestKey(request, query), 'admin', undefined)
  const openStream = (headers: readonly string[]) =>
    response.writeHead(200, [...headers, ...exchange.extraHeaders])
  if (isBelow(path, '/admin/extensions')) return serveWebhook(exchange)
  const reply = await front.admin({ request, path, query, isAdmin, openStream })
  if (reply !== 'streamed') respond(exchange, reply ?? emptyReply(404))
}

async function serveWebhook(exchange: FrontExchange): Promise<void> {
  const { front, request, response, path, query } = exchange
  const target = parseWebhookPath(path)
  const webhook = target && front.webhooks.find(target.extension)
  const isProtected = front.isAuthEnabled && webhook?.authLevel !== 'anonymous'
  const keyOwner = webhook?.keyOwner ?? target?.extension ?? ''
  if (target && isProtected && !isWebhookAuthorized(front.keys, requestKey(request, query), keyOwner))
    return respond(exchange, emptyReply(401))
  if (!target || !webhook) return respond(exchange, emptyReply(404))
  const { extraHeaders } = exchange
  for (let index = 0; index < extraHeaders.length; index += 2)
    response.setHeader(extraHeaders[index]!, extraHeaders[index + 1]!)
  await webhook.handle({ request, response, rest: target.rest, query })
}

function serveUnavailable(exchange: FrontExchange): void {
  const { offlinePage: page, isRefusing } = exchange.front.gate
  if (isRefusing) respond(exchange, tooManyRequests())
  else if (page === undefined) respond(exchange, textReply(503, 'Function host is not running.'))
  else respond(exchange, textReply(503, page, 'text/html; charset=utf-8'))
}

function homepageReply(appName: string, app: HttpApp): Reply {
  return app.hasHomepage ? textReply(200, homepage(appName), 'text/html; charset=utf-8') : emptyReply(204)
}

/** Whatever went wrong: 500 with an empty body, or the end of a connection whose response has begun. */
function fail(exchange: FrontExchange, error: Error): void {
  const { request, response, path, front } = exchange
  if (error instanceof ServiceError && error.code === 'BodyTooLarge') {
    front.log.warn(`${request.method} ${path}: ${error.message} (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT).`)
    respond(exchange, { status: 413, headers: ['Connection', 'close'], body: undefined })
  } else if (error instanceof ServiceError && error.code === 'ClientGone') {
    // Nobody's fault, and nobody to answer.
    response.destroy()
  } else {
    front.log.error(`${request.method} ${path} failed: ${error.message}`, error)
    if (response.headersSent) response.destroy()
    else respond(exchange, emptyReply(500))
  }
}
