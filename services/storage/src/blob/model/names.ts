/** Names of containers and blobs (REST reference, "Naming and referencing containers, blobs, and metadata"). */
import { generalErrors } from '../../protocol/general-errors.ts'
import { maxBlobNameLength } from '../limits.ts'

const systemContainers = new Set(['$root', '$logs', '$web', '$blobchangefeed'])
const containerPattern = /^[a-z0-9](?:-?[a-z0-9])*$/
const maxSegments = 254

/** @throws StorageError InvalidResourceName, OutOfRangeInput */
export function checkContainerName(name: string): void {
  if (systemContainers.has(name)) return
  if (name.length < 3 || name.length > 63)
    throw generalErrors.OutOfRangeInput({
      message: 'The specified resource name length is not within the permissible limits.',
    })
  if (!containerPattern.test(name)) throw generalErrors.InvalidResourceName()
}

/** @throws StorageError OutOfRangeInput, InvalidUri */
export function checkBlobName(name: string): void {
  if (name.length === 0 || name.length > maxBlobNameLength)
    throw generalErrors.OutOfRangeInput({
      message: 'The specified resource name length is not within the permissible limits.',
    })
  if (name.includes('\0') || (name.length >= maxSegments && name.split('/').length > maxSegments))
    throw generalErrors.InvalidUri()
}

/** What sorts directly behind everything that begins with `prefix`; undefined when nothing does. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0)!
    if (code < 0x10ffff) return points.join('') + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1)
  }
  return undefined
}

/** By UTF-8 bytes, as the database orders them; UTF-16 differs where surrogates meet what stands above them. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x === y) continue
    const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
