/** The three ports of storage, and that of a website. */
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
  /** Of the website of the development account, for those who cannot use its host name. @default none */
  readonly websitePort?: number | undefined
}

/** Who answers at a port. */
export type PortName = ServiceName | 'website'

export interface PortOptions extends ListenOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Makes the ports speak TLS besides plain HTTP. */
  readonly tls?: (() => Promise<TlsOptions>) | undefined
  readonly answerer: (name: PortName) => Answerer
}

export interface Answerer {
  readonly handler: RequestHandler
  readonly direct: DirectHandler
}

export interface OpenPorts {
  readonly ports: StoragePorts
  readonly websitePort: number | undefined
  /** Lets requests in hand end. */
  close(): Promise<void>
}

const graceMs = 5000
/** A blob's name of 1024 characters of three bytes each, percent-encoded, and a signature. */
const maxUrlLength = 16 * 1024

/**
 * Opens the ports, or none of them.
 * @throws UserError when one cannot be had
 */
export async function openPorts(options: PortOptions): Promise<OpenPorts> {
  const { ports: asked, websitePort: askedForWebsite } = options
  const numbers: [PortName, number][] = [
    ['blob', asked.blob],
    ['queue', asked.queue],
    ['table', asked.table],
  ]
  if (askedForWebsite !== undefined) numbers.push(['website', askedForWebsite])
  const opening = await Promise.allSettled(numbers.map(([name, port]) => openPort(options, name, port)))
  const open = opening.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
  const closeAll = (grace: number) => Promise.all(open.map((listener) => listener.close({ graceMs: grace })))
  const failed = opening.find((each) => each.status === 'rejected')
  if (failed) {
    await closeAll(0)
    throw failed.reason
  }
  const [blob, queue, table, websitePort] = open.map(({ port }) => port) as [number, number, number, number?]
  return {
    ports: { blob, queue, table },
    websitePort,
    async close() {
      await closeAll(graceMs)
    },
  }
}

function openPort(
  { clock, log, tls, host, answerer }: PortOptions,
  name: PortName,
  port: number,
): Promise<HttpListener> {
  const { handler, direct } = answerer(name)
  return HttpListener.open({
    handler,
    direct,
    port,
    portOption: name === 'website' ? '--storage-website-port' : '--storage-ports',
    maxUrlLength,
    clock,
    log,
    ...(host !== undefined && { host }),
    ...(tls && { tls }),
  })
}
