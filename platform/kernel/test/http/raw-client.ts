/** A client that says exactly what a test wants, byte for byte. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawClient {
  readonly socket: Socket
  /** All that the server has said so far. */
  readonly received: string
  send(text: string): void
  /** Resolves when the server has said `text`. */
  until(text: string): Promise<void>
  /** Resolves with all that has come of what the server said when it has closed the connection. */
  ended(): Promise<string>
  /**
   * The server closed without having read all: its system then says so at once, and what it had said before may be
   * lost on the way.
   */
  readonly wasReset: boolean
}

export async function connectRaw(port: number, host = '127.0.0.1'): Promise<RawClient> {
  return rawClient(await opened(connect({ port, host })))
}

export function rawClient(socket: Socket): RawClient {
  let received = ''
  let closed = false
  let wasReset = false
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    wasReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
  })
  socket.on('close', () => {
    closed = true
  })
  return {
    socket,
    get received() {
      return received
    },
    get wasReset() {
      return wasReset
    },
    send: (text) => void socket.write(text),
    async until(text) {
      while (!received.includes(text)) {
        if (closed) throw new Error(`closed before '${text}': ${received}`)
        await Promise.race([once(socket, 'data'), once(socket, 'close')])
      }
    },
    async ended() {
      // Not `once`: that rejects when there is an error on the way.
      if (!closed) await new Promise((resolve) => socket.once('close', resolve))
      return received
    },
  }
}

async function opened(socket: Socket): Promise<Socket> {
  await once(socket, 'connect')
  return socket
}
