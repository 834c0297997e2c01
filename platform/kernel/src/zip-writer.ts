/**
 * Writes a ZIP file (APPNOTE.TXT 6.3.10), an entry at a time. The same files make the same bytes: no times, no order
 * of the disk. Entries are deflated when that makes them smaller.
 */
import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'

const deflate = promisify(deflateRaw)

/** 1980-01-01, the first day that the format knows. */
const date = 0x21
const localSignature = Buffer.from('PK\x03\x04', 'latin1')
const utf8Names = 0x0800
const version = 45
const byUnix = 3 << 8
/** Bytes; fewer hardly get smaller. */
const leastToDeflate = 64
/** Bytes that are gathered for one write. */
const batchBytes = 2 ** 20
const most16 = 0xffff
const most32 = 0xffff_ffff

export class ZipWriter {
  readonly #sink: (bytes: Uint8Array) => Promise<unknown>
  readonly #directory: Buffer[] = []
  #offset = 0
  #pending: Uint8Array[] = []
  #pendingBytes = 0

  /** @param sink takes the bytes of the file, in order; resolves when it can take more */
  constructor(sink: (bytes: Uint8Array) => Promise<unknown>) {
    this.#sink = sink
  }

  /** @param content less than 4 GiB */
  async add(name: string, content: Uint8Array, kind: 'file' | 'executable'): Promise<void> {
    const packed = content.length < leastToDeflate ? content : await deflate(content, { level: 6 })
    const isSmaller = packed.length < content.length
    const body = isSmaller ? packed : content
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(version, 0)
    common.writeUInt16LE(utf8Names, 2)
    common.writeUInt16LE(isSmaller ? 8 : 0, 4)
    common.writeUInt16LE(date, 8)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(path.length, 22)
    this.#directory.push(...centralEntry(common, path, kind, this.#offset))
    await this.#write([localSignature, common, path, body])
  }

  /** Writes the list of entries; nothing can be added then. */
  async end(): Promise<void> {
    const start = this.#offset
    const count = this.#directory.length / 4
    await this.#write(this.#directory)
    const size = this.#offset - start
    if (count >= most16 || this.#offset >= most32)
      await this.#write(largeEnd(count, size, start, this.#offset))
    const end = Buffer.alloc(22)
    end.write('PK\x05\x06', 'latin1')
    end.writeUInt16LE(Math.min(count, most16), 8)
    end.writeUInt16LE(Math.min(count, most16), 10)
    end.writeUInt32LE(Math.min(size, most32), 12)
    end.writeUInt32LE(Math.min(start, most32), 16)
    await this.#write([end])
    await this.#flush()
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    let length = 0
    for (const piece of pieces) {
      this.#pending.push(piece)
      length += piece.length
    }
    this.#offset += length
    this.#pendingBytes += length
    if (this.#pendingBytes >= batchBytes) await this.#flush()
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    await this.#sink(bytes)
  }
}

/** Four pieces; the place goes to the extra field when 32 bits do not hold it. */
function centralEntry(
  common: Buffer,
  path: Buffer,
  kind: 'file' | 'executable',
  offset: number,
): readonly Buffer[] {
  const head = Buffer.alloc(6)
  head.write('PK\x01\x02', 'latin1')
  head.writeUInt16LE(byUnix | version, 4)
  const isLarge = offset >= most32
  const extra = Buffer.alloc(isLarge ? 12 : 0)
  if (isLarge) {
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(offset), 4)
  }
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(((kind === 'executable' ? 0o100755 : 0o100644) << 16) >>> 0, 6)
  rest.writeUInt32LE(Math.min(offset, most32), 10)
  const fields = Buffer.from(common)
  fields.writeUInt16LE(extra.length, 24)
  return [head, Buffer.concat([fields, rest]), path, extra]
}

/** The ZIP64 end of the directory, and where it is. */
function largeEnd(count: number, size: number, start: number, at: number): readonly Buffer[] {
  const end = Buffer.alloc(56)
  end.write('PK\x06\x06', 'latin1')
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(byUnix | version, 12)
  end.writeUInt16LE(version, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(size), 40)
  end.writeBigUInt64LE(BigInt(start), 48)
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07', 'latin1')
  locator.writeBigUInt64LE(BigInt(at), 8)
  locator.writeUInt32LE(1, 16)
  return [end, locator]
}
