/** A request as operations see it. Nothing is parsed before it is asked for. */
import type { IncomingMessage } from 'node:http'
import { readBody, ServiceError } from '@aloft/kernel'
import type { SigningAccount } from '../accounts/accounts.ts'
import type { Identity, RequestPart, ServiceName, StorageRequest, StorageResponse } from '../contracts.ts'
import type { UnknownRequest } from './auth/authenticate.ts'
import { generalErrors } from './general-errors.ts'
import { readMetadata } from './metadata.ts'
import { QueryString } from './query-string.ts'
import type { RequestAddress } from './request-address.ts'
import type { StorageError } from './storage-error.ts'

/** What a request begins with: a message from the network, or a part of a batch. */
export interface RequestHead {
  readonly method: string
  readonly rawHeaders: readonly string[]
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A stream, a body that came whole, or none. */
export type BodySource = IncomingMessage | Buffer | undefined

/** Where it came from. */
export interface RequestOrigin {
  readonly isEncrypted: boolean
  readonly remoteAddress: string
  /** With its port. */
  readonly host: string
  readonly requestId: string
  readonly now: number
  /** What `dispatch` calls. */
  dispatch(part: RequestPart): Promise<StorageResponse>
}

export class FrontRequest implements StorageRequest, UnknownRequest {
  readonly service: ServiceName
  readonly account: SigningAccount
  readonly isSecondary: boolean
  readonly isWebsite: boolean
  readonly method: string
  readonly path: string
  readonly urlPath: string
  readonly search: string
  readonly rawHeaders: readonly string[]
  readonly requestId: string
  readonly isEncrypted: boolean
  readonly remoteAddress: string
  /** With its port. */
  readonly host: string
  readonly now: number
  /** Nobody until it has been looked at. */
  identity: Identity = anonymous
  /** Set once it has been checked. */
  version = ''
  readonly #headers: RequestHead['headers']
  readonly #base: string
  readonly #body: BodySource
  readonly #dispatch: RequestOrigin['dispatch']
  #parameters: QueryString | undefined

  constructor(
    service: ServiceName,
    account: SigningAccount,
    head: RequestHead,
    address: RequestAddress,
    origin: RequestOrigin,
    body: BodySource,
  ) {
    this.service = service
    this.account = account
    this.isSecondary = address.isSecondary
    this.isWebsite = address.isWebsite
    this.method = head.method
    this.path = address.path
    this.urlPath = address.urlPath
    this.search = address.search
    this.rawHeaders = head.rawHeaders
    this.requestId = origin.requestId
    this.isEncrypted = origin.isEncrypted
    this.remoteAddress = origin.remoteAddress
    this.host = origin.host
    this.now = origin.now
    this.#headers = head.headers
    this.#base = address.base
    this.#body = body
    this.#dispatch = origin.dispatch
  }

  get parameters(): QueryString {
    this.#parameters ??= new QueryString(this.search)
    return this.#parameters
  }

  query(name: string): string | undefined {
    return this.search === '' ? undefined : this.parameters.get(name.toLowerCase())
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    return typeof value === 'object' ? value.join(',') : value
  }

  metadata(): Readonly<Record<string, string>> {
    return readMetadata(this.rawHeaders)
  }

  get clientRequestId(): string | undefined {
    const id = this.header('x-ms-client-request-id')
    return id !== undefined && printable.test(id) ? id : undefined
  }

  get endpoint(): string {
    return `${this.isEncrypted ? 'https' : 'http'}://${this.#base}`
  }

  get contentLength(): number | undefined {
    if (this.header('transfer-encoding') !== undefined) return undefined
    // Node.js has refused everything but digits.
    return Number(this.header('content-length') ?? 0)
  }

  /** Whether there is nothing of the body left to come. */
  get isWhole(): boolean {
    return this.#body === undefined || Buffer.isBuffer(this.#body) || this.contentLength === 0
  }

  body(): AsyncIterable<Uint8Array> {
    if (!this.#body) return pieces([])
    if (Buffer.isBuffer(this.#body)) return pieces([this.#body])
    // A body that is not read to its end must not take the connection with it: the answer is still to be sent.
    return this.#body.iterator({ destroyOnReturn: false })
  }

  bytes(maxBytes: number): Promise<Buffer> {
    if (!this.#body) return Promise.resolve(noBytes)
    if (!Buffer.isBuffer(this.#body)) return readWhole(this.#body, maxBytes)
    return this.#body.length > maxBytes ? Promise.reject(tooLarge(maxBytes)) : Promise.resolve(this.#body)
  }

  dispatch(part: RequestPart): Promise<StorageResponse> {
    return this.#dispatch(part)
  }
}

const anonymous: Identity = { kind: 'anonymous' }
const noBytes = Buffer.alloc(0)
/** Azure gives it back only if it is sound. */
const printable = /^[\x20-\x7e]{1,1024}$/

async function* pieces(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

async function readWhole(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await readBody(incoming, maxBytes)
  } catch (error) {
    throw error instanceof ServiceError && error.code === 'BodyTooLarge' ? tooLarge(maxBytes) : error
  }
}

function tooLarge(maxBytes: number): StorageError {
  return generalErrors.RequestBodyTooLarge({ elements: { MaxLimit: maxBytes } })
}
