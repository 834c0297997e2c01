/** New access keys, in the form that Azure's secret scanners recognise (host `SecretGenerator`). */
import { randomBytes } from 'node:crypto'
import { marvin32 } from './marvin.ts'

export type KeyKind = 'master' | 'system' | 'function'

/** What the checksum of each kind starts from. */
const seeds: Readonly<Record<KeyKind, bigint>> = {
  master: 0x4d61737465723030n,
  system: 0x53797374656d3030n,
  function: 0x46756e6374693030n,
}

const length = 40
const checksumOffset = length - 4
const signatureOffset = checksumOffset - 3

/** 56 characters of URL-safe base64: 33 random bytes, `AzFu`, and a checksum of both. */
export function generateKey(kind: KeyKind): string {
  const bytes = randomBytes(length)
  bytes.write('AzFu', signatureOffset, 'base64')
  bytes.writeUInt32LE(marvin32(bytes.subarray(0, checksumOffset), seeds[kind]), checksumOffset)
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
