/** Brings an app's hub, its addresses and its key together for the management API and the client binding. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import {
  type AppContext,
  type BindingContext,
  type BindingDefinition,
  type Clock,
  currentTrace,
  type ExtensionHost,
  formatTraceParent,
  type Logger,
  type WebhookCall,
  type WebhookExtension,
} from '@aloft/kernel'
import type { TaskHubs } from '../engine/open-task-hubs.ts'
import { openGrpcServer } from '../grpc/open-grpc-server.ts'
import type { GrpcServer } from '../grpc/server.ts'
import {
  type ApiServices,
  type ManagementAddress,
  openRpcListener,
  type RpcListener,
  rpcBasePath,
  serveCall,
  webhookName,
} from '../http/index.ts'
import { clientValue, grpcClientValue } from './client-value.ts'
import type { HubHosts } from './hub-hosts.ts'
import { speaksGrpc } from './protocols.ts'

export interface ManagementOptions {
  readonly hosts: HubHosts
  readonly clock: Clock
  readonly log: Logger
  readonly hubs: TaskHubs
  /** Where the loopback listener tries first. */
  readonly rpcPort: number | undefined
}

/** JSON text of a client binding, and where in it the invocation's `traceparent` goes; -1 = nowhere. */
interface ClientText {
  readonly text: string
  readonly traceAt: number
}

/** Where the gRPC server tries first. */
const usualGrpcPort = 4001

export class Management {
  readonly #options: ManagementOptions
  #host: ExtensionHost | undefined
  #rpc: Promise<RpcListener> | undefined
  /** By host id: clients name a hub as their app does. */
  readonly #grpc = new Map<string, Promise<GrpcServer>>()
  /** The app that made a hub's client value, for calls over the loopback. By stored hub in lower case. */
  readonly #apps = new Map<string, AppContext>()
  readonly #values = new WeakMap<AppContext, Map<string, Promise<ClientText>>>()

  constructor(options: ManagementOptions) {
    this.#options = options
  }

  attach(host: ExtensionHost): void {
    this.#host = host
  }

  get webhook(): WebhookExtension {
    return {
      names: [webhookName, 'DurableTaskExtension'],
      handle: (call, app) => this.#serve(call, app),
    }
  }

  /**
   * What the client binding of an app hands to its functions; made once for each hub that it names. When somebody
   * traces, it tells the invocation as well: what its client starts is a part of it.
   */
  async clientValue(
    binding: BindingDefinition,
    { app, function: definition }: BindingContext,
  ): Promise<string> {
    const protocol = speaksGrpc(binding, definition) ? 'grpc' : 'http'
    const hub = textOf(binding.taskHub)
    const connection = textOf(binding.connectionName) ?? binding.connection
    const key = `${protocol}\n${hub ?? ''}\n${connection ?? ''}`
    const values = this.#values.get(app) ?? new Map<string, Promise<ClientText>>()
    this.#values.set(app, values)
    let value = values.get(key)
    if (!value) {
      value = this.#makeValue(app, hub, connection, protocol)
      values.set(key, value)
      value.catch(() => values.delete(key))
    }
    const { text, traceAt } = await value
    const trace = this.#host?.telemetry.span && traceAt >= 0 ? currentTrace() : undefined
    return trace ? `${text.slice(0, traceAt)}/${formatTraceParent(trace)}${text.slice(traceAt)}` : text
  }

  async close(): Promise<void> {
    const servers = [this.#rpc, ...this.#grpc.values()]
    await Promise.all(servers.map(async (opening) => (await opening?.catch(() => undefined))?.close()))
  }

  async #makeValue(
    app: AppContext,
    hub: string | undefined,
    connection: string | undefined,
    protocol: 'http' | 'grpc',
  ): Promise<ClientText> {
    const address = await this.#address(app, originOf(app), hub, connection)
    const stored = this.#options.hosts.storedName(app, address.hub)
    this.#apps.set(stored.toLowerCase(), app)
    if (protocol === 'grpc') {
      const { port } = await this.#openGrpc(app)
      return { text: grpcClientValue(address, `http://localhost:${port}`), traceAt: -1 }
    }
    const rpc = await this.#openRpc()
    const text = clientValue(address, rpc.baseUrl(stored))
    return { text, traceAt: text.lastIndexOf(rpcBasePath) }
  }

  /** For the clients of apps; workers have nothing to do there. */
  #openGrpc(app: AppContext): Promise<GrpcServer> {
    const known = this.#grpc.get(app.hostId)
    if (known) return known
    const { clock, log, hubs, hosts } = this.#options
    const appHub = async (name: string) => {
      const client = this.#apps.get(hosts.storedName(app, name).toLowerCase())
      return client && (await hosts.of(client, name).open())
    }
    const openAt = (port: number) => openGrpcServer({ clock, log, hubs, appHub, port })
    const server = openAt(usualGrpcPort).catch(() => openAt(0))
    this.#grpc.set(app.hostId, server)
    return server
  }

  #openRpc(): Promise<RpcListener> {
    const { clock, log, rpcPort } = this.#options
    this.#rpc ??= openRpcListener({
      clock,
      log,
      ...(rpcPort !== undefined && { port: rpcPort }),
      services: async (stored) => {
        const app = this.#apps.get(stored.toLowerCase())
        if (!app) return undefined
        const { hubName, storedHubName } = this.#options.hosts.optionsOf(app)
        const hub = stored.toLowerCase() === storedHubName.toLowerCase() ? hubName : stored
        return this.#services(app, await this.#address(app, originOf(app), hub, undefined))
      },
    })
    return this.#rpc
  }

  async #serve({ request, response, rest, query }: WebhookCall, app: AppContext): Promise<void> {
    const { forwardedHost } = this.#options.hosts.optionsOf(app)
    const origin = requestOrigin(request, forwardedHost) ?? originOf(app)
    const wanted = new URLSearchParams(query)
    const hub = wanted.get('taskHub') ?? undefined
    const address = await this.#address(app, origin, hub, wanted.get('connection') ?? undefined)
    await serveCall({ request, response, rest, query, origin }, await this.#services(app, address))
  }

  async #services(app: AppContext, address: ManagementAddress): Promise<ApiServices> {
    const host = this.#options.hosts.of(app, address.hub)
    return { hub: await host.open(), clock: this.#options.clock, address, orchestrators: host.orchestrators }
  }

  async #address(
    app: AppContext,
    origin: string,
    hub: string | undefined,
    connection: string | undefined,
  ): Promise<ManagementAddress> {
    const options = this.#options.hosts.optionsOf(app)
    if (!this.#host) throw new Error('The Functions host has not been attached yet.')
    return {
      origin,
      hub: hub ?? options.hubName,
      connection: connection ?? options.connectionName,
      systemKey: await this.#host.systemKey(app, webhookName),
    }
  }
}

/** Where the app is reached, as its own code is told. */
function originOf(app: AppContext): string {
  return `http://${app.setting('WEBSITE_HOSTNAME') ?? 'localhost:7071'}`
}

function requestOrigin(request: IncomingMessage, forwarded: 'used' | 'ignored'): string | undefined {
  const first = (name: string) => {
    const value = forwarded === 'used' ? request.headers[name] : undefined
    return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim()
  }
  const host = first('x-forwarded-host') ?? request.headers.host
  const isEncrypted = (request.socket as TLSSocket).encrypted === true
  const scheme = first('x-forwarded-proto') ?? (isEncrypted ? 'https' : 'http')
  return host === undefined ? undefined : `${scheme}://${host}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
