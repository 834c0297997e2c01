/**
 * A connection on which requests that came whole are answered, without the objects and streams of
 * node:http. The first request that is not of that kind takes the connection to node:http, for good.
 */
import type { Socket } from 'node:net'
import { type DirectRequest, readDirectRequest } from './direct-request.ts'
import { type DirectResponse, encodeResponse, writeResponse } from './direct-response.ts'
import { maxUnreadBytes } from './limits.ts'
import { isLendable, startReading, stopReading } from './socket-reading.ts'

/** A request and the way to answer it. */
export interface DirectExchange extends Omit<DirectRequest, 'size'> {
  readonly socket: Socket
  /** Whether nobody can be answered any more. */
  readonly isGone: boolean
  /** Set by the handler: called once when the client goes before it is answered. */
  onGone: (() => void) | undefined
  /**
   * Answers, once; does nothing when nobody is there.
   * @throws RangeError | TypeError when the response is not allowed in HTTP; another may be given then
   */
  answer(response: DirectResponse): void
  /**
   * Answers with `response.length` bytes that come by and by, as fast as the client takes them. Resolves when they
   * are handed over or nobody is there; rejects, with the connection cut, when `body` fails.
   */
  stream(response: DirectResponse, body: AsyncIterable<Uint8Array>): Promise<void>
  /** How many requests the connection has brought since it was opened, or given back. */
  readonly requestCount: number
  /**
   * Once it is answered: has `borrower` serve the connection from here on, until it gives it back. Undefined when the
   * connection cannot be given away now.
   */
  lend(borrower: Borrower): Loan | undefined
}

/** Who serves a connection in the place of its server, in another process. */
export interface Borrower {
  /** It is to give the connection back as soon as nothing is in hand. */
  recall(): void
}

/** A connection in the hands of a borrower: one of these is called, once. */
export interface Loan {
  /** Nobody reads from it here. */
  readonly socket: Socket
  /** Serves the connection here again; `unread` is what the borrower has read and not answered. */
  giveBack(unread?: Buffer): void
  /** The same behind an answer to the request that the borrower had in hand. */
  answer(response: DirectResponse): void
  /** Ends the connection: it has ended already, or nobody knows where it stands. */
  end(): void
}

/**
 * Takes a request and answers it, now or later. False = it must be served with streams: the request goes to
 * node:http, and nothing of the exchange may be used.
 */
export type DirectHandler = (exchange: DirectExchange) => boolean

/** What a connection needs of the server. */
export interface DirectServer {
  readonly direct: DirectHandler
  readonly isClosing: boolean
  now(): number
  /** Takes the connection over; `unread` are the bytes from the first of a request on, if any. */
  handOver(socket: Socket, unread: Buffer | undefined): void
  forget(connection: DirectConnection): void
  failed(exchange: DirectExchange, error: unknown): void
}

export class DirectConnection {
  readonly socket: Socket
  readonly #server: DirectServer
  #current: Exchange | undefined
  /** Behind the current request, or of the next one. */
  #unread: Buffer | undefined
  /** How much must be unread before it is worth looking at. */
  #wanted = 0
  #isAdvancing = false
  /** The client does not read what it is sent. */
  #isClogged = false
  #requestCount = 0
  #hasServed = false
  #idleTicks = 0
  /** Who serves it now. */
  #borrower: Borrower | undefined
  /** It is to be handed over behind what is in hand. */
  #isLeaving = false

  constructor(socket: Socket, server: DirectServer) {
    this.socket = socket
    this.#server = server
    socket.on('data', this.receive).on('end', this.#onEnd).on('error', ignore).on('close', this.#onClose)
    socket.on('drain', this.#onDrain)
  }

  /** Whether a request, or what must be sent of its response, is in hand. */
  get isBusy(): boolean {
    return this.#current !== undefined || this.#isClogged || this.#borrower !== undefined
  }

  /** Requests since it was opened, or given back. */
  get requestCount(): number {
    return this.#requestCount
  }

  /** Called at a steady rate. Ends a connection that was idle for `keptTicks`, or `silentTicks` before its first request. */
  tick(keptTicks: number, silentTicks: number): void {
    this.#idleTicks = this.isBusy || this.#unread ? 0 : this.#idleTicks + 1
    if (this.#idleTicks > (this.#hasServed ? keptTicks : silentTicks)) this.socket.destroy()
  }

  /** Ends the connection, now or behind what is in hand. The server says `isClosing` from now on. */
  closeWhenIdle(): void {
    if (this.#borrower) this.#borrower.recall()
    else if (!this.#current) this.socket.destroySoon()
  }

  /** Hands the connection over, now or behind what is in hand. */
  leaveWhenIdle(): void {
    if (this.#current) this.#isLeaving = true
    else this.#leave(this.#unread)
  }

  /** See `DirectExchange.lend`. */
  lend(borrower: Borrower): Loan | undefined {
    const { socket } = this
    if (this.isBusy || this.#unread || this.#server.isClosing || !isLendable(socket)) return undefined
    stopReading(socket)
    this.#borrower = borrower
    return {
      socket,
      giveBack: (unread) => this.#takeBack(unread),
      answer: (response) => {
        writeResponse(socket, encodeResponse(response, 'GET', this.#server.now(), this.#server.isClosing))
        this.#takeBack(undefined)
      },
      end: () => {
        this.#borrower = undefined
        socket.destroy()
      },
    }
  }

  /** The answer to `exchange`; see `DirectExchange.answer`. */
  answer(exchange: Exchange, response: DirectResponse): void {
    if (this.#current !== exchange) return
    const { socket } = this
    const server = this.#server
    const isLast = server.isClosing && !this.#unread
    const encoded = encodeResponse(response, exchange.method, server.now(), isLast)
    this.#current = undefined
    if (!socket.writable) return
    this.#isClogged = !writeResponse(socket, encoded)
    if (encoded.isLast) socket.destroySoon()
    else if (this.#isLeaving) this.#leave(this.#unread)
    else if (!this.#isAdvancing) this.#advance()
  }

  /** The answer to `exchange`, in pieces; see `DirectExchange.stream`. */
  async stream(exchange: Exchange, response: DirectResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#current !== exchange) return
    const { socket } = this
    const server = this.#server
    const encoded = encodeResponse(response, exchange.method, server.now(), server.isClosing)
    writeResponse(socket, encoded)
    try {
      for await (const chunk of body) {
        if (!socket.writable) return
        if (!socket.write(chunk)) await drained(socket)
      }
    } catch (error) {
      socket.destroy()
      throw error
    }
    if (this.#current !== exchange) return
    this.#current = undefined
    if (encoded.isLast || server.isClosing) socket.destroySoon()
    else this.#advance()
  }

  /**
   * The same as `receive` for memory that will be written over: what goes on beyond this call is copied, but not the
   * body of a request, which its handler must copy.
   */
  receiveOnce(chunk: Buffer): void {
    if (this.#unread || this.isBusy) {
      this.receive(Buffer.from(chunk))
      return
    }
    this.receive(chunk)
    if (this.#unread) this.#unread = Buffer.from(this.#unread)
  }

  /** Takes what the client has sent; for sockets that do not tell of it as `data`. The memory is kept. */
  readonly receive = (chunk: Buffer): void => {
    // What is in hand is the last that is answered; the client knows that it may try the rest again.
    if (!this.socket.writable || (this.isBusy && this.#server.isClosing)) return
    this.#unread = this.#unread ? Buffer.concat([this.#unread, chunk]) : chunk
    this.#advance()
    if (this.isBusy && this.#unread && this.#unread.length > maxUnreadBytes) this.socket.pause()
  }

  readonly #onDrain = (): void => {
    this.#isClogged = false
    this.#advance()
  }

  /** As node:http: who has said all that they will say gets no more answers. */
  readonly #onEnd = (): void => {
    this.socket.end()
  }

  readonly #onClose = (): void => {
    this.#server.forget(this)
    const current = this.#current
    this.#current = undefined
    current?.onGone?.()
  }

  #takeBack(unread: Buffer | undefined): void {
    const { socket } = this
    this.#borrower = undefined
    this.#requestCount = 0
    if (!socket.writable || this.#server.isClosing) {
      socket.destroySoon()
      return
    }
    this.#unread = unread
    startReading(socket)
    this.#advance()
  }

  /** Serves what is unread until a request is not answered at once. */
  #advance(): void {
    const { socket } = this
    this.#isAdvancing = true
    while (this.#unread && this.#unread.length >= this.#wanted && !this.isBusy && socket.writable)
      this.#serve(this.#unread)
    this.#isAdvancing = false
    if (!this.#unread && socket.isPaused()) socket.resume()
  }

  /** Serves the request at the start of `bytes`. */
  #serve(bytes: Buffer): void {
    const request = readDirectRequest(bytes)
    if (!request) {
      this.#leave(bytes)
      return
    }
    if (typeof request === 'number') {
      this.#wanted = request
      return
    }
    this.#wanted = 0
    this.#requestCount++
    this.#hasServed = true
    this.#idleTicks = 0
    const exchange = new Exchange(this, request)
    this.#current = exchange
    this.#unread = request.size === bytes.length ? undefined : bytes.subarray(request.size)
    try {
      if (!this.#server.direct(exchange)) this.#leave(bytes)
    } catch (error) {
      this.#server.failed(exchange, error)
      exchange.answer({ status: 500, headers: [], body: undefined })
    }
  }

  /** Leaves the connection to somebody else, who begins at `unread`, which is in memory that may be written over. */
  #leave(unread: Buffer | undefined): void {
    const { socket } = this
    this.#current = undefined
    this.#unread = undefined
    if (this.#server.isClosing) {
      // It was sent ahead of an answer, or is not whole.
      socket.destroySoon()
      return
    }
    socket.off('data', this.receive).off('end', this.#onEnd).off('error', ignore).off('close', this.#onClose)
    socket.off('drain', this.#onDrain)
    this.#server.forget(this)
    this.#server.handOver(socket, unread)
  }
}

class Exchange implements DirectExchange {
  readonly method: string
  readonly url: string
  readonly headers: DirectRequest['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer | undefined
  onGone: (() => void) | undefined = undefined
  readonly #connection: DirectConnection

  constructor(connection: DirectConnection, request: DirectRequest) {
    this.#connection = connection
    this.method = request.method
    this.url = request.url
    this.headers = request.headers
    this.rawHeaders = request.rawHeaders
    this.body = request.body
  }

  get socket(): Socket {
    return this.#connection.socket
  }

  get isGone(): boolean {
    return !this.socket.writable
  }

  get requestCount(): number {
    return this.#connection.requestCount
  }

  lend(borrower: Borrower): Loan | undefined {
    return this.#connection.lend(borrower)
  }

  answer(response: DirectResponse): void {
    this.#connection.answer(this, response)
  }

  stream(response: DirectResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#connection.stream(this, response, body)
  }
}

/** Resolves when there is room again, or nobody left to send to. */
function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

/** A client that goes away is no error of ours; without a listener it would end the process. */
function ignore(): void {}
