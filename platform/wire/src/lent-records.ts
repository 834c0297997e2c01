/**
 * The JSON of what is told of lent connections, many times a millisecond: `JSON.stringify` would cost a fifth of the
 * worker's time. Ids are hexadecimal, and a URL that was read directly has no character that JSON would escape.
 */
import type { LentBegin } from './lent-protocol.ts'
import type { RpcException } from './worker-protocol.ts'

/** A `LentServedMessage` of records as below, each with a comma behind it. */
export function lentServedJson(begun: string, ended: string): string {
  return `{"begun":[${begun.slice(0, -1)}],"ended":[${ended.slice(0, -1)}]}`
}

/** A `LentBegin`, and a comma. */
export function lentBeginJson(begin: LentBegin): string {
  return `[${fields(begin)}],`
}

/** A `LentEnd`, and a comma. @param duration in microseconds */
export function lentEndJson(
  begin: LentBegin,
  duration: number,
  resultCode: string,
  error: RpcException | undefined,
): string {
  const rest = error ? `,${JSON.stringify(error)}` : ''
  return `[${fields(begin)},${duration},${JSON.stringify(resultCode)}${rest}],`
}

function fields(begin: LentBegin): string {
  const [connection, route, ids, parentSpanId, startTime, url] = begin
  return `${connection},${route},"${ids}","${parentSpanId}",${startTime},"${url}"`
}
