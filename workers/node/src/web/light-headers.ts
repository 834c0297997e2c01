/**
 * `Headers` that stay a plain object until something beyond reading is asked of them; from then on the platform's
 * own `Headers` answers. User code sees them as `request.headers` and `response.headers`, so they pass for the
 * platform's in every way but one: its methods cannot be borrowed for them (`Headers.prototype.get.call(these)`).
 */
import { inspect } from 'node:util'
import { markAsUncloneable } from 'node:worker_threads'
import { type HeaderRecord, isHeaderName, isPlainHeader, toHeaderRecord } from './header-record.ts'

type Pair = [name: string, value: string]
type ForEachCallback = (value: string, name: string, headers: LightHeaders) => void

export class LightHeaders {
  /** What they are while nothing special was asked. */
  #record: HeaderRecord | undefined
  /** Set once it answers; `#record` is undefined then. */
  #native: Headers | undefined
  /** `#record` in the order of iteration. */
  #sorted: Pair[] | undefined

  /** Throws what `new Headers(init)` throws. */
  constructor(init?: unknown) {
    const record = LightHeaders.recordOf(init)
    this.#record = record
    this.#native = record
      ? undefined
      : new globalThis.Headers(init as ConstructorParameters<typeof Headers>[0])
    this.#sorted = undefined
    markAsUncloneable(this)
  }

  append(...pair: Pair): void {
    const [name, value] = pair
    // Values of one name are joined, but not those of cookies: that is left to the platform.
    if (!this.#record || !isPlainHeader(name, value) || this.has(name)) this.#toNative().append(...pair)
    else this.#put(name, value)
  }

  set(...pair: Pair): void {
    const [name, value] = pair
    if (!this.#record || !isPlainHeader(name, value)) this.#toNative().set(...pair)
    else this.#put(name, value)
  }

  delete(...name: [string]): void {
    this.#toNative().delete(...name)
  }

  get(name: string): string | null {
    const record = this.#record
    if (!record || !isHeaderName(name)) return this.#toNative().get(name)
    const lower = name.toLowerCase()
    return Object.hasOwn(record, lower) ? (record[lower] as string) : null
  }

  has(name: string): boolean {
    const record = this.#record
    if (!record || !isHeaderName(name)) return this.#toNative().has(name)
    return Object.hasOwn(record, name.toLowerCase())
  }

  getSetCookie(): string[] {
    if (!this.#record) return this.#toNative().getSetCookie()
    const value = this.get('set-cookie')
    return value === null ? [] : [value]
  }

  forEach(callback: ForEachCallback, thisArgument?: unknown): void {
    if (typeof callback !== 'function') this.#toNative().forEach(callback)
    for (const [name, value] of this.entries()) callback.call(thisArgument, value, name, this)
  }

  keys(): IterableIterator<string> {
    return new HeadersIterator(this, ([name]) => name)
  }

  values(): IterableIterator<string> {
    return new HeadersIterator(this, ([, value]) => value)
  }

  entries(): IterableIterator<Pair> {
    return new HeadersIterator(this, ([name, value]) => [name, value])
  }

  /** Headers that own `record`. */
  static adopt(record: HeaderRecord): LightHeaders {
    const headers = new LightHeaders()
    headers.#record = record
    return headers
  }

  /** A record of its own when nothing about `init` is special. */
  static recordOf(init: unknown): HeaderRecord | undefined {
    if (!(init instanceof LightHeaders)) return toHeaderRecord(init)
    return init.#record && { ...init.#record }
  }

  /** The platform's headers with the same content, in the order of insertion. */
  static toNativeCopy(headers: LightHeaders): Headers {
    return new globalThis.Headers(headers.#record ?? headers.#native)
  }

  /** From now on they are a view of `native`, e.g. of a request made with them. */
  static delegate(headers: LightHeaders, native: Headers): void {
    headers.#record = undefined
    headers.#sorted = undefined
    headers.#native = native
  }

  /** All pairs as they are now, in the order of iteration. */
  static pairs(headers: LightHeaders): Pair[] {
    if (!headers.#record) return [...headers.#toNative()]
    headers.#sorted ??= Object.entries(headers.#record).sort(([a], [b]) => (a < b ? -1 : 1))
    return headers.#sorted
  }

  #put(name: string, value: string): void {
    const record = this.#record as HeaderRecord
    record[name.toLowerCase()] = value
    this.#sorted = undefined
  }

  #toNative(): Headers {
    if (!this.#native) LightHeaders.delegate(this, new globalThis.Headers(this.#record))
    return this.#native as Headers
  }
}

/** Live, as the standard has it: each step looks at the headers as they are then. */
class HeadersIterator<Item> implements IterableIterator<Item> {
  readonly #headers: LightHeaders
  readonly #select: (pair: Pair) => Item
  #index = 0

  constructor(headers: LightHeaders, select: (pair: Pair) => Item) {
    this.#headers = headers
    this.#select = select
  }

  next(): IteratorResult<Item> {
    const pair = LightHeaders.pairs(this.#headers)[this.#index++]
    return pair ? { done: false, value: this.#select(pair) } : { done: true, value: undefined }
  }

  declare [Symbol.iterator]: () => IterableIterator<Item>
}
const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([].values()))
Object.setPrototypeOf(HeadersIterator.prototype, iteratorPrototype)
Object.defineProperty(HeadersIterator.prototype, Symbol.toStringTag, { value: 'Headers Iterator' })

const { prototype } = LightHeaders
const hidden = { configurable: true, writable: true, enumerable: false }
Object.defineProperties(prototype, {
  [Symbol.iterator]: { ...hidden, value: prototype.entries },
  [Symbol.toStringTag]: { ...hidden, value: 'Headers' },
  [inspect.custom]: {
    ...hidden,
    value(this: LightHeaders, depth: number, options: object) {
      return inspect(LightHeaders.toNativeCopy(this), { ...options, depth })
    },
  },
  constructor: { configurable: true, enumerable: false, get: () => globalThis.Headers },
})

/**
 * The platform's class takes long to load (undici, 40 ms). It becomes the parent when somebody looks beyond what
 * is here, as `headers instanceof Headers` does; until then a proxy stands for it.
 */
function platformPrototype(): object {
  const { prototype: parent } = globalThis.Headers
  Object.setPrototypeOf(prototype, parent)
  return parent
}
Object.setPrototypeOf(
  prototype,
  new Proxy(
    {},
    {
      getPrototypeOf: platformPrototype,
      get: (_target, name, receiver) => Reflect.get(platformPrototype(), name, receiver),
      has: (_target, name) => Reflect.has(platformPrototype(), name),
    },
  ),
)
