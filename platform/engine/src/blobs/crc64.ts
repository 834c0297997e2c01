/**
 * The CRC-64 of Azure Storage (`x-ms-content-crc64`), catalogued as CRC-64/NVME: polynomial 0x9A6C9329AC4BC9B5 in
 * reflected form, all bits set at the start and inverted at the end; "123456789" gives 0xAE8B14860A799888.
 * https://learn.microsoft.com/rest/api/storageservices/put-blob, https://reveng.sourceforge.io/crc-catalogue/
 */

const polynomialLow = 0xac4bc9b5 | 0
const polynomialHigh = 0x9a6c9329 | 0

/**
 * Eight tables of 256 entries: table `k` advances a byte by `k` further zero bytes, so that eight bytes are taken
 * at once. Each 64-bit entry is two 32-bit words, low first: BigInt would be some fifty times slower.
 */
const tables = makeTables()
const noWords = new Int32Array(0)

/** Takes content piece by piece. */
export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): this {
    const table = tables
    let low = this.#low
    let high = this.#high
    let at = 0
    const step = (byte: number) => {
      const entry = ((low ^ byte) & 0xff) << 1
      low = ((low >>> 8) | (high << 24)) ^ table[entry]!
      high = (high >>> 8) ^ table[entry | 1]!
    }
    // Words stand at multiples of four, and are little-endian on every machine that Node.js is fetched for.
    for (const end = Math.min(bytes.length, -bytes.byteOffset & 3); at < end; at++) step(bytes[at]!)
    const pairs = ((bytes.length - at) >>> 2) & ~1
    const words = pairs > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + at, pairs) : noWords
    for (let index = 0; index < pairs; index += 2) {
      const a = low ^ words[index]!
      const b = high ^ words[index + 1]!
      const a0 = 0xe00 | ((a & 0xff) << 1)
      const a1 = 0xc00 | ((a >>> 7) & 0x1fe)
      const a2 = 0xa00 | ((a >>> 15) & 0x1fe)
      const a3 = 0x800 | ((a >>> 23) & 0x1fe)
      const b0 = 0x600 | ((b & 0xff) << 1)
      const b1 = 0x400 | ((b >>> 7) & 0x1fe)
      const b2 = 0x200 | ((b >>> 15) & 0x1fe)
      const b3 = (b >>> 23) & 0x1fe
      low =
        table[a0]! ^ table[a1]! ^ table[a2]! ^ table[a3]! ^ table[b0]! ^ table[b1]! ^ table[b2]! ^ table[b3]!
      high =
        table[a0 | 1]! ^
        table[a1 | 1]! ^
        table[a2 | 1]! ^
        table[a3 | 1]! ^
        table[b0 | 1]! ^
        table[b1 | 1]! ^
        table[b2 | 1]! ^
        table[b3 | 1]!
    }
    for (at += pairs * 4; at < bytes.length; at++) step(bytes[at]!)
    this.#low = low
    this.#high = high
    return this
  }

  /** Eight bytes, little-endian, of what was taken so far. */
  digest(): Uint8Array {
    const digest = new Uint8Array(8)
    const view = new DataView(digest.buffer)
    view.setInt32(0, ~this.#low, true)
    view.setInt32(4, ~this.#high, true)
    return digest
  }
}

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256 * 2)
  for (let byte = 0; byte < 256; byte++) {
    let low = byte
    let high = 0
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (low & 1) === 1
      low = (low >>> 1) | (high << 31)
      high >>>= 1
      if (isOdd) {
        low ^= polynomialLow
        high ^= polynomialHigh
      }
    }
    made[byte * 2] = low
    made[byte * 2 + 1] = high
  }
  for (let index = 512; index < made.length; index += 2) {
    const low = made[index - 512]!
    const high = made[index - 511]!
    const entry = (low & 0xff) << 1
    made[index] = ((low >>> 8) | (high << 24)) ^ made[entry]!
    made[index + 1] = (high >>> 8) ^ made[entry | 1]!
  }
  return made
}
