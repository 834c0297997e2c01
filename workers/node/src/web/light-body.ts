/**
 * The body of a light request or response: bytes or text until something beyond reading it whole is asked. Only the
 * library sees it, which reads in asynchronous functions of its own: what is here already comes without a promise.
 */

/** What `Request` and `Response` have in common, as the library uses it. */
type NativeBody = Request | Response

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export abstract class LightBody {
  #source: Uint8Array<ArrayBuffer> | string | undefined
  #isUsed = false
  #native: NativeBody | undefined = undefined

  /** Bytes must be nobody else's; undefined = no body. */
  constructor(source: Uint8Array<ArrayBuffer> | string | undefined) {
    this.#source = source
  }

  /** The platform's object with the same properties and `body`; it takes over everything. */
  protected abstract createNative(body: Uint8Array<ArrayBuffer> | string | undefined): NativeBody

  get body(): ReadableStream | null {
    return this.#source === undefined ? null : this.native().body
  }

  get bodyUsed(): boolean {
    return this.#native ? this.#native.bodyUsed : this.#isUsed
  }

  arrayBuffer(): ArrayBuffer | Promise<ArrayBuffer> {
    const bytes = this.#take()
    if (!bytes) return this.native().arrayBuffer()
    const isAlone = bytes.length === bytes.buffer.byteLength
    return isAlone ? bytes.buffer : new Uint8Array(bytes).buffer
  }

  text(): string | Promise<string> {
    const bytes = this.#take()
    return bytes ? decoder.decode(bytes) : this.native().text()
  }

  /** Throws what is wrong with the text. */
  json(): unknown {
    const bytes = this.#take()
    return bytes ? JSON.parse(decoder.decode(bytes)) : this.native().json()
  }

  blob(): Promise<Blob> {
    return this.native().blob()
  }

  formData(): Promise<FormData> {
    return this.native().formData()
  }

  clone(): NativeBody {
    return this.native().clone()
  }

  /** The platform's object; made with the body's state as it is. */
  protected native(): NativeBody {
    if (!this.#native) {
      this.#native = this.createNative(this.#source)
      // It has to say the same of a body that was read.
      if (this.#isUsed) void this.#native.arrayBuffer()
    }
    return this.#native
  }

  /** The bytes, once; undefined when the platform's object has to answer. */
  #take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#native || this.#isUsed) return undefined
    // No body can be read any number of times.
    if (this.#source === undefined) return new Uint8Array()
    this.#isUsed = true
    return typeof this.#source === 'string' ? encoder.encode(this.#source) : this.#source
  }
}
