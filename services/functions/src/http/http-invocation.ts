/** One HTTP request as the invoker gets it. */
import type { TypedData } from '@aloft/wire'
import { parseQuery, parseTarget } from '@aloft/wire/http'
import { httpBindingData } from '../app/index.ts'
import type { ForwardTarget, HttpInvocationInput } from '../contracts.ts'

/** The host's wording for functions that are called over HTTP. */
export const httpReason = 'This function was programmatically called via the host APIs.'

/**
 * The input of an HTTP invocation. A class, because thousands are made each second and few are asked for their
 * signal or binding data: both are made when asked for. Hand it on as it is; a copy by spread would lose them.
 */
export class HttpInvocation implements HttpInvocationInput {
  readonly data: TypedData
  readonly metadata: Record<string, TypedData> | undefined
  readonly reason = httpReason
  readonly traceParent: string | undefined
  readonly traceState: string | undefined
  readonly rawHeaders: readonly string[]
  readonly forward: ((target: ForwardTarget) => Promise<Error | undefined>) | undefined
  readonly #headers: Readonly<Record<string, string>>
  #isAborted = false
  #controller: AbortController | undefined

  constructor(
    data: TypedData,
    headers: Readonly<Record<string, string>>,
    rawHeaders: readonly string[],
    streaming?: {
      readonly metadata: Record<string, TypedData>
      readonly forward: (target: ForwardTarget) => Promise<Error | undefined>
    },
  ) {
    this.data = data
    this.rawHeaders = rawHeaders
    this.#headers = headers
    this.traceParent = headers.traceparent
    this.traceState = headers.tracestate
    this.metadata = streaming?.metadata
    this.forward = streaming?.forward
  }

  /** Aborts when the client has gone. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort(clientGone())
    return this.#controller.signal
  }

  /** The client has gone. */
  abort(): void {
    this.#isAborted = true
    this.#controller?.abort(clientGone())
  }

  /** Names for binding expressions: route values win over the query, which wins over the JSON body. */
  bindingData(): Record<string, unknown> {
    const { url = '', params = {}, body, ...http } = this.data.http ?? {}
    // A streamed request's query goes to the worker by itself.
    const query = http.query ?? parseQuery(parseTarget(url).query)
    const headers = this.#headers
    const isJson = headers['content-type']?.toLowerCase().includes('json')
    const text = isJson && body?.bytes ? Buffer.from(body.bytes).toString() : undefined
    return { ...httpBindingData({ body: text, query, headers, params }) }
  }
}

function clientGone(): Error {
  return new Error('The client closed the connection.')
}
