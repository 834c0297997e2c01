/** The way of a request through one service: address, identity, operation, permission, answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  type Clock,
  type DirectExchange,
  type DirectHandler,
  ensureError,
  type Logger,
  newId,
  ServiceError,
} from '@aloft/kernel'
import type { Accounts } from './accounts/accounts.ts'
import { followsAzurite } from './accounts/azurite-leniency.ts'
import type { ServicePropertiesStore } from './accounts/service-properties-store.ts'
import type { Identity, RequestPart, StorageProtocol, StorageResponse } from './contracts.ts'
import { ArrivalOrder } from './protocol/arrival-order.ts'
import { type Authentication, authenticate } from './protocol/auth/authenticate.ts'
import { authorize } from './protocol/auth/authorize.ts'
import { answerPreflight, corsHeaders } from './protocol/cors.ts'
import { dataLakeRefusal, isForDataLake } from './protocol/data-lake.ts'
import {
  type BodySource,
  FrontRequest,
  type RequestHead,
  type RequestOrigin,
} from './protocol/front-request.ts'
import { generalErrors } from './protocol/general-errors.ts'
import { addressOf, isWebsiteHost, type RequestAddress, websiteHostOf } from './protocol/request-address.ts'
import { type AnsweredRequest, commonHeaders, sendDirect, sendResponse } from './protocol/send-response.ts'
import type { SharedOperations } from './protocol/service-operations.ts'
import { checkVersion, newestVersion } from './protocol/service-version.ts'
import { type FailedRequest, renderStorageError, StorageError } from './protocol/storage-error.ts'

export interface StorageFrontOptions {
  readonly protocol: StorageProtocol
  readonly accounts: Accounts
  readonly properties: ServicePropertiesStore
  readonly shared: SharedOperations
  readonly authentication: Authentication
  readonly clock: Clock
  readonly log: Logger
  /** The account whose website is meant where no host name says another one. @default no websites but by host name */
  readonly websiteOf?: string
}

/** Answers the requests to one service. */
export class StorageFront {
  readonly #options: StorageFrontOptions
  readonly #isAccount: (name: string) => boolean
  readonly #order = new ArrivalOrder()

  constructor(options: StorageFrontOptions) {
    this.#options = options
    this.#isAccount = (name) => options.accounts.find(name) !== undefined
  }

  /** For the listener. */
  readonly handler = (incoming: IncomingMessage, response: ServerResponse): void => {
    // Without a listener, a client that goes away in the middle would end the process.
    response.on('error', ignore)
    void this.#serve(incoming, response)
  }

  /** For the listener's short way: requests that came whole. */
  readonly direct: DirectHandler = (exchange) => {
    void this.#serveDirect(exchange)
    return true
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const opened = this.#openOrRefuse(incoming as RequestHead, incoming.url!, incoming.socket, incoming)
    try {
      const answer = opened.refusal ?? (await this.#answerInOrder(opened.request))
      if (!response.destroyed) await sendResponse(response, opened.request, answer)
    } catch (error) {
      this.#unsent(error, opened.request.requestId, response.destroyed)
      response.destroy()
    }
  }

  async #serveDirect(exchange: DirectExchange): Promise<void> {
    const opened = this.#openOrRefuse(exchange, exchange.url, exchange.socket, exchange.body)
    try {
      const answer = opened.refusal ?? (await this.#answerInOrder(opened.request))
      await sendDirect(exchange, opened.request, answer)
    } catch (error) {
      this.#unsent(error, opened.request.requestId, exchange.isGone)
      exchange.socket.destroy()
    }
  }

  /** The request, or for one that names no account what it is answered. */
  #openOrRefuse(head: RequestHead, url: string, socket: Socket, body: BodySource): Opened {
    const origin = this.#originOf(head, socket)
    try {
      return { request: this.#open(head, url, origin, body), refusal: undefined }
    } catch (error) {
      const request: AnsweredRequest & FailedRequest = {
        service: this.#options.protocol.service,
        method: head.method,
        requestId: origin.requestId,
        version: newestVersion,
        clientRequestId: undefined,
        now: origin.now,
      }
      // Whoever meets no account meets no service: such errors are XML for tables, too.
      return { request, refusal: this.#failed(error, { ...request, service: 'blob' }) }
    }
  }

  /** The request, if it names an account. @throws StorageError InvalidUri, ResourceNotFound */
  #open(head: RequestHead, url: string, origin: RequestOrigin, body: BodySource): FrontRequest {
    const { protocol, accounts } = this.#options
    const address: RequestAddress | undefined = addressOf(url, origin.host, this.#isAccount)
    if (!address) throw generalErrors.InvalidUri()
    const account = accounts.find(address.account)
    if (!account) throw generalErrors.ResourceNotFound({ message: 'The specified account does not exist.' })
    return new FrontRequest(protocol.service, account, head, address, origin, body)
  }

  /** Never rejects. Queues have an order of their own. */
  async #answerInOrder(request: FrontRequest): Promise<StorageResponse> {
    if (request.service === 'queue') return this.#answer(request)
    const path = request.account.name + request.path
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (!this.#order.isIdle)
        await (request.query('comp') === 'list' ? this.#order.below(path) : this.#order.at(path))
      return this.#answer(request)
    }
    const answer = this.#answer(request)
    if (isShortChange(request)) this.#order.enter(path, answer)
    return answer
  }

  /** Never rejects: what goes wrong is an answer too. */
  async #answer(request: FrontRequest): Promise<StorageResponse> {
    let answer: StorageResponse
    try {
      answer = await this.#run(request)
    } catch (error) {
      answer = this.#failed(error, request)
    }
    const origin = request.header('origin')
    return origin === undefined || request.method === 'OPTIONS'
      ? answer
      : this.#withCors(request, origin, answer)
  }

  async #run(request: FrontRequest): Promise<StorageResponse> {
    const { protocol, properties, shared, authentication } = this.#options
    const isPreflight = request.method === 'OPTIONS'
    request.version = this.#versionOf(request)
    if (isForDataLake(request)) return dataLakeRefusal
    if (request.isWebsite && protocol.website) return protocol.website(request)
    if (isPreflight)
      return answerPreflight(request, properties.of(request.account.name, request.service).cors)
    const identity = authenticate(request, protocol, authentication)
    request.identity = isPromise(identity) ? await identity : identity
    if (isWriteOnSecondary(request) && !followsAzurite(request.account))
      throw generalErrors.InsufficientAccountPermissions({ message: 'Write operations are not allowed.' })
    const operation = shared(request) ?? protocol.route(request)
    // Keys may do everything, and ask most often.
    if (request.identity.kind !== 'key') {
      const { access } = operation
      const needed = typeof access === 'function' ? await access(request) : access
      await authorize(needed, request.identity, request, protocol, authentication)
    }
    return operation.run(request)
  }

  /** @throws StorageError InvalidHeaderValue */
  #versionOf(request: FrontRequest): string {
    const sent = request.header('x-ms-version')
    const version =
      sent ??
      request.query('api-version') ??
      request.query('sv') ??
      this.#options.properties.of(request.account.name, request.service).defaultServiceVersion ??
      newestVersion
    try {
      checkVersion(version)
    } catch (error) {
      request.version = newestVersion
      throw error
    }
    return version
  }

  #withCors(request: FrontRequest, origin: string, answer: StorageResponse): StorageResponse {
    const rules = this.#options.properties.of(request.account.name, request.service).cors
    const names = [
      ...Object.keys(commonHeaders(request)),
      ...Object.keys(answer.headers ?? {}),
      'Content-Length',
    ]
    return { ...answer, headers: { ...answer.headers, ...corsHeaders(request, origin, rules, names) } }
  }

  /** A request inside another one: same connection, same front, an identity of its own. */
  async #dispatch(part: RequestPart, origin: RequestOrigin): Promise<StorageResponse> {
    const head: RequestHead = {
      method: part.method,
      rawHeaders: part.rawHeaders,
      headers: headersOf(part.rawHeaders),
    }
    const own: RequestOrigin = { ...origin, host: part.host ?? origin.host, requestId: newId() }
    let request: FrontRequest
    try {
      request = this.#open(head, part.target, own, undefined)
    } catch (error) {
      const { service } = this.#options.protocol
      return this.#failed(error, { service, method: part.method, requestId: own.requestId, now: own.now })
    }
    const answer = await this.#answer(request)
    return { ...answer, headers: { ...commonHeaders(request), ...answer.headers } }
  }

  #originOf({ headers }: RequestHead, socket: Socket): RequestOrigin {
    const { websiteOf } = this.#options
    const host = (headers.host as string | undefined) ?? `localhost:${socket.localPort}`
    const origin: RequestOrigin = {
      isEncrypted: (socket as TLSSocket).encrypted === true,
      remoteAddress: socket.remoteAddress ?? '',
      host: websiteOf === undefined || isWebsiteHost(host) ? host : websiteHostOf(websiteOf),
      requestId: newId(),
      now: this.#options.clock.now(),
      dispatch: (part) => this.#dispatch(part, origin),
    }
    return origin
  }

  #failed(error: unknown, request: FailedRequest): StorageResponse {
    if (error instanceof StorageError) return renderStorageError(error, request)
    if (!isClientGone(error))
      this.#options.log.error(`Request ${request.requestId} failed`, ensureError(error))
    return renderStorageError(generalErrors.InternalError(), request)
  }

  /** An answer that could not be sent, or not to its end. */
  #unsent(error: unknown, requestId: string, isGone: boolean): void {
    if (!isGone || !isClientGone(error))
      this.#options.log.error(`The answer to request ${requestId} broke off`, ensureError(error))
  }
}

type Opened =
  | { readonly request: FrontRequest; readonly refusal: undefined }
  | { readonly request: AnsweredRequest & FailedRequest; readonly refusal: StorageResponse }

/**
 * Nobody waits for a sender who takes his time, nor a copy for what it reads. What is posted to blobs (batches, queries)
 * changes nothing that is at its path.
 */
function isShortChange(request: FrontRequest): boolean {
  if (request.service === 'blob' && request.method === 'POST') return false
  return request.isWhole && request.header('x-ms-copy-source') === undefined
}

function isWriteOnSecondary({ isSecondary, method }: FrontRequest): boolean {
  return isSecondary && method !== 'GET' && method !== 'HEAD'
}

function isPromise(identity: Identity | Promise<Identity>): identity is Promise<Identity> {
  return 'then' in identity
}

function isClientGone(error: unknown): boolean {
  if (error instanceof ServiceError) return error.code === 'ClientGone'
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
}

function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
  }
  return headers
}

function ignore(): void {}
