/**
 * The answer's frame: an Avro file whose records are parts of the result, errors, and how far the query has come.
 */
import { avroBlock, avroHead, avroLong, avroText } from './avro-encoding.ts'

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
  readonly #parts: Uint8Array[]

  /** @param sync 16 bytes that stand between the blocks */
  constructor(sync: Uint8Array) {
    this.#sync = sync
    this.#parts = [avroHead(schema, sync)]
  }

  result(data: Uint8Array): void {
    this.#block(avroLong(places.resultData), avroLong(data.length), data)
  }

  /** @param position of the record, from 0 */
  error(isFatal: 0 | 1, name: string, description: string, position: number): void {
    const texts = [avroText(name), avroText(description)]
    this.#block(avroLong(places.error), Uint8Array.of(isFatal), ...texts, avroLong(position))
  }

  /** @param bytes that were looked at */
  end(bytes: number): void {
    this.#block(avroLong(places.end), avroLong(bytes))
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #block(...parts: readonly Uint8Array[]): void {
    this.#parts.push(avroBlock(1, parts, this.#sync))
  }
}
