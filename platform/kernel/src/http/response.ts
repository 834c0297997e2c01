/** Whole answers, with their length. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** A status without content. */
export function sendEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  // 1xx, 204 and 304 have no content by definition, and must not say how long it is (RFC 9110, 8.6).
  const isBare = status < 200 || status === 204 || status === 304
  response.writeHead(status, isBare ? headers : { ...headers, 'Content-Length': 0 }).end()
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  send(response, status, text, 'text/plain; charset=utf-8', headers)
}

/** `value` must have a JSON form. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  send(response, status, JSON.stringify(value), 'application/json; charset=utf-8', headers)
}

/** Content of any type: `headers` should name its `Content-Type`. */
export function sendBytes(
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: OutgoingHttpHeaders = {},
): void {
  send(response, status, bytes, 'application/octet-stream', headers)
}

/** `headers` win over the default type. */
function send(
  response: ServerResponse,
  status: number,
  content: string | Uint8Array,
  contentType: string,
  headers: OutgoingHttpHeaders,
): void {
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  response
    .writeHead(
      status,
      isTyped
        ? { ...headers, 'Content-Length': length }
        : { 'Content-Type': contentType, ...headers, 'Content-Length': length },
    )
    .end(content)
}

/**
 * Calls `action` when the client has gone before it got all of `response`. One listener a request; cheaper than
 * an AbortController, which is needed only when something can be aborted:
 * `onDisconnect(response, () => controller.abort())`.
 */
export function onDisconnect(response: ServerResponse, action: () => void): void {
  response.once('close', () => {
    if (!response.writableFinished) action()
  })
}
