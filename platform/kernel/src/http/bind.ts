/** Listening sockets: which addresses a host name stands for, and errors that say how to mend them. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { UserError } from '../errors.ts'
import { backlog } from './limits.ts'

export interface BindOptions {
  /**
   * Address or name. `localhost` is both 127.0.0.1 and ::1, because clients resolve it to either; `*` and `+`
   * are all addresses of the machine.
   */
  readonly host: string
  /** 0 = any free port, the same on every address. */
  readonly port: number
  /** What the user types to choose another port, for error messages, e.g. `--port`. */
  readonly portOption: string
}

/** What the systems call an address family that this machine does not have. */
const missingFamily = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])
const portAttempts = 10

/**
 * Opens a listening socket for every address that `host` stands for; `createServer` makes one.
 * @throws UserError naming the port or address, and the mend
 */
export async function bind(options: BindOptions, createServer: () => Server): Promise<Server[]> {
  const { host, port } = options
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UserError(`${port} is not a port number.`, { hint: 'Use a number from 1 to 65535.' })
  try {
    return host.toLowerCase() === 'localhost'
      ? await bindLoopback(port, createServer)
      : [await listen(createServer(), host === '*' || host === '+' ? undefined : host, port)]
  } catch (error) {
    throw explain(error, options)
  }
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function bindLoopback(port: number, createServer: () => Server): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await listenIfPresent(createServer(), '127.0.0.1', port)
    try {
      const second = await listenIfPresent(createServer(), '::1', first ? portOf(first) : port)
      const servers = [first, second].filter((server) => server !== undefined)
      if (servers.length > 0) return servers
      throw Object.assign(new Error('No loopback address'), { code: 'EADDRNOTAVAIL' })
    } catch (error) {
      first?.close()
      // The port that the system chose for one family may be taken in the other.
      if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || attempt === portAttempts) throw error
    }
  }
}

async function listenIfPresent(server: Server, host: string, port: number): Promise<Server | undefined> {
  try {
    return await listen(server, host, port)
  } catch (error) {
    if (missingFamily.has(codeOf(error))) return undefined
    throw error
  }
}

async function listen(server: Server, host: string | undefined, port: number): Promise<Server> {
  server.listen({ host, port, backlog })
  await once(server, 'listening')
  return server
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function explain(error: unknown, { host, port, portOption }: BindOptions): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new UserError(`Port ${port} is already in use.`, {
        hint: `Close the other program or use ${portOption}.`,
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
      return new UserError(`Port ${port} is reserved for the system's administrator.`, {
        hint: `Choose a port from 1024 on with ${portOption}.`,
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new UserError(`${host} is not an address of this machine.`, {
        hint: 'Use localhost, or 0.0.0.0 for all addresses.',
        cause: error,
      })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(`The host name ${host} is not known.`, {
        hint: 'Use localhost, or an address of this machine.',
        cause: error,
      })
    default:
      return error
  }
}
