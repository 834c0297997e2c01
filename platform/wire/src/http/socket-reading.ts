/** Sockets that are open but not read, because another process reads them. */
import type { SendHandle } from 'node:child_process'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What `net.Socket` reads with. `pause` is not enough: it goes on reading until its buffer is full. */
interface ReadingSocket {
  readonly _handle?: { reading: boolean; readStop(): void; readStart(): void } | null
}

/** Whether another process can go on where this one is: all that was written is on its way, and nothing encrypts. */
export function isLendable(socket: Socket): boolean {
  const isEncrypted = (socket as TLSSocket).encrypted === true
  const { _handle: handle } = socket as unknown as ReadingSocket
  return handle != null && !isEncrypted && socket.writable && socket.readable && socket.writableLength === 0
}

/** Leaves what comes to the other process. */
export function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as ReadingSocket
  if (!handle) return
  handle.readStop()
  handle.reading = false
}

/** What can be sent to a child process while the socket stays open here (`ChildProcess.send`). */
export function sendableHandle(socket: Socket): SendHandle | undefined {
  return ((socket as unknown as ReadingSocket)._handle ?? undefined) as SendHandle | undefined
}

/** Reads again. */
export function startReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as ReadingSocket
  if (!handle) return
  handle.reading = true
  handle.readStart()
}
