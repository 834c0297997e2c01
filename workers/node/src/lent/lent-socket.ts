/** Sockets that read into one buffer for all of them: by themselves they would allocate 64 KiB for every request. */
import { Socket, type SocketConstructorOpts } from 'node:net'

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * @param handle what the IPC channel makes of a socket's handle
 * @param onData gets what the client sends once the socket flows; the memory is its until it returns
 */
export function lentSocket(handle: object, onData: (chunk: Buffer) => void): Socket {
  const onread = {
    buffer: readBuffer,
    callback(size: number, buffer: Uint8Array): boolean {
      onData(buffer.subarray(0, size) as Buffer)
      return true
    },
  }
  return new Socket({ handle, readable: true, writable: true, onread } as SocketConstructorOpts)
}
