/**
 * The short way through the server: connections whose requests come whole. It costs half of
 * what node:http costs a request; what it cannot do is left to node:http (`./aloft bench http`).
 */
import type { Socket } from 'node:net'
import { DirectConnection, type DirectHandler, type DirectServer, keepAliveMs } from '@aloft/wire/http'
import type { Clock, Timer } from '../clock.ts'
import { ensureError } from '../errors.ts'
import type { Logger } from '../log/logger.ts'
import { headersMs, idleCheckMs } from './limits.ts'

export interface DirectLaneOptions {
  readonly handler: DirectHandler
  /** Serves the connection with node:http from now on; every byte that is not answered will be read from it again. */
  readonly handOver: (socket: Socket) => void
  readonly log: Logger | undefined
  readonly clock: Clock
}

export class DirectLane {
  readonly #server: DirectServer & { isClosing: boolean }
  readonly #connections = new Set<DirectConnection>()
  readonly #idleCheck: Timer

  constructor({ handler, handOver, log, clock }: DirectLaneOptions) {
    this.#server = {
      direct: handler,
      isClosing: false,
      now: () => clock.now(),
      forget: (connection) => this.#connections.delete(connection),
      handOver(socket, unread) {
        // Node's parser reads from the bare handle once it has the connection, and gets these bytes first.
        socket.pause()
        if (unread) socket.unshift(unread)
        handOver(socket)
        socket.resume()
      },
      failed: ({ method, url }, error) => log?.error(`${method} ${url} failed`, ensureError(error)),
    }
    this.#idleCheck = clock.every(idleCheckMs, () => this.#endIdle()).unref()
  }

  accept(socket: Socket): void {
    this.#connections.add(new DirectConnection(socket, this.#server))
  }

  /** Ends idle connections now, and the others behind the requests that are in hand. */
  close(): void {
    this.#server.isClosing = true
    this.#idleCheck.cancel()
    for (const connection of this.#connections) connection.closeWhenIdle()
  }

  /** Cuts off what is left. */
  destroy(): void {
    for (const { socket } of this.#connections) socket.destroy()
  }

  #endIdle(): void {
    const keptTicks = keepAliveMs / idleCheckMs
    const silentTicks = headersMs / idleCheckMs
    for (const connection of this.#connections) connection.tick(keptTicks, silentTicks)
  }
}
