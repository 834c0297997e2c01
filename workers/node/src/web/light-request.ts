/** `Request` as the library makes it for an invocation. */
import { isCanonicalUrl } from './canonical-url.ts'
import { LightBody } from './light-body.ts'
import { LightHeaders } from './light-headers.ts'

const plainMethods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])

/**
 * What `new Request(url, init)` is for the library. Anything but a canonical URL, a usual method and nothing or
 * bytes as body becomes the platform's `Request`, and so do errors. The library hands over bytes of its own.
 */
export function createRequest(url: string, init: RequestInit = {}): LightRequest | Request {
  const { method = 'GET', body } = init
  const record = isPlain(url, method, body) ? LightHeaders.recordOf(init.headers) : undefined
  if (!record) return new globalThis.Request(url, init)
  return new LightRequest(url, method, LightHeaders.adopt(record), body as Uint8Array<ArrayBuffer> | null)
}

class LightRequest extends LightBody {
  readonly url: string
  readonly method: string
  readonly headers: LightHeaders

  constructor(
    url: string,
    method: string,
    headers: LightHeaders,
    body: Uint8Array<ArrayBuffer> | null | undefined,
  ) {
    super(body ?? undefined)
    this.url = url
    this.method = method
    this.headers = headers
  }

  protected override createNative(body: Uint8Array<ArrayBuffer> | undefined): Request {
    const { url, method, headers } = this
    const native = new globalThis.Request(url, { method, body, headers: LightHeaders.pairs(headers) })
    LightHeaders.delegate(headers, native.headers)
    return native
  }
}

function isPlain(url: unknown, method: string, body: unknown): boolean {
  if (!plainMethods.has(method) || !isCanonicalUrl(url)) return false
  const isWithout = method === 'GET' || method === 'HEAD'
  return body === undefined || body === null || (!isWithout && body instanceof Uint8Array)
}
