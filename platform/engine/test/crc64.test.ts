import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Crc64 } from '../src/blobs/crc64.ts'

/** Bit by bit, as the definition has it. */
function naiveCrc64(bytes: Uint8Array): bigint {
  const ones = 0xffff_ffff_ffff_ffffn
  let crc = ones
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c_9329_ac4b_c9b5n : crc >> 1n
  }
  return crc ^ ones
}

function crcOf(digest: Uint8Array): bigint {
  return Buffer.from(digest).readBigUInt64LE()
}

test('the catalogue value comes out', () => {
  const digest = new Crc64().update(Buffer.from('123456789')).digest()
  assert.equal(crcOf(digest), 0xae8b_1486_0a79_9888n)
})

test('the checksum is that of the definition, however the bytes are cut and wherever they stand', () => {
  const piece = fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 40 }))
  const property = fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
    const crc = new Crc64()
    for (const [offset, bytes] of pieces)
      crc.update(Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset))
    assert.equal(crcOf(crc.digest()), naiveCrc64(Buffer.concat(pieces.map(([, bytes]) => bytes))))
  })
  fc.assert(property, { seed: 1, numRuns: 500 })
})
