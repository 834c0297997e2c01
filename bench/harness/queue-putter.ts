/**
 * Puts messages into a queue over raw sockets. A general client that is used fifty times a second is never warm, and
 * takes half a millisecond before the first byte leaves it, which says nothing about the server.
 */
import { connect, type Socket } from 'node:net'
import { readResponse } from './http-response.ts'
import { account, signQueueOrBlob } from './storage-lean-client.ts'

export interface QueuePutter {
  /** Puts one message, made when the request is about to be written. Resolves to the milliseconds until the answer. */
  put(message: () => string): Promise<number>
  close(): void
}

interface Connection {
  readonly socket: Socket
  done: (() => void) | undefined
  failed: ((error: Error) => void) | undefined
}

/** @param messageBytes of every message */
export function queuePutter(port: number, queue: string, messageBytes: number): QueuePutter {
  const path = `/${queue}/messages`
  // The signature is not over the content: one head serves as long as its date does, a quarter of an hour.
  const headers = signQueueOrBlob({ method: 'POST', path, body: Buffer.alloc(messageBytes) })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST /${account}${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${messageBytes}\r\n${lines.join('')}\r\n`
  const idle: Connection[] = []
  const all: Connection[] = []
  const open = (): Connection => {
    const connection = openConnection(port)
    all.push(connection)
    return connection
  }
  return {
    async put(message) {
      const connection = idle.pop() ?? open()
      const answered = new Promise<void>((resolve, reject) => {
        connection.done = resolve
        connection.failed = reject
      })
      const sentMs = performance.now()
      connection.socket.write(head + message())
      await answered
      idle.push(connection)
      return performance.now() - sentMs
    },
    close() {
      for (const { socket } of all) socket.destroy()
    },
  }
}

function openConnection(port: number): Connection {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const connection: Connection = { socket, done: undefined, failed: undefined }
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    const response = readResponse(pending)
    if (!response) return
    const text = pending.toString('utf8', 0, response.end)
    pending = pending.subarray(response.end)
    if (response.status === 201) connection.done?.()
    else connection.failed?.(new Error(`a message was answered: ${text}`))
  })
  socket.on('error', (error) => connection.failed?.(error))
  socket.on('close', () => connection.failed?.(new Error('the host closed a connection')))
  return connection
}
