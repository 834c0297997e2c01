import { createHash } from 'node:crypto'
import { BlobTooLarge } from '../errors.ts'
import { Crc64 } from './crc64.ts'

/** Length and checksums of content that passes by. */
export class ContentHash {
  readonly #maxBytes: number
  readonly #md5 = createHash('md5')
  readonly #crc64 = new Crc64()
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#length
  }

  /** Throws `BlobTooLarge` when the content is longer than it may be. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length
    if (this.#length > this.#maxBytes) throw new BlobTooLarge(this.#maxBytes)
    this.#md5.update(bytes)
    this.#crc64.update(bytes)
  }

  digest(): { readonly length: number; readonly md5: Uint8Array; readonly crc64: Uint8Array } {
    return { length: this.#length, md5: this.#md5.digest(), crc64: this.#crc64.digest() }
  }
}
