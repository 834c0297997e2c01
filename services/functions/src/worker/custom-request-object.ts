/** An HTTP request as custom handlers get it in `Data` (host `HttpRequestExtensions.GetRequestAsJObject`). */
import type { RpcHttp } from '@aloft/wire'

/** Names that Kestrel knows, and spells so whatever the client has sent; all others stay as they were sent. */
const knownHeaders = new Map(
  [
    ...['Accept', 'Accept-Charset', 'Accept-Encoding', 'Accept-Language', 'Access-Control-Request-Headers'],
    ...['Access-Control-Request-Method', 'Allow', 'Authorization', 'Cache-Control', 'Connection'],
    ...['Content-Encoding', 'Content-Language', 'Content-Length', 'Content-Location', 'Content-MD5'],
    ...['Content-Range', 'Content-Type', 'Cookie', 'Date', 'Expect', 'Expires', 'From', 'Host', 'If-Match'],
    ...['If-Modified-Since', 'If-None-Match', 'If-Range', 'If-Unmodified-Since', 'Keep-Alive'],
    ...['Last-Modified', 'Max-Forwards', 'Origin', 'Pragma', 'Proxy-Authorization', 'Range', 'Referer'],
    ...['Request-Id', 'TE', 'Trailer', 'Transfer-Encoding', 'Translate', 'Upgrade'],
    ...['Upgrade-Insecure-Requests', 'User-Agent', 'Via', 'Warning'],
  ].map((name) => [name.toLowerCase(), name]),
)

/** @param rawHeaders flat, as sent; undefined = those of `http` are all there is */
export function requestObject(http: RpcHttp, rawHeaders: readonly string[] | undefined): object {
  const { url = '', method = '', query = {}, params = {} } = http
  const body = http.body?.bytes
  return {
    Url: url,
    Method: method,
    Query: query,
    Headers: headersObject(http, rawHeaders),
    Params: params,
    Identities: [],
    ...(body && body.length > 0 && { Body: bodyText(body, http.headers?.['content-type']) }),
  }
}

/** Header names with all their values. */
export function headersObject(
  { headers = {} }: RpcHttp,
  rawHeaders: readonly string[] | undefined,
): Record<string, string[]> {
  const flat = rawHeaders ?? Object.entries(headers).flat()
  const found = new Map<string, { name: string; values: string[] }>()
  for (let index = 0; index < flat.length; index += 2) {
    const sent = flat[index]!
    const key = sent.toLowerCase()
    const header = found.get(key) ?? { name: knownHeaders.get(key) ?? sent, values: [] }
    header.values.push(flat[index + 1]!)
    found.set(key, header)
  }
  return Object.fromEntries([...found.values()].map(({ name, values }) => [name, values]))
}

/** Text, or base64 where the content type says that it is none. */
function bodyText(body: Uint8Array, contentType = ''): string {
  const isBinary = /^\s*(?:application\/octet-stream|multipart\/)/i.test(contentType)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return bytes.toString(isBinary ? 'base64' : 'utf8')
}
