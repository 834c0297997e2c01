/** The connection to the host: an inherited Unix socket. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** What `net.Socket` keeps of a write that the kernel did not take at once. */
interface SocketHandle {
  readonly writeQueueSize: number
}

/**
 * One write is in the socket's hands at a time, so that at the end of the process it is known what has not been
 * written, and can be written without the event loop.
 */
export class HostPipe {
  readonly #fd: number
  readonly #socket: Socket
  #inFlight: Uint8Array | undefined
  #waiting: Uint8Array[] = []
  #onWritten: (() => void)[] = []
  #isClosing = false

  constructor(fd: number, handlers: { data(chunk: Buffer): void; close(): void }) {
    this.#fd = fd
    this.#socket = new Socket({ fd, readable: true, writable: true })
    this.#socket.on('data', handlers.data)
    // An error is a host that is gone; 'close' follows.
    this.#socket.on('error', () => {})
    this.#socket.on('close', handlers.close)
  }

  write(chunk: Uint8Array): void {
    if (this.#isClosing) this.#writeNow(chunk)
    else if (this.#inFlight) this.#waiting.push(chunk)
    else this.#start(chunk)
  }

  /** Calls `then` when the system has all that was written: mostly at once. */
  whenWritten(then: () => void): void {
    const { _handle } = this.#socket as unknown as { _handle: SocketHandle | null }
    if (this.#waiting.length === 0 && (_handle?.writeQueueSize ?? 0) === 0) then()
    else this.#onWritten.push(then)
  }

  /** Writes what is left, blocking; later writes block too. For the end of the process. */
  writeRest(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    if (this.#inFlight) {
      const { _handle } = this.#socket as unknown as { _handle: SocketHandle | null }
      const left = _handle?.writeQueueSize ?? 0
      this.#writeNow(this.#inFlight.subarray(this.#inFlight.length - left))
    }
    for (const chunk of this.#waiting) this.#writeNow(chunk)
    for (const then of this.#onWritten.splice(0)) then()
  }

  #start(chunk: Uint8Array): void {
    this.#inFlight = chunk
    this.#socket.write(chunk, this.#written)
  }

  readonly #written = (): void => {
    this.#inFlight = undefined
    if (this.#waiting.length === 0) {
      for (const then of this.#onWritten.splice(0)) then()
      return
    }
    const chunks = this.#waiting
    this.#waiting = []
    this.#start(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  }

  #writeNow(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      try {
        at += writeSync(this.#fd, chunk, at)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        Atomics.wait(retryDelay, 0, 0, 1)
      }
    }
  }
}

/** Never notified: waiting on it is a synchronous sleep. */
const retryDelay = new Int32Array(new SharedArrayBuffer(4))
