/** Ports for custom handlers. A handler is told its port before it listens, so that another program may be faster. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

const host = '127.0.0.1'

export interface PortSource {
  /** A port that nobody listens on and that no other handler of this process has. */
  take(): Promise<number>
  giveBack(port: number): void
}

export class HandlerPorts implements PortSource {
  readonly #given = new Set<number>()

  async take(): Promise<number> {
    for (;;) {
      const port = await freePort()
      if (this.#given.has(port)) continue
      this.#given.add(port)
      return port
    }
  }

  giveBack(port: number): void {
    this.#given.delete(port)
  }
}

/** Whether some program listens on the port. */
export function isPortTaken(port: number): Promise<boolean> {
  return listen(port).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE',
  )
}

function freePort(): Promise<number> {
  return listen(0)
}

/** Listens for a moment; answers with the port. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const { port: given } = server.address() as AddressInfo
      server.close(() => resolve(given))
    })
  })
}
