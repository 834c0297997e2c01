export { ActivityWatch } from './activity-watch.ts'
export { AppGate, type HttpApp, httpApp } from './app-gate.ts'
export { isAuthorized, requestKey, systemKeyName } from './authorize.ts'
export type { CorsOptions } from './cors.ts'
export { directFront } from './direct-front.ts'
export {
  type AdminCall,
  type AdminHandler,
  addressOf,
  type FrontExchange,
  type HttpFrontOptions,
  respond,
} from './exchange.ts'
export { httpFront } from './front.ts'
export {
  type AuthLevel,
  checkNotReserved,
  checkRoutes,
  compareIgnoringCase,
  isHttpFunction,
  methodsOf,
  routeText,
} from './function-routes.ts'
export { httpReason } from './http-invocation.ts'
export { requestUrl } from './invoke-buffered.ts'
export { forwardActivityTimeoutMs } from './limits.ts'
export type { LocalApp, LocalRoute, ProxyTarget } from './proxy-route.ts'
export { relayAnswer, relayBody, requestOnlyHere, responseOnlyHere, withoutHeaders } from './relay.ts'
export { hasBody } from './request-body.ts'
export {
  type ForwardedHeaders,
  joinHeaders,
  requestHeaders,
  requestHost,
  requestProtocol,
} from './request-head.ts'
export type { ResponseHead, ResponseRewrite, RewrittenResponse } from './response-rewrite.ts'
export { type WebhookHandler, WebhookRegistry } from './webhooks.ts'
