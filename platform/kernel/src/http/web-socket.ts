/** WebSockets, for handlers of `Upgrade` requests. The library is loaded with the first one. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

export interface WebSocketOptions {
  /** Subprotocols that are spoken, best first; the first that the client offers too is chosen. @default none */
  readonly protocols?: readonly string[]
  /** Longer messages end the connection with code 1009. @default 16 MiB */
  readonly maxMessageBytes?: number
}

/** An open WebSocket. Nothing is read from it before `onMessage` or `stream` is called. */
export interface WebSocketConnection {
  /** The chosen subprotocol; '' = none. */
  readonly protocol: string
  /** What waits to be sent; a sender of much watches it. */
  readonly bufferedBytes: number
  /** Text for a string, binary for bytes. Does nothing once the connection is closing. */
  send(message: string | Uint8Array): void
  /** @param code 1000 = done, 1001 = going away, 4000 to 4999 = the service's own; @param reason at most 123 bytes */
  close(code?: number, reason?: string): void
  /** Text arrives as a string, binary as bytes. */
  onMessage(listener: (message: string | Buffer) => void): void
  /** Called once; 1006 = the connection broke. */
  onClose(listener: (code: number, reason: string) => void): void
  /** The content of binary messages as one stream, for protocols with frames of their own (AMQP, MQTT). */
  stream(): Duplex
}

const defaultMaxMessageBytes = 16 * 1024 * 1024

/** Answers the handshake. Undefined when the request was no proper one: it has been refused then. */
export async function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: WebSocketOptions = {},
): Promise<WebSocketConnection | undefined> {
  const { createWebSocketStream, WebSocketServer } = await import('ws')
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.maxMessageBytes ?? defaultMaxMessageBytes,
    handleProtocols: (offered) => options.protocols?.find((protocol) => offered.has(protocol)) ?? false,
  })
  let accepted: WebSocket | undefined
  // Calls back before it returns, or refuses by itself.
  server.handleUpgrade(request, socket, head, (webSocket) => {
    accepted = webSocket
    // What the client says at once must wait for a listener.
    webSocket.pause()
  })
  return accepted && wrap(accepted, createWebSocketStream)
}

/** Answers an `Upgrade` request with an error instead. */
export function refuseUpgrade(socket: Duplex, status: number, text = ''): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    () => socket.destroy(),
  )
}

function wrap(webSocket: WebSocket, createStream: (webSocket: WebSocket) => Duplex): WebSocketConnection {
  // A breach of the protocol closes the connection, which `onClose` tells; unheard, the event would end the process.
  webSocket.on('error', () => {})
  return {
    protocol: webSocket.protocol,
    get bufferedBytes() {
      return webSocket.bufferedAmount
    },
    send(message) {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(message)
    },
    close: (code = 1000, reason = '') => webSocket.close(code, reason),
    onMessage(listener) {
      webSocket.on('message', (data, isBinary) => listener(isBinary ? (data as Buffer) : data.toString()))
      webSocket.resume()
    },
    onClose(listener) {
      if (webSocket.readyState === webSocket.CLOSED) return listener(1006, '')
      webSocket.once('close', (code, reason) => listener(code, reason.toString()))
    },
    stream: () => createStream(webSocket),
  }
}
