/**
 * How the host lends a client's connection to a worker, which then answers on the socket itself: HTTP requests that
 * need nothing of the host are read, run and answered in one process instead of two.
 *
 * The host sends sockets and `LentMessage`s over the process's IPC channel (which can carry sockets) and keeps its
 * own handle open; the worker reports with frames, every few milliseconds. So the host can go on with a connection
 * that is given back, and when the worker dies it can answer 500 to what it knows to be in hand. Nobody knows where
 * the others stand then: they are closed, unless the worker gave them back with its last breath.
 *
 * What the host knows to be in hand must not be answered twice: of an invocation that was told as begun, the end is
 * told before its answer is written. The others are answered first and told later.
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
  /** Index into the table's routes. */
  route: number,
  /** See run-ids.ts. */
  ids: string,
  /** '' = none. */
  parentSpanId: string,
  /** Milliseconds since 1970. */
  startTime: number,
  /** Path and query. */
  url: string,
]

/** The same when it has ended. */
export type LentEnd = readonly [
  ...begin: LentBegin,
  /** In microseconds. */
  duration: number,
  /** The status that the function gave; `0` for none, `500` when it failed. */
  resultCode: string,
  error?: RpcException,
]

/** What has happened since the last of these. */
export interface LentServedMessage {
  /** Begun and not ended; each is told once, ahead of its logs. */
  readonly begun: readonly LentBegin[]
  /** Whether they were told as begun or not. */
  readonly ended: readonly LentEnd[]
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
