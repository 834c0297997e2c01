/** Identifiers and random bytes; the only place that makes them. */
import { randomFillSync, randomUUID } from 'node:crypto'

/** Random bytes are drawn a page at a time: a call for eight would cost as much as one for a page. */
const page = Buffer.alloc(4096)
let used = page.length

/** A random (version 4) UUID in lower case. Cheap: Node keeps a cache of entropy. */
export function newId(): string {
  return randomUUID()
}

/** `byteCount` (at most 4096) random bytes in lower-case hexadecimal. */
export function randomHex(byteCount: number): string {
  if (used + byteCount > page.length) {
    randomFillSync(page)
    used = 0
  }
  const start = used
  used += byteCount
  return page.toString('hex', start, used)
}

/** A whole number in [0, bound), for jitter and balancing; not for secrets. */
export function randomInteger(bound: number): number {
  return Math.floor(Math.random() * bound)
}
