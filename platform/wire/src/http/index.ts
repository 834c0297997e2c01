/**
 * HTTP as the host and its workers speak it, in the same words: requests that came whole, on a bare socket; the
 * routes of functions; and what becomes of what a function returns.
 */
export { formatCookie } from './cookies.ts'
export {
  DirectConnection,
  type DirectExchange,
  type DirectHandler,
  type DirectServer,
  type Loan,
} from './direct-connection.ts'
export type { DirectResponse } from './direct-response.ts'
export { isHost } from './host-header.ts'
export { indentJson } from './json-text.ts'
export { keepAliveMs } from './limits.ts'
export { addHeaders, emptyReply, hasHeader, jsonReply, type Reply, textReply } from './reply.ts'
export { isBelow, isReservedPath, parseQuery, parseTarget, type RequestTarget } from './request-url.ts'
export { replyOf } from './result.ts'
export { matchRoute, type RouteValues, splitPath } from './route-match.ts'
export { type Route, type RouteMatch, RouteTable } from './route-table.ts'
export { foldCase, parseRoute, RouteSyntaxError, type RouteTemplate } from './route-template.ts'
export { sendableHandle } from './socket-reading.ts'
