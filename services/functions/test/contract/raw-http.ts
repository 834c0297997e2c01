/** HTTP as bytes: for what `fetch` hides, joins or refuses to send. */
import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

export interface RawRequest {
  readonly method?: string
  /** A flat list (`name, value, name, value`) repeats headers. */
  readonly headers?: OutgoingHttpHeaders | readonly string[]
  /** Several chunks are sent with `Transfer-Encoding: chunked`. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** @default none: a connection for this request alone */
  readonly agent?: Agent
}

export interface RawResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The body as JSON. */
  readonly json: unknown
}

/** Sends one request and reads the whole answer. Rejects when the connection breaks before its end. */
export function send(url: string, options: RawRequest = {}): Promise<RawResponse> {
  const { method = 'GET', headers, body, agent = false } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          text: bytes.toString(),
          get json() {
            return JSON.parse(bytes.toString())
          },
        })
      })
    })
    outgoing.on('error', reject)
    for (const chunk of Array.isArray(body) ? body : []) outgoing.write(chunk)
    outgoing.end(Array.isArray(body) ? undefined : body)
  })
}
