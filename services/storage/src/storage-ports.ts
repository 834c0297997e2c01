/** The three ports of storage. */
import type { TlsOptions } from 'node:tls'
import { type Clock, type DirectHandler, HttpListener, type Logger, type RequestHandler } from '@aloft/kernel'
import type { ServiceName } from './contracts.ts'

export type StoragePorts = Readonly<Record<ServiceName, number>>

/** Where Azure's emulators listen, and `UseDevelopmentStorage=true` looks. */
export const defaultPorts: StoragePorts = { blob: 10000, queue: 10001, table: 10002 }

export interface ListenOptions {
  /** @default 'localhost' */
  readonly host?: string | undefined
  /** 0 = any free port. */
  readonly ports: StoragePorts
}

export interface PortOptions extends ListenOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Makes the ports speak TLS besides plain HTTP. */
  readonly tls?: (() => Promise<TlsOptions>) | undefined
  /** What answers one service's requests. */
  readonly answerer: (service: ServiceName) => Answerer
}

export interface Answerer {
  readonly handler: RequestHandler
  readonly direct: DirectHandler
}

export interface OpenPorts {
  readonly ports: StoragePorts
  /** Lets requests in hand end. */
  close(): Promise<void>
}

const graceMs = 5000
/** A blob's name of 1024 characters of three bytes each, percent-encoded, and a signature. */
const maxUrlLength = 16 * 1024

/**
 * Opens the three ports, or none of them.
 * @throws UserError when one cannot be had
 */
export async function openPorts(options: PortOptions): Promise<OpenPorts> {
  const names = ['blob', 'queue', 'table'] as const
  const opening = await Promise.allSettled(names.map((name) => openPort(options, name)))
  const open = opening.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const closeAll = (grace: number) => Promise.all(open.map((listener) => listener.close({ graceMs: grace })))
  const failed = opening.find((each) => each.status === 'rejected')
  if (failed) {
    await closeAll(0)
    throw failed.reason
  }
  const [blob, queue, table] = open.map(({ port }) => port) as [number, number, number]
  return {
    ports: { blob, queue, table },
    async close() {
      await closeAll(graceMs)
    },
  }
}

function openPort(
  { clock, log, tls, host, ports, answerer }: PortOptions,
  name: ServiceName,
): Promise<HttpListener> {
  const { handler, direct } = answerer(name)
  return HttpListener.open({
    handler,
    direct,
    port: ports[name],
    portOption: '--storage-ports',
    maxUrlLength,
    clock,
    log,
    ...(host !== undefined && { host }),
    ...(tls && { tls }),
  })
}
