/** Reads the frames of worker-protocol.ts. Its other half is frame-writer.ts. */
import { type CompactInvoke, type CompactResult, expandInvoke, expandResult } from './compact-heads.ts'
import type { ModelBindingData, TypedData } from './typed-data.ts'
import { type FrameHeads, type FrameName, frameKind, maxFrameBytes } from './worker-protocol.ts'

/** Called with each frame's head, bytes restored. A kind without a handler is a breach of the protocol. */
export type FrameHandlers = { readonly [Name in FrameName]?: (head: FrameHeads[Name]) => void }

/** The stream is not one of frames; nothing behind this point can be understood. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** u8 kind, u32 head length: what every frame has behind its length. */
const innerPrefixBytes = 5

/**
 * Cuts a stream into frames. Bytes given to a handler are slices of what was pushed: whoever pushes must not
 * reuse the memory.
 */
export class FrameReader {
  readonly #handlers: (((head: never) => void) | undefined)[] = []
  /** Pieces of a frame that is not complete. */
  #pieces: Uint8Array[] = []
  #piecesSize = 0
  /** Size at which it is worth looking at the pieces again. */
  #wanted = 4

  constructor(handlers: FrameHandlers) {
    for (const [name, handler] of Object.entries(handlers))
      this.#handlers[frameKind[name as FrameName]] = handler
  }

  /** Throws `FrameError` when the bytes are no frames, and whatever a handler throws. */
  push(chunk: Uint8Array): void {
    if (this.#piecesSize === 0) {
      this.#read(asBuffer(chunk))
      return
    }
    this.#pieces.push(chunk)
    this.#piecesSize += chunk.length
    if (this.#piecesSize < this.#wanted) return
    const joined = Buffer.concat(this.#pieces, this.#piecesSize)
    this.#pieces = []
    this.#piecesSize = 0
    this.#read(joined)
  }

  #read(bytes: Buffer): void {
    let at = 0
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32LE(at)
      if (size < innerPrefixBytes || size > maxFrameBytes)
        throw new FrameError(`Frame of ${size} bytes; expected ${innerPrefixBytes} to ${maxFrameBytes}`)
      if (bytes.length - at - 4 < size) {
        this.#keep(bytes, at, 4 + size)
        return
      }
      this.#frame(bytes, at + 4, at + 4 + size)
      at += 4 + size
    }
    this.#keep(bytes, at, 4)
  }

  #keep(bytes: Buffer, at: number, wanted: number): void {
    if (at === bytes.length) return
    this.#pieces = [bytes.subarray(at)]
    this.#piecesSize = bytes.length - at
    this.#wanted = wanted
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start] as number
    const handler = this.#handlers[kind]
    if (!handler) throw new FrameError(`Unexpected frame of kind ${kind}`)
    const headStart = start + innerPrefixBytes
    const tailStart = headStart + bytes.readUInt32LE(start + 1)
    if (tailStart > end)
      throw new FrameError(`Frame of kind ${kind} ends ${tailStart - end} bytes before its head does`)
    const head = parseHead(kind, bytes.toString('utf8', headStart, tailStart))
    if (kind === frameKind.invoke || kind === frameKind.result)
      handler(restoreHead(kind, head, bytes.subarray(tailStart, end)) as never)
    else if (Array.isArray(head)) throw new FrameError(`Frame of kind ${kind} has a head that is no object`)
    else handler(head as never)
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function parseHead(kind: number, json: string): object {
  let head: unknown
  try {
    head = JSON.parse(json)
  } catch (error) {
    throw new FrameError(`Frame of kind ${kind} has a head that is not JSON: ${(error as Error).message}`)
  }
  if (typeof head !== 'object' || head === null)
    throw new FrameError(`Frame of kind ${kind} has a head that is no object`)
  return head
}

/** `head` as it was sent. */
function restoreHead(kind: number, head: object, tail: Buffer): object {
  if (Array.isArray(head))
    return kind === frameKind.invoke
      ? expandInvoke(head as CompactInvoke, tail)
      : expandResult(head as CompactResult, tail)
  const { inputData, outputData, returnValue, triggerMetadata } = head as Partial<
    FrameHeads['invoke'] & FrameHeads['result']
  >
  if (inputData) for (const { data } of inputData) restoreData(data, tail)
  if (outputData) for (const { data } of outputData) restoreData(data, tail)
  if (returnValue) restoreData(returnValue, tail)
  if (triggerMetadata) for (const key in triggerMetadata) restoreData(triggerMetadata[key] as TypedData, tail)
  return head
}

function restoreData(data: TypedData, tail: Buffer): void {
  if (data.http) {
    if (data.http.body) restoreData(data.http.body, tail)
  } else if (data.bytes) data.bytes = restoreBytes(data.bytes, tail)
  else if (data.stream) data.stream = restoreBytes(data.stream, tail)
  else if (data.collectionBytes) {
    const { bytes } = data.collectionBytes
    data.collectionBytes.bytes = bytes.map((place) => restoreBytes(place, tail))
  } else if (data.modelBindingData) restoreModel(data.modelBindingData, tail)
  else if (data.collectionModelBindingData)
    for (const model of data.collectionModelBindingData.modelBindingData) restoreModel(model, tail)
  else if (typeof data.double === 'string') data.double = Number(data.double)
}

function restoreModel(model: ModelBindingData, tail: Buffer): void {
  model.content = restoreBytes(model.content, tail)
}

/** `place` is what the writer put for the bytes: `[offset, length]`. */
function restoreBytes(place: ArrayLike<number>, tail: Buffer): Buffer {
  const [offset, length] = [place[0] as number, place[1] as number]
  if (!(offset >= 0 && length >= 0 && offset + length <= tail.length))
    throw new FrameError(`Bytes at ${offset}, ${length} long, are not within the frame's ${tail.length}`)
  return tail.subarray(offset, offset + length)
}
