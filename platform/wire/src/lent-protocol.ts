/**
 * How the host lends a client's connection to a worker, which then answers on the socket itself: HTTP requests that
 * need nothing of the host are read, run and answered in one process instead of two.
 *
 * The host sends sockets and `LentMessage`s over the process's IPC channel (which can carry sockets) and keeps its
 * own handle open; the worker reports with frames. So the host can go on with a connection when it is given back, and
 * when the worker dies: what was in hand is answered 500, what was quiet is read again, and only a connection whose
 * answer may or may not have been written is closed.
 *
 * The order that makes this safe: the end of an invocation is reported before its answer is written (`lentServed`),
 * and that it was written is reported behind it (`isSettled` of a later frame).
 */
import type { RpcException } from './worker-protocol.ts'

/** Host to worker. The socket comes with `lend`, which is preceded by `table` once. */
export type LentMessage =
  | { readonly type: 'table'; readonly table: LentTable }
  /** Requests for another `Host` than this are given back. */
  | { readonly type: 'lend'; readonly connection: number; readonly host: string }
  /** Every connection is to be given back as soon as nothing is in hand on it. */
  | { readonly type: 'recall' }

/** What the worker answers by itself. */
export interface LentTable {
  /** In order of precedence, those that it must not answer included. */
  readonly routes: readonly LentRoute[]
  /** host.json `extensions.http.routePrefix`. */
  readonly routePrefix: string
  /** Flat; every answer gets those that it does not have. */
  readonly headers: readonly string[]
  readonly maxBodyBytes: number
}

export interface LentRoute {
  /** The prefix included. */
  readonly route: string
  /** Upper case; absent = all. */
  readonly methods?: readonly string[] | undefined
  /** Absent: a request for it is given back to the host. */
  readonly functionId?: string | undefined
  /** Name of the trigger's binding. */
  readonly triggerName: string
}

/** An invocation of a lent connection, when it has begun. */
export type LentBegin = readonly [
  connection: number,
  functionId: string,
  invocationId: string,
  traceId: string,
  spanId: string,
  /** '' = none. */
  parentSpanId: string,
  /** Milliseconds since 1970. */
  startTime: number,
  url: string,
]

/** The same when it has ended. */
export type LentEnd = readonly [
  ...begin: LentBegin,
  durationMs: number,
  /** The status that the function gave; `0` for none, `500` when it failed. */
  resultCode: string,
  error?: RpcException,
]

/** What has happened in one turn of the worker's event loop. */
export interface LentServedMessage {
  /** Begun and not ended; each is told once, ahead of its logs. */
  readonly begun: readonly LentBegin[]
  /** Whether they were told as begun or not. Their answers are written behind this frame. */
  readonly ended: readonly LentEnd[]
  /** The answers to all that ended in earlier frames have been written. */
  readonly isSettled: boolean
}

/** The connection is the host's again. */
export interface LentReturnedMessage {
  readonly connection: number
  /** What was read and not answered, in base64. */
  readonly unread?: string
}

/** The connection has ended. */
export interface LentClosedMessage {
  readonly connection: number
}
