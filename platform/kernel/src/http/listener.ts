/**
 * The HTTP server. Node's own parser and responses do the work; this adds addresses, limits, TLS on the same
 * port, an end that neither cuts a response short nor waits for idle connections, and a short way for requests
 * that need nothing of what Node's can do (direct-lane.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type Socket, type Server as SocketServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { type DirectHandler, isHost, keepAliveMs } from '@aloft/wire/http'
import { type Clock, systemClock } from '../clock.ts'
import { ensureError } from '../errors.ts'
import type { Logger } from '../log/logger.ts'
import { bind, portOf } from './bind.ts'
import { answerClientError } from './client-error.ts'
import { DirectLane } from './direct-lane.ts'
import { headersMs, maxHeaderBytes, maxUrlLength } from './limits.ts'
import { ProtocolSwitch } from './protocol-switch.ts'

/** Answers a request. A handler that throws is answered 500; one that works asynchronously minds its own errors. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

/** Takes over the connection of an `Upgrade` request; `head` are the first bytes after it. See `acceptWebSocket`. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface HttpListenerOptions {
  /**
   * Address or name. `localhost` is both 127.0.0.1 and ::1, because clients resolve it to either; `*` and `+`
   * are all addresses of the machine.
   * @default 'localhost'
   */
  readonly host?: string
  /** 0 = any free port. */
  readonly port: number
  readonly handler: RequestHandler
  /**
   * Is asked before `handler` about requests that came whole, and answers them at half the cost; what it does not
   * take goes to `handler`. Absent: everything does.
   */
  readonly direct?: DirectHandler | undefined
  /** Absent: `Upgrade` headers are ignored and the request is answered like any other. */
  readonly upgrade?: UpgradeHandler
  /** Makes the port speak TLS besides plain HTTP; called at the first TLS connection. See `Authority.tlsOptions`. */
  readonly tls?: () => Promise<TlsOptions>
  /** Characters of path and query; beyond: 414. @default 8 KiB */
  readonly maxUrlLength?: number
  /** What the user types to choose another port, for error messages. @default '--port' */
  readonly portOption?: string
  readonly log?: Logger
  /** @default systemClock */
  readonly clock?: Clock
}

/** An open HTTP server: `await HttpListener.open(options)`. */
export class HttpListener {
  /** May be replaced while the server runs; requests in flight stay with the old one. */
  handler: RequestHandler
  readonly #log: Logger | undefined
  readonly #clock: Clock
  readonly #maxUrlLength: number
  readonly #http: Server
  readonly #switch: ProtocolSwitch | undefined
  readonly #direct: DirectLane | undefined
  /** Open connections, each with the response that was begun last while it is in hand. */
  readonly #connections = new Map<Socket, ServerResponse | undefined>()
  /** One function for all responses. Without it every idle connection would hold its last request in memory. */
  readonly #onResponseClose: (this: ServerResponse) => void
  #sockets: readonly SocketServer[] = []
  #port = 0
  #closing: Promise<void> | undefined

  private constructor(options: HttpListenerOptions) {
    this.handler = options.handler
    this.#log = options.log
    this.#clock = options.clock ?? systemClock
    this.#maxUrlLength = options.maxUrlLength ?? maxUrlLength
    const connections = this.#connections
    this.#onResponseClose = function () {
      const { socket } = this.req
      if (connections.get(socket) === this) connections.set(socket, undefined)
    }
    this.#http = createServer({
      maxHeaderSize: maxHeaderBytes,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: headersMs,
      // Uploads and long polls may take any time.
      requestTimeout: 0,
    })
    this.#http.on('connection', (socket) => this.#own(socket))
    this.#http.on('request', (request, response) => this.#serve(request, response))
    this.#http.on('clientError', (error, socket) =>
      answerClientError(error, socket, this.#connections.get(socket as Socket)),
    )
    this.setUpgrade(options.upgrade)
    if (options.direct)
      this.#direct = new DirectLane({
        handler: options.direct,
        handOver: (socket) => this.#http.emit('connection', socket),
        log: this.#log,
        clock: this.#clock,
      })
    if (options.tls)
      this.#switch = new ProtocolSwitch(
        options.tls,
        (socket) => this.#accept(socket),
        (error) => this.#log?.error('TLS is not available', error),
        this.#clock,
      )
  }

  /** @throws UserError when the port or the address cannot be had; it says how to mend that */
  static async open(options: HttpListenerOptions): Promise<HttpListener> {
    const listener = new HttpListener(options)
    await listener.#listen(options)
    return listener
  }

  /** The port, the same on every address. */
  get port(): number {
    return this.#port
  }

  /** Replaces the handler of `Upgrade` requests. */
  setUpgrade(upgrade: UpgradeHandler | undefined): void {
    this.#http.removeAllListeners('upgrade')
    if (!upgrade) return
    this.#http.on('upgrade', (request, socket, head) => {
      // Node takes its own listener away with the upgrade; a reset would end the process.
      socket.on('error', ignore)
      try {
        upgrade(request, socket, head)
      } catch (error) {
        this.#log?.error('An upgrade failed', ensureError(error))
        socket.destroy()
      }
    })
  }

  /**
   * Accepts no more connections, closes idle and upgraded ones, lets the requests in hand end, and cuts off what
   * is left after `graceMs`. Resolves when every connection is closed. Their owners say farewell to WebSockets
   * before they close the listener.
   */
  close(options: { readonly graceMs: number }): Promise<void> {
    this.#closing ??= this.#close(options.graceMs)
    return this.#closing
  }

  async #listen(options: HttpListenerOptions): Promise<void> {
    const accept = this.#switch
      ? (socket: Socket) => this.#switch?.route(socket)
      : (socket: Socket) => this.#accept(socket)
    this.#sockets = await bind(
      { host: options.host ?? 'localhost', port: options.port, portOption: options.portOption ?? '--port' },
      // As `node:http` makes its own; one server cannot listen on two addresses, so it is fed by several.
      () => createSocketServer({ allowHalfOpen: true, noDelay: true }, accept),
    )
    this.#port = portOf(this.#sockets[0]!)
    for (const server of this.#sockets)
      server.on('error', (error) => this.#log?.error('A connection could not be accepted', error))
    // It does not listen itself: this starts its watch over `headersTimeout`.
    this.#http.emit('listening')
  }

  #accept(socket: Socket): void {
    if (this.#direct) this.#direct.accept(socket)
    else this.#http.emit('connection', socket)
  }

  #own(socket: Socket): void {
    this.#connections.set(socket, undefined)
    socket.once('close', () => this.#connections.delete(socket))
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closing) {
      // The answer before this one closes the connection; unanswered, the client knows that it may try again.
      if (isInHand(this.#connections.get(request.socket))) return
      response.shouldKeepAlive = false
    }
    this.#connections.set(request.socket, response)
    response.on('close', this.#onResponseClose)
    // Or Node adds `Keep-Alive: timeout=…`, which the services of Azure do not send.
    ;(response as unknown as { _keepAliveTimeout: number })._keepAliveTimeout = 0
    const refusal = this.#refusalOf(request)
    if (refusal !== undefined) {
      response.writeHead(refusal, { 'Content-Length': 0, Connection: 'close' }).end()
      return
    }
    try {
      this.handler(request, response)
    } catch (error) {
      this.#log?.error(`${request.method} ${request.url} failed`, ensureError(error))
      if (response.headersSent) request.socket.destroy()
      else response.writeHead(500, { 'Content-Length': 0 }).end()
    }
  }

  /** The status of what no handler is to see, as Kestrel has it. */
  #refusalOf({ url, headers, rawHeaders }: IncomingMessage): number | undefined {
    if (headers.host !== undefined && !isHost(headers.host)) return 400
    // Node drops all but the first.
    if (rawHeaders.filter((text, index) => index % 2 === 0 && /^host$/i.test(text)).length > 1) return 400
    return url!.length > this.#maxUrlLength ? 414 : undefined
  }

  async #close(graceMs: number): Promise<void> {
    // Not `http.Server.close`: it cuts off responses that have ended but are not yet sent.
    const closed = this.#sockets.map((server) => new Promise((resolve) => server.close(resolve)))
    this.#switch?.destroySilent()
    this.#direct?.close()
    for (const [socket, response] of this.#connections) closeWhenIdle(socket, response)
    const deadline = this.#clock.after(graceMs, () => {
      for (const socket of this.#connections.keys()) socket.destroy()
      this.#direct?.destroy()
      this.#switch?.destroyEncrypted()
    })
    await Promise.all(closed)
    deadline.cancel()
    this.#http.close()
  }
}

function isInHand(response: ServerResponse | undefined): response is ServerResponse {
  return response !== undefined && !response.writableFinished
}

function closeWhenIdle(socket: Socket, response: ServerResponse | undefined): void {
  if (!isInHand(response)) {
    socket.destroySoon()
    return
  }
  if (!response.headersSent) response.shouldKeepAlive = false
  response.once('close', () => socket.destroySoon())
}

function ignore(): void {}
