/**
 * The ids of an invocation as one text: drawn at once, and cheap to tell of. 80 hexadecimal digits: 32 of which the
 * invocation's id is made, 32 of the trace, 16 of the span.
 */
import { randomHex } from './ids.ts'

/** @param traceId of the trace that it belongs to; undefined = one of its own */
export function newRunIds(traceId: string | undefined): string {
  if (traceId === undefined) return randomHex(40)
  const own = randomHex(24)
  return own.slice(0, 32) + traceId + own.slice(32)
}

/** A version 4 UUID. */
export function invocationIdOf(ids: string): string {
  const variant = '89ab'[ids.charCodeAt(16) & 3]
  return `${ids.slice(0, 8)}-${ids.slice(8, 12)}-4${ids.slice(13, 16)}-${variant}${ids.slice(17, 20)}-${ids.slice(20, 32)}`
}

export function traceIdOf(ids: string): string {
  return ids.slice(32, 64)
}

export function spanIdOf(ids: string): string {
  return ids.slice(64)
}
