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
  /** Resolves with all that the server has said when it has closed the connection. */
  ended(): Promise<string>
}

export async function connectRaw(port: number, host = '127.0.0.1'): Promise<RawClient> {
  return rawClient(await opened(connect({ port, host })))
}

export function rawClient(socket: Socket): RawClient {
  let received = ''
  let closed = false
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  return {
    socket,
    get received() {
      return received
    },
    send: (text) => void socket.write(text),
    async until(text) {
      while (!received.includes(text)) {
        if (closed) throw new Error(`closed before '${text}': ${received}`)
        await Promise.race([once(socket, 'data'), once(socket, 'close')])
      }
    },
    async ended() {
      if (!closed) await once(socket, 'close')
      return received
    },
  }
}

async function opened(socket: Socket): Promise<Socket> {
  await once(socket, 'connect')
  return socket
}
