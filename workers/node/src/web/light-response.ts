/** `Response` as the library makes it of what a function returns. */
import { LightBody } from './light-body.ts'
import { LightHeaders } from './light-headers.ts'

const textType = 'text/plain;charset=UTF-8'
const nullBodyStatuses = new Set([204, 205, 304])

/**
 * What `new Response(body, init)` is for the library. Anything but nothing, text or bytes as body and a usual
 * status becomes the platform's `Response`, and so do errors.
 */
export function createResponse(body?: unknown, init: ResponseInit = {}): LightResponse | Response {
  const { status = 200 } = init
  const record = isPlain(body, status) ? LightHeaders.recordOf(init.headers) : undefined
  if (!record) return new globalThis.Response(body as ConstructorParameters<typeof Response>[0], init)
  if (typeof body === 'string') record['content-type'] ??= textType
  // The function may go on to use its bytes.
  const source = body instanceof Uint8Array ? new Uint8Array(body) : (body as string | null | undefined)
  return new LightResponse(status, LightHeaders.adopt(record), source)
}

class LightResponse extends LightBody {
  readonly status: number
  readonly headers: LightHeaders

  constructor(
    status: number,
    headers: LightHeaders,
    body: Uint8Array<ArrayBuffer> | string | null | undefined,
  ) {
    super(body ?? undefined)
    this.status = status
    this.headers = headers
  }

  protected override createNative(body: Uint8Array<ArrayBuffer> | string | undefined): Response {
    const { status, headers } = this
    const native = new globalThis.Response(body, { status, headers: LightHeaders.pairs(headers) })
    LightHeaders.delegate(headers, native.headers)
    return native
  }
}

function isPlain(body: unknown, status: unknown): boolean {
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599) return false
  if (body === undefined || body === null) return true
  if (nullBodyStatuses.has(status as number)) return false
  return typeof body === 'string' || (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer)
}
