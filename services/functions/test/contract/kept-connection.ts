/** A client that keeps one connection and says which one it is. */
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { type RawRequest, type RawResponse, send } from './raw-http.ts'

export class KeptConnection {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string) {
    this.#url = url
  }

  send(path: string, request: RawRequest = {}): Promise<RawResponse> {
    return send(`${this.#url}${path}`, { ...request, agent: this.#agent })
  }

  /** The port on this side; undefined before the first request, and when the connection is gone. */
  get port(): number | undefined {
    const [sockets] = Object.values(this.#agent.freeSockets) as Socket[][]
    return sockets?.[0]?.localPort
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A function that tells whether its process has the connection of a port in its hands, and which process it is. */
export const whereFunction = `
  const { Socket } = require('node:net')
  const { app } = require('@azure/functions')
  app.http('where', {
    authLevel: 'anonymous',
    route: 'where/{port}',
    handler: async ({ params }) => {
      const isMine = (handle) => handle instanceof Socket && handle.remotePort === Number(params.port)
      return { jsonBody: { isLent: process._getActiveHandles().some(isMine), pid: process.pid } }
    },
  })`

/** Sends requests until the worker has the connection; answers with the worker's process id. */
export async function untilLent(connection: KeptConnection): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const { json } = await connection.send(`/api/where/${connection.port ?? 0}`)
    const { isLent, pid } = json as { isLent: boolean; pid: number }
    if (isLent) return pid
  }
  throw new Error('The connection is not lent.')
}
