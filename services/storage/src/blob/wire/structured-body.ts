/**
 * Bodies in segments, each with its CRC-64, that newer SDKs send and ask for to have all bytes checked on the way. All
 * numbers are little-endian (as the SDKs of Azure write and read them):
 *
 * header: version (1 byte), length of the whole (8), flags (2; 1 = CRC-64), number of segments (2); for each segment:
 * its number from 1 (2), length (8), content, CRC of it (8); at the end the CRC of the whole content (8).
 */
import { Crc64 } from '@aloft/engine'
import type { StorageRequest } from '../../contracts.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { PieceReader } from './piece-reader.ts'

const bodyHeader = 'x-ms-structured-body'
const lengthHeader = 'x-ms-structured-content-length'
const form = 'XSM/1.0; properties=crc64'

const version = 1
const headerBytes = 13
const segmentHeaderBytes = 10
const sumBytes = 8
const maxSegments = 0xffff
const usualSegmentBytes = 4 * 1024 * 1024

/** Whether a request sends or asks for such a body. @throws StorageError InvalidHeaderValue for another form of it */
export function isStructured(request: StorageRequest): boolean {
  const text = request.header(bodyHeader)
  if (text === undefined || text === '') return false
  if (text.replaceAll(' ', '').toLowerCase() !== 'xsm/1.0;properties=crc64')
    throw invalidHeader(bodyHeader, text)
  return true
}

/** Length of what a structured body holds. @throws StorageError MissingRequiredHeader, InvalidHeaderValue */
export function structuredLengthIn(request: StorageRequest): number {
  const text = request.header(lengthHeader)
  if (text === undefined || text === '') throw missingHeader(lengthHeader)
  const length = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) throw invalidHeader(lengthHeader, text)
  return length
}

/**
 * What a structured body holds, checked.
 * @param length that it must have
 * @throws StorageError Crc64Mismatch, InvalidInput, in the course of it
 */
export async function* decodeStructured(
  body: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  const reader = new PieceReader(body, () => malformed('It ends too early.'))
  try {
    const header = await reader.take(headerBytes)
    if (header[0] !== version || header.readUInt16LE(9) !== 1)
      throw malformed('Its header is of another form.')
    const whole = new Crc64()
    let held = 0
    for (let number = 1; number <= header.readUInt16LE(11); number++) {
      const segment = await reader.take(segmentHeaderBytes)
      if (segment.readUInt16LE(0) !== number) throw malformed('Its segments are out of order.')
      const sum = new Crc64()
      for (let left = Number(segment.readBigUInt64LE(2)); left > 0; ) {
        const piece = await reader.takeSome(left)
        left -= piece.length
        held += piece.length
        if (held > length) throw malformed(`It holds more than ${lengthHeader} says.`)
        sum.update(piece)
        whole.update(piece)
        yield piece
      }
      compare(await reader.take(sumBytes), sum)
    }
    compare(await reader.take(sumBytes), whole)
    if (held !== length) throw malformed(`It holds less than ${lengthHeader} says.`)
    if (!(await reader.isAtEnd())) throw malformed('Something follows its end.')
  } finally {
    await reader.close()
  }
}

function malformed(reason: string): Error {
  return generalErrors.InvalidInput({ message: `The structured body is not valid. ${reason}` })
}

function compare(sent: Buffer, sum: Crc64): void {
  const [specified, calculated] = [sent.toString('base64'), Buffer.from(sum.digest()).toString('base64')]
  if (specified !== calculated)
    throw blobErrors.Crc64Mismatch({
      elements: { UserSpecifiedCrc64: specified, ServerCalculatedCrc64: calculated },
    })
}

/** Content as a structured body, with the headers that say so. */
export function encodeStructured(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  length: number,
): { readonly headers: Record<string, string>; readonly body: AsyncIterable<Uint8Array> } {
  const segmentBytes = Math.max(usualSegmentBytes, Math.ceil(length / maxSegments))
  // Readers look for the end behind a segment, so there is one also of nothing.
  const count = Math.max(1, Math.ceil(length / segmentBytes))
  const total = headerBytes + count * (segmentHeaderBytes + sumBytes) + length + sumBytes
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(version)
  header.writeBigUInt64LE(BigInt(total), 1)
  header.writeUInt16LE(1, 9)
  header.writeUInt16LE(count, 11)
  return {
    headers: { [bodyHeader]: form, [lengthHeader]: String(length), 'Content-Length': String(total) },
    body: encoded(header, content, length, segmentBytes),
  }
}

async function* encoded(
  header: Buffer,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  length: number,
  segmentBytes: number,
): AsyncGenerator<Uint8Array> {
  yield header
  const reader = new PieceReader(content, () => new Error('The content is shorter than it was'))
  try {
    const whole = new Crc64()
    let left = length
    for (let number = 1; number === 1 || left > 0; number++) {
      const size = Math.min(segmentBytes, left)
      const head = Buffer.alloc(segmentHeaderBytes)
      head.writeUInt16LE(number)
      head.writeBigUInt64LE(BigInt(size), 2)
      yield head
      const sum = new Crc64()
      for (let rest = size; rest > 0; ) {
        const piece = await reader.takeSome(rest)
        rest -= piece.length
        sum.update(piece)
        whole.update(piece)
        yield piece
      }
      left -= size
      yield sum.digest()
    }
    yield whole.digest()
  } finally {
    await reader.close()
  }
}
