/** Proxies on a real front; functions are plain code in this process, back ends real servers. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type InvocationTelemetry, Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { AppConfiguration } from '../../src/contracts.ts'
import { type AppProxies, openProxies } from '../../src/proxies/index.ts'
import { type FrontFixture, type FrontFixtureOptions, startFront } from '../http/fixture.ts'

export interface ProxiesOptions extends Omit<FrontFixtureOptions, 'proxies'> {
  /** The `proxies` object of the file. */
  readonly proxies: Readonly<Record<string, unknown>>
  readonly functionTimeoutMs?: number
}

export interface ProxiesFixture extends AsyncDisposable {
  readonly front: FrontFixture
  readonly url: string
  readonly proxies: AppProxies
  readonly logged: LogRecord[]
  readonly telemetry: InvocationTelemetry[]
}

export async function startProxies(options: ProxiesOptions): Promise<ProxiesFixture> {
  const { proxies: written, functionTimeoutMs, ...frontOptions } = options
  const clock = options.clock ?? new VirtualClock()
  const opened = await openProxiesFile({ proxies: written }, { ...options, clock })
  const front = await startFront({ ...frontOptions, clock, proxies: opened.proxies.routes })
  return {
    ...opened,
    front,
    url: front.url,
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  }
}

export interface FileOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly functionTimeoutMs?: number
  /** host.json `functions`. */
  readonly wanted?: readonly string[]
  readonly clock?: Clock
}

/** @param file content of proxies.json; undefined = there is none */
export async function openProxiesFile(file: string | object | undefined, options: FileOptions = {}) {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'aloft-proxies-'))
  const { settings = {}, clock = new VirtualClock(), functionTimeoutMs, wanted } = options
  const logged: LogRecord[] = []
  const telemetry: InvocationTelemetry[] = []
  try {
    if (file !== undefined) {
      const text = typeof file === 'string' ? file : JSON.stringify(file, undefined, 2)
      await writeFile(join(rootDirectory, 'proxies.json'), text)
    }
    const app = {
      context: { rootDirectory, name: 'shop', setting: (name: string) => settings[name] },
      host: { functions: wanted, functionTimeoutMs },
    }
    // Proxies read nothing else of an app's configuration.
    const proxies = await openProxies(app as unknown as AppConfiguration, {
      clock,
      log: new Logger(clock, [{ write: (record) => logged.push(record) }]),
      telemetry: { invocation: (record) => telemetry.push(record) },
    })
    return { proxies, logged, telemetry }
  } finally {
    await rm(rootDirectory, { recursive: true })
  }
}

export interface BackEnd extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:PORT`, which proxies do not take for the app itself. */
  readonly url: string
  /** What it has been asked, in order. */
  readonly requests: IncomingMessage[]
}

export async function startBackEnd(handler: RequestListener): Promise<BackEnd> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A server that speaks whatever `onConnection` says, at the address `url`. */
export async function startSocketServer(
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with the request's line and body. */
export async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString()
  response
    .writeHead(200, { 'Content-Type': 'text/plain' })
    .end(`${request.method} ${request.url} ${body}`.trim())
}

/** The port of a server that has gone. */
export async function unusedPort(): Promise<number> {
  await using server = await startBackEnd(() => {})
  return server.port
}

/** A proxy on `route` to `backendUri`. */
export function forward(route: string, backendUri: string, more: object = {}) {
  return { matchCondition: { route }, backendUri, ...more }
}

/** A proxy on `route` without a back end. */
export function mock(
  route: string,
  responseOverrides: Readonly<Record<string, unknown>> = {},
  more: object = {},
) {
  return { matchCondition: { route }, responseOverrides, ...more }
}
