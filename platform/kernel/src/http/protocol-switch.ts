/** Plain HTTP and TLS on one port, told apart by the first byte of a connection. */
import type { Socket } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import type { Clock } from '../clock.ts'
import { ensureError } from '../errors.ts'
import { headersMs } from './limits.ts'

/** Content type of the first record of every TLS connection (RFC 8446, 5.1); no HTTP request begins with it. */
const handshakeRecord = 0x16

/** Sorts new connections. Costs one read when a connection opens and nothing afterwards. */
export class ProtocolSwitch {
  readonly #loadTls: () => Promise<TlsOptions>
  readonly #accept: (socket: Socket) => void
  readonly #onError: (error: Error) => void
  readonly #clock: Clock
  /** Connections that have said nothing yet. */
  readonly #silent = new Set<Socket>()
  /** Sockets below a TLS connection, the handshake included. */
  readonly #encrypted = new Set<Socket>()
  #tlsServer: Promise<Server> | undefined

  /**
   * @param loadTls called at the first TLS connection
   * @param accept receives the plain or decrypted connection, with every byte that was sent on it
   */
  constructor(
    loadTls: () => Promise<TlsOptions>,
    accept: (socket: Socket) => void,
    onError: (error: Error) => void,
    clock: Clock,
  ) {
    this.#loadTls = loadTls
    this.#accept = accept
    this.#onError = onError
    this.#clock = clock
  }

  /** Waits for the first bytes of `socket` and hands it on. */
  route(socket: Socket): void {
    this.#silent.add(socket)
    const leave = () => void socket.destroy()
    const timer = this.#clock.after(headersMs, leave).unref()
    const forget = () => {
      timer.cancel()
      this.#silent.delete(socket)
    }
    socket.on('end', leave).on('error', ignore).on('close', forget)
    socket.once('data', (first: Buffer) => {
      // Nothing of this may cost anything later: the HTTP parser reads from the bare handle from now on.
      socket.pause()
      socket.unshift(first)
      socket.off('end', leave).off('error', ignore).off('close', forget)
      forget()
      if (first[0] === handshakeRecord) void this.#acceptTls(socket)
      else {
        this.#accept(socket)
        socket.resume()
      }
    })
  }

  /** Ends connections that have said nothing yet. */
  destroySilent(): void {
    for (const socket of this.#silent) socket.destroy()
  }

  /** Ends TLS connections, also those that are still shaking hands. */
  destroyEncrypted(): void {
    for (const socket of this.#encrypted) socket.destroy()
  }

  async #acceptTls(socket: Socket): Promise<void> {
    this.#encrypted.add(socket)
    socket.on('error', ignore).on('close', () => this.#encrypted.delete(socket))
    try {
      this.#tlsServer ??= this.#createTlsServer()
      const server = await this.#tlsServer
      server.emit('connection', socket)
    } catch (error) {
      this.#tlsServer = undefined
      socket.destroy()
      this.#onError(ensureError(error))
    }
  }

  async #createTlsServer(): Promise<Server> {
    const server = createServer({ ALPNProtocols: ['http/1.1'], ...(await this.#loadTls()) })
    return server.on('secureConnection', this.#accept)
  }
}

/** A client that goes away is no error of ours; without a listener it would end the process. */
function ignore(): void {}
