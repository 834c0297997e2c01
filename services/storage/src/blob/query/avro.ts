/**
 * The answer's frame: an Avro file whose records are parts of the result, errors, and how far the query has come
 * (https://avro.apache.org/docs/1.11.1/specification, "Object Container Files").
 */
const namespace = 'com.microsoft.azure.storage.queryBlobContents'
const record = (name: string, ...fields: readonly (readonly [name: string, type: string])[]) => ({
  type: 'record',
  name: `${namespace}.${name}`,
  fields: fields.map(([field, type]) => ({ name: field, type })),
})
const schema = [
  record('resultData', ['data', 'bytes']),
  record('error', ['fatal', 'boolean'], ['name', 'string'], ['description', 'string'], ['position', 'long']),
  record('progress', ['bytesScanned', 'long'], ['totalBytes', 'long']),
  record('end', ['totalBytes', 'long']),
]
const places = { resultData: 0, error: 1, end: 3 }

export class AvroFile {
  readonly #sync: Uint8Array
  readonly #parts: Uint8Array[] = []

  /** @param sync 16 bytes that stand between the blocks */
  constructor(sync: Uint8Array) {
    this.#sync = sync
    const head = { 'avro.codec': 'null', 'avro.schema': JSON.stringify(schema) }
    this.#parts.push(Buffer.from('Obj\u0001'), long(Object.keys(head).length))
    for (const [name, value] of Object.entries(head)) this.#parts.push(text(name), text(value))
    this.#parts.push(long(0), sync)
  }

  result(data: Uint8Array): void {
    this.#block(long(places.resultData), long(data.length), data)
  }

  /** @param position of the record, from 0 */
  error(isFatal: 0 | 1, name: string, description: string, position: number): void {
    this.#block(long(places.error), Uint8Array.of(isFatal), text(name), text(description), long(position))
  }

  /** @param bytes that were looked at */
  end(bytes: number): void {
    this.#block(long(places.end), long(bytes))
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #block(...parts: readonly Uint8Array[]): void {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    this.#parts.push(long(1), long(size), ...parts, this.#sync)
  }
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([long(bytes.length), bytes])
}

/** Zigzag, seven bits a byte. @param value not negative */
function long(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value * 2
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
