/** A request handler made of routes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from './listener.ts'
import { sendEmpty } from './response.ts'
import { type RoutePattern, Router, type RouterOptions } from './router.ts'

/** A request on its way through its route. */
export class Exchange<R extends Route = Route> {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** With the service's own facts, such as what the caller must be allowed to do. */
  readonly route: R
  /** Values of the pattern's parameters, URL-decoded. */
  readonly params: Readonly<Record<string, string>>
  /** As sent, without the query. */
  readonly path: string
  readonly #search: string
  #query: URLSearchParams | undefined

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    route: R,
    params: Readonly<Record<string, string>>,
    target: { readonly path: string; readonly search: string },
  ) {
    this.request = request
    this.response = response
    this.route = route
    this.params = params
    this.path = target.path
    this.#search = target.search
  }

  /** Parsed at first use. */
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search)
    return this.#query
  }
}

export interface Route extends RoutePattern {
  /** Answers on `exchange.response`; what it throws goes to the `failed` hook. */
  handler(exchange: Exchange): void | Promise<void>
}

export interface RouteHooks<R extends Route> extends RouterOptions {
  /** Renders an error in the service's wire shape; the response may have begun already. */
  failed(error: unknown, request: IncomingMessage, response: ServerResponse): void
  /** Runs before the handler: authorisation, common headers. What it throws goes to `failed`. */
  before?(exchange: Exchange<R>): void | Promise<void>
  /** @default 404 without content */
  notFound?(request: IncomingMessage, response: ServerResponse): void
  /** @default 405 with `Allow` */
  methodNotAllowed?(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): void
}

/** Answers requests by the first matching of `routes`; broken percent encoding is answered 400. */
export function routeHandler<R extends Route>(routes: readonly R[], hooks: RouteHooks<R>): RequestHandler {
  const router = new Router(routes, hooks)
  return (request, response) => {
    const target = splitTarget(request.url!)
    const match = router.match(request.method!, target.path)
    switch (match.kind) {
      case 'found': {
        const exchange = new Exchange(request, response, match.route, match.params, target)
        void run(exchange, hooks)
        return
      }
      case 'method not allowed':
        if (hooks.methodNotAllowed) hooks.methodNotAllowed(request, response, match.allowed)
        else sendEmpty(response, 405, { Allow: match.allowed.join(', ') })
        return
      case 'not found':
        if (hooks.notFound) hooks.notFound(request, response)
        else sendEmpty(response, 404)
        return
      case 'malformed':
        sendEmpty(response, 400)
    }
  }
}

/** Path and query of a request's target; also of the absolute form that proxies are sent. */
export function splitTarget(url: string): { readonly path: string; readonly search: string } {
  const start = url.startsWith('/') ? 0 : pathStart(url)
  const question = url.indexOf('?', start)
  if (question === -1) return { path: url.slice(start) || '/', search: '' }
  return { path: url.slice(start, question) || '/', search: url.slice(question) }
}

function pathStart(url: string): number {
  const scheme = /^https?:\/\/[^/?]*/i.exec(url)
  return scheme ? scheme[0].length : 0
}

async function run<R extends Route>(exchange: Exchange<R>, hooks: RouteHooks<R>): Promise<void> {
  try {
    const before = hooks.before?.(exchange)
    if (before) await before
    const work = exchange.route.handler(exchange)
    if (work) await work
  } catch (error) {
    hooks.failed(error, exchange.request, exchange.response)
  }
}
