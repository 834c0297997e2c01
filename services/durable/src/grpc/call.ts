/** One call as the parts that answer it see it. */
import type { ServedHub } from './served-hubs.ts'

export interface Call {
  /** The hub that the metadata names, opened when it is not. */
  hub(): Promise<ServedHub>
  /** Deletes that hub. */
  removeHub(): Promise<void>
  /** Aborts when the caller has gone away or its deadline is over. */
  readonly signal: AbortSignal
}

/** Answers a call with one message. */
export type UnaryMethod = (request: never, call: Call) => Promise<object>

/** Answers a call with many messages; the call ends when the promise is settled. */
export type StreamMethod = (request: never, call: Call, send: (message: object) => void) => Promise<void>
