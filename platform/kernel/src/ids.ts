/** Identifiers and random bytes; the only place that makes them. */
import { randomBytes, randomUUID } from 'node:crypto'

/** A random (version 4) UUID in lower case. Cheap: Node keeps a cache of entropy. */
export function newId(): string {
  return randomUUID()
}

/** `byteCount` random bytes in lower-case hexadecimal. */
export function randomHex(byteCount: number): string {
  return randomBytes(byteCount).toString('hex')
}

/** A whole number in [0, bound), for jitter and balancing; not for secrets. */
export function randomInteger(bound: number): number {
  return Math.floor(Math.random() * bound)
}
