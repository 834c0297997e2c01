/** Text or JSON that a function returned and that describes a response: `{"body": …, "status": 201}`. */
import type { RpcHttp, RpcHttpCookie } from '../typed-data.ts'

/** What stands in the text: the parts of a response, and its body. */
export interface ResponseObject {
  readonly http: RpcHttp
  readonly body: BodyContent
}

export type BodyContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'text' | 'json'; readonly text: string }

/**
 * Reads what a function returned as text (Python's `-> str`, custom handlers). An object with a `body` is a
 * response object; other JSON is itself the body, status 200. Undefined when the text is not JSON, or a scalar.
 */
export function parseResponseObject(text: string): ResponseObject | undefined {
  const start = text.trimStart()[0]
  if (start !== '{' && start !== '[') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Text that only looks like JSON is text.
    return undefined
  }
  const fields = new Map<string, unknown>()
  if (!Array.isArray(value))
    for (const [name, field] of Object.entries(value as object)) fields.set(name.toLowerCase(), field)
  if (!fields.has('body')) return { http: {}, body: { kind: 'json', text } }
  return {
    http: {
      statusCode: String(fields.get('statuscode') ?? fields.get('status') ?? '200'),
      headers: headersOf(fields.get('headers')),
      cookies: cookiesOf(fields.get('cookies')),
      enableContentNegotiation: fields.get('enablecontentnegotiation') === true,
    },
    body: bodyOf(fields.get('body')),
  }
}

function bodyOf(body: unknown): BodyContent {
  if (body === null || body === undefined) return { kind: 'none' }
  if (typeof body === 'object') return { kind: 'json', text: JSON.stringify(body) }
  return { kind: 'text', text: String(body) }
}

function headersOf(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (value === null && name.toLowerCase() === 'content-type')
        throw new Error('content-type header cannot be null')
      return [name, String(value ?? '')]
    }),
  )
}

/** Cookies as people write them: `{ name, value, path, maxAge, expires, sameSite, … }`. */
function cookiesOf(cookies: unknown): RpcHttpCookie[] {
  if (!Array.isArray(cookies)) return []
  return cookies.flatMap((cookie: unknown) => {
    if (typeof cookie !== 'object' || cookie === null) return []
    const fields = cookie as Record<string, unknown>
    const text = (name: string) => (typeof fields[name] === 'string' ? { value: fields[name] } : null)
    const flag = (name: string) => (typeof fields[name] === 'boolean' ? { value: fields[name] } : null)
    const expires = Date.parse(String(fields.expires))
    const sameSite = String(fields.sameSite ?? '').toLowerCase()
    return {
      name: String(fields.name ?? ''),
      value: String(fields.value ?? ''),
      domain: text('domain'),
      path: text('path'),
      secure: flag('secure'),
      httpOnly: flag('httpOnly'),
      expires: Number.isNaN(expires) ? null : { value: { seconds: Math.floor(expires / 1000) } },
      maxAge: typeof fields.maxAge === 'number' ? { value: fields.maxAge } : null,
      sameSite:
        sameSite === 'lax' || sameSite === 'strict' ? sameSite : sameSite === 'none' ? 'explicitNone' : null,
    } satisfies RpcHttpCookie
  })
}
