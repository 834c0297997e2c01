/** Reading what clients send: `application/x-www-form-urlencoded`, and credentials in a header. */
import type { IncomingMessage } from 'node:http'
import { readBody, ServiceError } from '@aloft/kernel'
import { errors } from '../errors.ts'
import { maxBodyBytes } from '../limits.ts'

/** Parameters by name; empty ones count as absent. */
export class Form {
  readonly #values: URLSearchParams

  constructor(values: URLSearchParams) {
    this.#values = values
  }

  get(name: string): string | undefined {
    return this.#values.get(name) || undefined
  }

  /** @throws errors.MissingParameter */
  require(name: string): string {
    const value = this.get(name)
    if (value === undefined) throw errors.MissingParameter({ name })
    return value
  }
}

/** @throws errors.MalformedRequest */
export async function readForm(request: IncomingMessage): Promise<Form> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/x-www-form-urlencoded')
    throw errors.MalformedRequest({
      reason: `the body must be application/x-www-form-urlencoded, not ${type}`,
    })
  let body: Buffer
  try {
    body = await readBody(request, maxBodyBytes)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'BodyTooLarge')
      throw errors.MalformedRequest({ reason: `the body is larger than ${maxBodyBytes} bytes` })
    throw error
  }
  const form = new URLSearchParams(body.toString())
  for (const [name, value] of basicCredentials(request)) if (!form.has(name)) form.set(name, value)
  return new Form(form)
}

/** `client_secret_basic` (RFC 6749, 2.3.1): both parts are form-encoded within base64. */
function basicCredentials({ headers }: IncomingMessage): readonly (readonly [string, string])[] {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(headers.authorization ?? '') ?? []
  if (encoded === undefined) return []
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  return [
    ['client_id', formDecoded(id)],
    ['client_secret', formDecoded(secret.join(':'))],
  ]
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? ''
}
