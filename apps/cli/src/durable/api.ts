/** The management API of Durable Functions of an app that runs (https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api). */
import { UserError } from '@aloft/kernel'

export interface ApiOptions {
  /** Where the app is, e.g. `http://localhost:7071`. */
  readonly url: string
  /** System key `durabletask_extension` or the master key; apps that run locally ask for none. */
  readonly code: string | undefined
  readonly taskHub: string | undefined
}

export interface ApiAnswer {
  readonly status: number
  readonly text: string
  /** Of the next page; '' = there is none. */
  readonly continuation: string
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  /** JSON text. */
  readonly body?: string | undefined
  readonly continuation?: string | undefined
}

export class DurableApi {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  /** @throws UserError when nobody answers, or the answer is an error that the caller has not named in `expected` */
  async call(path: string, request: ApiRequest = {}, expected: readonly number[] = []): Promise<ApiAnswer> {
    const { url, code, taskHub } = this.#options
    const target = new URL(`${url.replace(/\/$/, '')}/runtime/webhooks/durabletask/${path}`)
    for (const [name, value] of Object.entries({ taskHub, code, ...request.query }))
      if (value !== undefined) target.searchParams.set(name, value)
    const response = await fetch(target, {
      method: request.method ?? 'GET',
      headers: {
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...(request.continuation && { 'x-ms-continuation-token': request.continuation }),
      },
      ...(request.body !== undefined && { body: request.body }),
    }).catch((error: Error) => {
      throw new UserError(`No app answers at ${url}`, {
        hint: 'Start it, or say where it is: --url http://localhost:PORT.',
        cause: error,
      })
    })
    const text = await response.text()
    const { status } = response
    if (!response.ok && !expected.includes(status)) throw refusal(status, text)
    return { status, text, continuation: response.headers.get('x-ms-continuation-token') ?? '' }
  }
}

function refusal(status: number, text: string): UserError {
  if (status === 401)
    return new UserError('The app asks for a key', {
      hint: "Give the system key 'durabletask_extension' or the master key with --code.",
    })
  if (status === 404 && text === '')
    return new UserError('There is no such instance, or the app has no durable functions')
  return new UserError(messageIn(text) ?? `The app answered ${status}: ${text}`)
}

function messageIn(text: string): string | undefined {
  try {
    const { ExceptionMessage, Message } = JSON.parse(text) as Record<string, unknown>
    const message = ExceptionMessage ?? Message
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
