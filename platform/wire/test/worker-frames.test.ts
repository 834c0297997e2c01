import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  FrameError,
  type FrameHeads,
  FrameReader,
  FrameWriter,
  frameKind,
  type InvokeMessage,
  type TypedData,
} from '../src/index.ts'

// JSON.parse makes no objects without a prototype.
const record: typeof fc.record = (model: object, constraints?: object) =>
  fc.record(model as never, { noNullPrototype: true, ...constraints })
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
const anyText = fc.string({ unit: 'binary', maxLength: 40 })
const anyTexts = fc.dictionary(anyText, anyText, { maxKeys: 5, noNullPrototype: true })
const anyModel = record({ version: anyText, source: anyText, contentType: anyText, content: anyBytes })
const anyFlatData: fc.Arbitrary<TypedData> = fc.oneof(
  record({ string: anyText }),
  record({ json: fc.json() }),
  record({ bytes: anyBytes }),
  record({ stream: anyBytes }),
  record({ int: fc.integer() }),
  // JSON has no negative zero.
  record({ double: fc.double().map((value) => value + 0) }),
  record({ collectionBytes: record({ bytes: fc.array(anyBytes, { maxLength: 4 }) }) }),
  record({ collectionString: record({ string: fc.array(anyText, { maxLength: 4 }) }) }),
  record({ modelBindingData: anyModel }),
  record({
    collectionModelBindingData: record({ modelBindingData: fc.array(anyModel, { maxLength: 3 }) }),
  }),
)
const anyData: fc.Arbitrary<TypedData> = fc.oneof(
  anyFlatData,
  record({
    http: record(
      { method: anyText, url: anyText, headers: anyTexts, body: anyFlatData, statusCode: anyText },
      { requiredKeys: [] },
    ),
  }),
)
const anyNamed = fc.array(record({ name: anyText, data: anyData }), { maxLength: 3 })
const anyFrame = fc.oneof(
  record({
    name: fc.constant('invoke' as const),
    head: record({
      invocationId: anyText,
      functionId: anyText,
      inputData: anyNamed,
      triggerMetadata: fc.dictionary(anyText, anyData, { maxKeys: 3, noNullPrototype: true }),
    }),
  }),
  record({
    name: fc.constant('result' as const),
    head: record({ invocationId: anyText, outputData: anyNamed, returnValue: anyData }),
  }),
  record({ name: fc.constant('cancel' as const), head: record({ invocationId: anyText }) }),
)

test('any messages arrive unchanged and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.nat(400)), (frames, cuts) => {
      const stream = written((writer) => {
        for (const { name, head } of frames) writer.send(name, head as never)
      })
      assert.deepEqual(read(cut(stream, cuts)), plain(frames))
    }),
  )
})

const anyBody = fc.option(record({ bytes: anyBytes }), { nil: undefined })
const anyPlainInvocation = record({
  invocationId: anyText,
  functionId: anyText,
  inputData: fc.tuple(
    record({
      name: anyText,
      data: record({
        http: record(
          {
            method: anyText,
            url: anyText,
            headers: anyTexts,
            query: anyTexts,
            params: anyTexts,
            body: anyBody,
          },
          { requiredKeys: [] },
        ),
      }),
    }),
  ),
  triggerMetadata: fc.constantFrom(undefined, {}),
  traceContext: fc.option(record({ traceParent: anyText, traceState: anyText, attributes: anyTexts }), {
    nil: undefined,
  }),
})
const anyPlainAnswer = record({
  invocationId: anyText,
  outputData: fc.constant([]),
  returnValue: record({
    http: record(
      {
        statusCode: anyText,
        headers: anyTexts,
        cookies: fc.array(record({ name: anyText, value: anyText })),
        enableContentNegotiation: fc.boolean(),
        body: anyBody,
      },
      { requiredKeys: [] },
    ),
  }),
})

test('plain HTTP invocations and answers arrive unchanged, and their heads are arrays', () => {
  fc.assert(
    fc.property(anyPlainInvocation, anyPlainAnswer, (invocation, answer) => {
      for (const [name, head] of [
        ['invoke', invocation],
        ['result', answer],
      ] as const) {
        const stream = written((writer) => writer.send(name, head as never))
        assert.equal(stream.toString('latin1', 9, 10), '[')
        assert.deepEqual(read([stream]), [{ name, head: plain(head) }])
      }
    }),
  )
})

test('invocations and answers with anything more arrive unchanged as well', () => {
  const http = { method: 'GET', url: 'http://h/' }
  const invoke: InvokeMessage = { ...invocation({ http }), retryContext: { retryCount: 1, maxRetryCount: 2 } }
  const two: InvokeMessage = {
    ...invocation({ http }),
    inputData: [
      { name: 'a', data: { http } },
      { name: 'b', data: { http: { ...http, body: { bytes: Buffer.from('b') } } } },
    ],
  }
  const metadata: InvokeMessage = { ...invocation({ http }), triggerMetadata: { id: { string: '7' } } }
  const json = invocation({ http: { ...http, body: { json: '1' } } })
  for (const head of [invoke, two, metadata, json])
    assert.deepEqual(read([written((writer) => writer.send('invoke', head))]), [{ name: 'invoke', head }])
  const output = { invocationId: 'i', outputData: [{ name: 'o', data: { int: 1 } }], returnValue: { http } }
  const failed = { invocationId: 'i', outputData: [], error: { message: 'm', stackTrace: 's' } }
  for (const head of [output, failed])
    assert.deepEqual(read([written((writer) => writer.send('result', head))]), [{ name: 'result', head }])
})

test('a stream that arrives byte by byte gives the same messages', () => {
  const head = invocation({
    http: { method: 'POST', url: 'http://h/ä', body: { bytes: Buffer.from('body') } },
  })
  const stream = written((writer) => writer.send('invoke', head))
  assert.deepEqual(read([...stream].map((byte) => Uint8Array.of(byte))), [{ name: 'invoke', head }])
})

test('frames of one turn leave in one write when the turn ends', () => {
  const { writer, chunks, runScheduled } = manualWriter()
  writer.send('cancel', { invocationId: '1' })
  writer.send('cancel', { invocationId: '2' })
  assert.equal(chunks.length, 0)
  runScheduled()
  assert.equal(chunks.length, 1)
  assert.equal(read(chunks).length, 2)
  writer.send('cancel', { invocationId: '3' })
  runScheduled()
  assert.equal(read(chunks).length, 3)
})

test('much waiting data leaves before the turn ends, and nothing is lost after it', () => {
  const { writer, chunks, runScheduled } = manualWriter()
  for (let i = 0; i < 1000; i++) writer.send('cancel', { invocationId: `${i}-${'x'.repeat(600)}` })
  assert.ok(chunks.length > 5)
  runScheduled()
  const ids = read(chunks).map(({ head }) =>
    Number.parseInt((head as { invocationId: string }).invocationId, 10),
  )
  assert.deepEqual(
    ids,
    Array.from({ length: 1000 }, (_, i) => i),
  )
})

test('a large body is handed to the sink without a copy, between its frame and the next', () => {
  const { writer, chunks, runScheduled } = manualWriter()
  const bytes = Buffer.alloc(100_000, 7)
  const head = invocation({ bytes })
  writer.send('invoke', head)
  writer.send('cancel', { invocationId: 'next' })
  runScheduled()
  assert.ok(chunks.includes(bytes))
  assert.deepEqual(read(chunks), [
    { name: 'invoke', head },
    { name: 'cancel', head: { invocationId: 'next' } },
  ])
})

test('a text larger than a slab arrives whole', () => {
  const head = invocation({ string: 'ä€😀'.repeat(200_000) })
  assert.deepEqual(read([written((writer) => writer.send('invoke', head))]), [{ name: 'invoke', head }])
})

test('text that looks like a place in the tail stays text', () => {
  const head = invocation({ json: '{"bytes":[0,1]}' })
  assert.deepEqual(read([written((writer) => writer.send('invoke', head))]), [{ name: 'invoke', head }])
})

test('what is no frame is refused with the reason', () => {
  const refuses = (bytes: Buffer, message: RegExp) =>
    assert.throws(
      () => new FrameReader({ cancel() {}, result() {} }).push(bytes),
      (error) => error instanceof FrameError && message.test(error.message),
    )
  refuses(Buffer.from([255, 255, 255, 255, 1]), /Frame of 4294967295 bytes; expected 5 to/)
  refuses(Buffer.from([4, 0, 0, 0, 1, 0, 0, 0]), /Frame of 4 bytes/)
  refuses(frame(frameKind.invoke, '{}'), /Unexpected frame of kind 4/)
  refuses(frame(frameKind.cancel, '{'), /head that is not JSON/)
  refuses(frame(frameKind.cancel, '1'), /head that is no object/)
  refuses(frame(frameKind.cancel, '[]'), /head that is no object/)
  refuses(
    frame(frameKind.result, '{"outputData":[],"returnValue":{"bytes":[0,1]}}'),
    /not within the frame's 0/,
  )
  const short = frame(frameKind.cancel, '{}')
  short.writeUInt32LE(9, 5)
  refuses(short, /ends 7 bytes before its head does/)
})

function frame(kind: number, json: string): Buffer {
  const bytes = Buffer.alloc(9 + json.length)
  bytes.writeUInt32LE(5 + json.length, 0)
  bytes[4] = kind
  bytes.writeUInt32LE(json.length, 5)
  bytes.write(json, 9)
  return bytes
}

function invocation(data: TypedData): InvokeMessage {
  return { invocationId: 'i', functionId: 'f', inputData: [{ name: 'trigger', data }] }
}

function manualWriter() {
  const chunks: Uint8Array[] = []
  const scheduled: (() => void)[] = []
  const writer = new FrameWriter({ write: (chunk) => chunks.push(chunk) }, (flush) => scheduled.push(flush))
  return {
    writer,
    chunks,
    runScheduled() {
      for (const flush of scheduled.splice(0)) flush()
    },
  }
}

function written(send: (writer: FrameWriter) => void): Buffer {
  const { writer, chunks } = manualWriter()
  send(writer)
  writer.flush()
  return Buffer.concat(chunks)
}

/** Cuts at the distances given; the rest is one piece. */
function cut(stream: Buffer, distances: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let rest = stream
  for (const distance of distances) {
    pieces.push(rest.subarray(0, distance))
    rest = rest.subarray(distance)
  }
  return [...pieces, rest]
}

function read(chunks: readonly Uint8Array[]): { name: string; head: object }[] {
  const frames: { name: string; head: object }[] = []
  const take = (name: keyof FrameHeads) => (head: object) => void frames.push({ name, head: plain(head) })
  const reader = new FrameReader({ invoke: take('invoke'), result: take('result'), cancel: take('cancel') })
  for (const chunk of chunks) reader.push(chunk)
  return frames
}

/** JSON leaves out what is undefined; so do the comparisons. */
function plain<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain) as Value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries.map(([name, member]) => [name, plain(member)])) as Value
}
