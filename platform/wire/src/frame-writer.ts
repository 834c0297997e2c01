/** Writes the frames of worker-protocol.ts. Its other half is frame-reader.ts. */
import { compactInvoke, compactResult } from './compact-heads.ts'
import type { ModelBindingData, TypedData } from './typed-data.ts'
import {
  type FrameHeads,
  type FrameName,
  frameKind,
  type InvokeMessage,
  maxFrameBytes,
  type ResultMessage,
} from './worker-protocol.ts'

/** What a `FrameWriter` writes to; a `net.Socket` is one. */
export interface FrameSink {
  write(chunk: Uint8Array): unknown
  cork?(): void
  uncork?(): void
}

/** Frames are appended to slabs of this size, which are never reused: a sink may keep what it was given. */
const slabBytes = 256 * 1024
/** Waiting frames are written at this size even when the turn of the event loop is not over. */
const flushBytes = 64 * 1024
/** Bytes of at least this length are handed to the sink as they are instead of being copied. */
const largeBytes = 32 * 1024
/** u32 length, u8 kind, u32 head length. */
const prefixBytes = 9

/**
 * Gathers all frames of one turn of the event loop into one write. Frames arrive in the order of `send`.
 * `schedule` decides when waiting frames are written (default `setImmediate`).
 */
export class FrameWriter {
  readonly #sink: FrameSink
  readonly #schedule: (flush: () => void) => void
  readonly #flush = () => this.flush()
  #slab = Buffer.alloc(0)
  /** What waits is `#slab[#start, #end)`. */
  #start = 0
  #end = 0
  #isScheduled = false

  constructor(sink: FrameSink, schedule: (flush: () => void) => void = setImmediate) {
    this.#sink = sink
    this.#schedule = schedule
  }

  /** Throws `RangeError` when the frame would be larger than `maxFrameBytes`; nothing is sent then. */
  send<Name extends FrameName>(name: Name, head: FrameHeads[Name]): void {
    if (name === 'invoke' && this.#sendCompactInvoke(head as InvokeMessage)) return
    if (name === 'result' && this.#sendCompactResult(head as ResultMessage)) return
    const tail = new Tail()
    const wireHead = toWireHead(name, head, tail)
    this.#frame(frameKind[name], JSON.stringify(wireHead), tail.parts, tail.size)
  }

  /** The same with a head that the caller has put into JSON. */
  sendJson(name: FrameName, json: string): void {
    this.#frame(frameKind[name], json, nothing, 0)
  }

  #sendCompactInvoke(message: InvokeMessage): boolean {
    const head = compactInvoke(message)
    if (head) this.#frameWithBody(frameKind.invoke, head, message.inputData[0]?.data.http?.body?.bytes)
    return head !== undefined
  }

  #sendCompactResult(message: ResultMessage): boolean {
    const head = compactResult(message)
    if (head) this.#frameWithBody(frameKind.result, head, message.returnValue?.http?.body?.bytes)
    return head !== undefined
  }

  #frameWithBody(kind: number, head: readonly unknown[], body: Uint8Array | null | undefined): void {
    this.#frame(kind, JSON.stringify(head), body ? [body] : nothing, body ? body.length : 0)
  }

  #frame(kind: number, json: string, tail: readonly Uint8Array[], tailBytes: number): void {
    // Three bytes a UTF-16 unit is the most that UTF-8 needs; counting exactly pays only for long texts.
    const mostHeadBytes = json.length < flushBytes ? json.length * 3 : Buffer.byteLength(json)
    if (prefixBytes + mostHeadBytes + tailBytes > maxFrameBytes) checkSize(json, tailBytes)
    this.#reserve(prefixBytes + mostHeadBytes)
    const slab = this.#slab
    const start = this.#end
    const headBytes = slab.write(json, start + prefixBytes)
    slab.writeUInt32LE(prefixBytes - 4 + headBytes + tailBytes, start)
    slab[start + 4] = kind
    slab.writeUInt32LE(headBytes, start + 5)
    this.#end = start + prefixBytes + headBytes
    for (const bytes of tail) this.#append(bytes)
    if (this.#end - this.#start >= flushBytes) this.flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#schedule(this.#flush)
    }
  }

  /** Writes what waits, now. */
  flush(): void {
    this.#isScheduled = false
    if (this.#start === this.#end) return
    const waiting = this.#slab.subarray(this.#start, this.#end)
    this.#start = this.#end
    this.#sink.write(waiting)
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length >= largeBytes) {
      this.#sink.cork?.()
      this.flush()
      this.#sink.write(bytes)
      this.#sink.uncork?.()
      return
    }
    this.#reserve(bytes.length)
    this.#slab.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Makes room for `size` bytes behind `#end`. */
  #reserve(size: number): void {
    if (this.#slab.length - this.#end >= size) return
    const wasScheduled = this.#isScheduled
    this.flush()
    this.#isScheduled = wasScheduled
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, size))
    this.#start = 0
    this.#end = 0
  }
}

const nothing: readonly Uint8Array[] = []

function checkSize(json: string, tailBytes: number): void {
  const size = prefixBytes + Buffer.byteLength(json) + tailBytes
  if (size > maxFrameBytes)
    throw new RangeError(`A message of ${size} bytes exceeds the limit of ${maxFrameBytes}`)
}

/** The bytes of one frame that go behind its head. */
class Tail {
  readonly parts: Uint8Array[] = []
  size = 0

  /** Where the bytes will be: `[offset, length]`. */
  add(bytes: Uint8Array): [number, number] {
    const offset = this.size
    this.parts.push(bytes)
    this.size += bytes.length
    return [offset, bytes.length]
  }
}

function toWireHead(name: FrameName, head: object, tail: Tail): object {
  if (name === 'invoke') return toWireInvoke(head as FrameHeads['invoke'], tail)
  if (name === 'result') return toWireResult(head as FrameHeads['result'], tail)
  return head
}

function toWireInvoke(head: FrameHeads['invoke'], tail: Tail): object {
  const { triggerMetadata } = head
  return {
    invocationId: head.invocationId,
    functionId: head.functionId,
    inputData: head.inputData.map(({ name, data }) => ({ name, data: toWireData(data, tail) })),
    triggerMetadata:
      triggerMetadata &&
      Object.fromEntries(Object.entries(triggerMetadata).map(([key, data]) => [key, toWireData(data, tail)])),
    traceContext: head.traceContext,
    retryContext: head.retryContext,
  }
}

function toWireResult(head: FrameHeads['result'], tail: Tail): object {
  const { outputData, returnValue } = head
  return {
    invocationId: head.invocationId,
    outputData:
      outputData.length === 0
        ? outputData
        : outputData.map(({ name, data }) => ({ name, data: toWireData(data, tail) })),
    returnValue: returnValue ? toWireData(returnValue, tail) : undefined,
    error: head.error,
  }
}

/** The value with every byte array replaced by its place in the tail; itself when it has none. */
function toWireData(data: TypedData, tail: Tail): object {
  if (data.http) return { http: toWireHttp(data.http, tail) }
  if (data.bytes) return { bytes: tail.add(data.bytes) }
  if (data.stream) return { stream: tail.add(data.stream) }
  if (data.collectionBytes)
    return { collectionBytes: { bytes: data.collectionBytes.bytes.map((bytes) => tail.add(bytes)) } }
  if (data.modelBindingData) return { modelBindingData: toWireModel(data.modelBindingData, tail) }
  if (data.collectionModelBindingData) {
    const models = data.collectionModelBindingData.modelBindingData
    return {
      collectionModelBindingData: { modelBindingData: models.map((model) => toWireModel(model, tail)) },
    }
  }
  // JSON has no text for these numbers.
  if (data.double != null && !Number.isFinite(data.double)) return { double: String(data.double) }
  return data
}

function toWireHttp(http: NonNullable<TypedData['http']>, tail: Tail): object {
  return http.body ? { ...http, body: toWireData(http.body, tail) } : http
}

function toWireModel(model: ModelBindingData, tail: Tail): object {
  return { ...model, content: tail.add(model.content) }
}
