/** One request that a proxy answers. */
import { ensureError } from '@aloft/kernel'
import { emptyReply, hasHeader, parseTarget, type RouteValues, textReply } from '@aloft/wire/http'
import {
  addressOf,
  type FrontExchange,
  type LocalApp,
  type LocalRoute,
  type ResponseRewrite,
  requestUrl,
  respond,
} from '../http/index.ts'
import { callBackEnd } from './back-end-call.ts'
import { type BackEndRequest, backEndRequest, proxyRequest, redirectRequest } from './back-end-request.ts'
import { UnusableUri } from './back-end-uri.ts'
import type { ProxyDefinition } from './definition.ts'
import { chooseDestination } from './destination.ts'
import { ProxyExecution } from './execution.ts'
import { maxLocalRedirects } from './limits.ts'
import type { ProxyServices } from './proxy-services.ts'
import { responseRewriting } from './response-rewriting.ts'
import { type TraceRecorder, traceableHeaders, traceableUrl } from './traces.ts'
import type { ProxyRequest } from './variables.ts'

/** What is the same through the whole of the request. */
interface ProxyCall {
  readonly definition: ProxyDefinition
  readonly services: ProxyServices
  readonly exchange: FrontExchange
  readonly app: LocalApp
  readonly request: ProxyRequest
  readonly execution: ProxyExecution
  readonly trace: TraceRecorder | undefined
  /** Flat headers that tell the client where its trace is. */
  readonly traceHeaders: readonly string[]
}

/** Answers the request and resolves when that is done; see `ProxyTarget.answer`. */
export async function answerByProxy(
  definition: ProxyDefinition,
  services: ProxyServices,
  exchange: FrontExchange,
  values: RouteValues,
  app: LocalApp,
): Promise<void> {
  if (definition.isDisabled) return respond(exchange, emptyReply(404))
  const execution = new ProxyExecution(definition.name, services, exchange, requestUrl(exchange))
  const request = proxyRequest(exchange, values)
  const { trace, traceHeaders } = beginTrace(definition, services, exchange, execution)
  const call = { definition, services, exchange, app, request, execution, trace, traceHeaders }
  try {
    execution.end(await run(call))
  } catch (thrown) {
    execution.end(ensureError(thrown))
    throw thrown
  }
}

/** The error for which the proxy has failed, which its client has been told. */
async function run(call: ProxyCall): Promise<Error | undefined> {
  const { definition, services, exchange, request, execution, app, trace } = call
  let backEnd: BackEndRequest | undefined
  try {
    const { decodesSlashes } = services
    const { traceParent } = execution
    backEnd = backEndRequest(definition, exchange, request, { decodesSlashes, traceParent })
  } catch (error) {
    if (!(error instanceof UnusableUri)) throw error
    return refuse(call, 400, error.message)
  }
  const rewrite = rewriting(call, backEnd)
  if (!backEnd) {
    respond({ ...exchange, rewrite }, emptyReply(200))
    return undefined
  }
  trace?.note('inbound', 'set-backend-service', describe(backEnd))
  const destination = chooseDestination(services, exchange, backEnd, app)
  if (destination.kind === 'loop') return refuseLoop(call, backEnd, rewrite)
  if (destination.kind === 'app') return callApp(call, backEnd, destination.route, rewrite)
  return callServer(call, destination.backEnd, rewrite)
}

async function callApp(
  call: ProxyCall,
  backEnd: BackEndRequest,
  route: LocalRoute | undefined,
  rewrite: ResponseRewrite,
): Promise<Error | undefined> {
  const { exchange, trace } = call
  if (exchange.localCalls > maxLocalRedirects) return refuseLoop(call, backEnd, rewrite)
  trace?.note('backend', 'call-app', { answeredBy: route?.kind ?? 'nothing' })
  if (!route) {
    respond({ ...exchange, rewrite }, emptyReply(404))
    return undefined
  }
  redirectRequest(exchange, backEnd)
  const { origin, target } = backEnd
  await route.answer({
    ...exchange,
    ...parseTarget(target),
    address: { protocol: origin.protocol.slice(0, -1), host: origin.host },
    localCalls: exchange.localCalls + 1,
    rewrite,
  })
  return undefined
}

async function callServer(
  call: ProxyCall,
  backEnd: BackEndRequest,
  rewrite: ResponseRewrite,
): Promise<Error | undefined> {
  const { exchange, services, trace } = call
  const { clock, timeoutMs } = services
  trace?.note('backend', 'forward-request', describe(backEnd))
  const outcome = await callBackEnd({ exchange, backEnd, rewrite, clock, timeoutMs })
  if (!('reason' in outcome)) return undefined
  const reason = `The back end ${backEnd.origin.origin} failed: ${outcome.reason}.`
  if (outcome.kind !== 'broken') return refuse(call, outcome.kind === 'timeout' ? 504 : 502, reason)
  exchange.response.destroy()
  return new Error(reason)
}

const gatewayMessages: Readonly<Record<number, string>> = { 502: 'Bad gateway', 504: 'Gateway timeout' }

/** Answers what is not the proxy's answer: without its overrides, and without telling how the app is built. */
function refuse(call: ProxyCall, status: number, reason: string): Error {
  const { exchange, execution, trace, traceHeaders } = call
  trace?.note('outbound', 'on-error', { message: reason })
  const message = gatewayMessages[status]
  const body = message && JSON.stringify({ statusCode: status, message, activityId: execution.id })
  respond(exchange, {
    status,
    headers: ['Content-Type', body ? 'application/json' : 'text/plain; charset=utf-8', ...traceHeaders],
    body: body ?? reason,
  })
  return new Error(reason)
}

/** This answer counts as the back end's, as in Azure. */
function refuseLoop(
  { exchange, execution }: ProxyCall,
  { origin }: BackEndRequest,
  rewrite: ResponseRewrite,
): Error {
  const text = 'Infinite loop detected when trying to call a local function or proxy from a proxy.'
  respond({ ...exchange, rewrite }, textReply(400, text))
  execution.log.warn(
    `${origin.host} was taken for this app. If it is not, set AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL to true.`,
  )
  return new Error(text)
}

function rewriting(call: ProxyCall, backEnd: BackEndRequest | undefined): ResponseRewrite {
  const { definition, request, exchange, trace, traceHeaders } = call
  const rewrite = responseRewriting(definition.response, request, backEnd?.method, exchange.rewrite)
  if (!trace) return rewrite
  return (head) => {
    const { status, reason, headers } = head
    if (backEnd) trace.note('backend', 'response', { status, reason, headers: traceableHeaders(headers) })
    const rewritten = rewrite(head)
    if (!hasHeader(rewritten.headers, 'proxy-trace-location')) rewritten.headers.push(...traceHeaders)
    trace.note('outbound', 'transfer-response', {
      status: rewritten.status,
      reason: rewritten.reason,
      headers: traceableHeaders(rewritten.headers),
      isBodyReplaced: rewritten.body !== undefined,
    })
    return rewritten
  }
}

/** A proxy is traced when its author or, unless the author forbids it, its client says so. */
function beginTrace(
  { debug, name }: ProxyDefinition,
  { traces, clock, hostName }: ProxyServices,
  exchange: FrontExchange,
  { id }: ProxyExecution,
): Pick<ProxyCall, 'trace' | 'traceHeaders'> {
  const { request } = exchange
  const isAsked = String(request.headers['proxy-trace-enabled']).toLowerCase() === 'true'
  if (!(debug ?? isAsked)) return { trace: undefined, traceHeaders: [] }
  const trace = traces.begin(clock, id, name)
  trace.note('inbound', 'proxy', {
    method: request.method,
    url: traceableUrl(request.url ?? '/'),
    headers: traceableHeaders(request.rawHeaders),
  })
  const { protocol, host } = addressOf(exchange)
  // The address of a local call is no address for clients.
  const origin = `${protocol}://${exchange.localCalls > 0 ? (hostName ?? host) : host}`
  return { trace, traceHeaders: ['Proxy-Trace-Location', `${origin}/admin/proxies/traces/${id}`] }
}

function describe({ method, origin, target, headers }: BackEndRequest): Readonly<Record<string, unknown>> {
  return { method, url: origin.origin + traceableUrl(target), headers: traceableHeaders(headers) }
}
