/** An app's address: it answers before the app's code is loaded, and has callers wait until then. */
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import {
  type AppContext,
  type Clock,
  ensureError,
  HttpListener,
  type Logger,
  type Scope,
  UserError,
} from '@aloft/kernel'
import { textReply } from '@aloft/wire/http'
import { type AdminTarget, adminApi, type BundleSource } from './admin/index.ts'
import { type AppHandlers, type AppNames, hostLabel, type SharedFront } from './apps/index.ts'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration } from './contracts.ts'
import {
  type AdminHandler,
  AppGate,
  directFront,
  type HttpFrontOptions,
  httpFront,
  WebhookRegistry,
} from './http/index.ts'
import { openKeyRing } from './keys/index.ts'

export interface AppFrontOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Folder for what is kept beside the database. */
  readonly dataDirectory: string
  /** @default local.settings.json `Host.LocalHttpAddress`, else localhost */
  readonly host: string | undefined
  /** Of a listener of the app's own; 0 = any free one. @default local.settings.json `Host.LocalHttpPort`, else 7071 */
  readonly port: number | undefined
  /** Where the app answers under its name; without a `port` only there. */
  readonly sharedFront: SharedFront | undefined
  /** The names of all apps of this process. */
  readonly names: AppNames
  readonly registry: BindingRegistry
  /** What the app's extension bundle tells of itself. */
  readonly bundle: BundleSource
  /** `lazy`: nothing is opened for an app but what takes its first request. */
  readonly start: 'eager' | 'lazy'
  /** Whether function keys are asked for; `func start` does not. */
  readonly isAuthEnabled: boolean
  /** Makes the app's own port speak TLS besides plain HTTP. */
  readonly tls: (() => Promise<TlsOptions>) | undefined
}

export interface AppFront {
  readonly gate: AppGate
  readonly port: number
  /** The app's own port, when it has one. */
  readonly ownPort: number | undefined
  /** From now on `/admin` speaks for `target`. */
  serveAdmin(target: AdminTarget): void
  /** Takes no new requests; those in hand have `graceMs` to end. */
  close(options: { readonly graceMs: number }): Promise<void>
}

const defaultPort = 7071

/** @throws UserError when the port or the address cannot be had, or the app's name is that of another one */
export async function openAppFront(
  options: AppFrontOptions,
  configuration: AppConfiguration,
  scope: Scope,
): Promise<AppFront> {
  const gate = new AppGate(options.clock)
  let target: AdminTarget | undefined
  const open = () => openHandlers(options, configuration, gate, () => target, scope)
  const handlers = options.start === 'lazy' ? openedByRequest(open, options.log) : await open()
  const name = takeName(options, configuration, handlers)
  if (name !== undefined) scope.defer(() => options.names.remove(name))
  const listener = isShared(options) ? undefined : await openListener(options, configuration, handlers)
  if (listener) scope.own(listener, () => listener.close({ graceMs: 0 }))
  return {
    gate,
    port: listener?.port ?? options.sharedFront?.port ?? 0,
    ownPort: listener?.port,
    serveAdmin(served) {
      target = served
    },
    async close(grace) {
      if (name !== undefined) options.names.remove(name)
      await listener?.close(grace)
    },
  }
}

function isShared({ sharedFront, port }: AppFrontOptions): boolean {
  return sharedFront !== undefined && port === undefined
}

/** The name under which requests for the app are known; undefined when it can have none and needs none. */
function takeName(
  { names, sharedFront }: AppFrontOptions,
  { context }: AppConfiguration,
  handlers: AppHandlers,
): string | undefined {
  const name = hostLabel(context.name)
  if (name !== undefined && !names.has(name)) {
    names.add(name, handlers)
    return name
  }
  if (!sharedFront) return undefined
  if (name === undefined)
    throw new UserError(`The app name '${context.name}' cannot be part of a host name.`, {
      hint: 'Use letters, digits and dashes.',
    })
  throw new UserError(`There is another app with the name '${name}'.`, {
    hint: 'Give one of them another name.',
  })
}

/** A request that names another app of this process goes there, whichever listener it came to. */
function openListener(
  { names, host, port, tls, log, clock }: AppFrontOptions,
  { localHost }: AppConfiguration,
  own: AppHandlers,
): Promise<HttpListener> {
  const handlersOf = (host: string | undefined) => (names.count > 1 && names.find(host)) || own
  return HttpListener.open({
    host: host ?? localHost.address,
    port: port ?? localHost.port ?? defaultPort,
    tls,
    handler: (request, response) => handlersOf(request.headers.host).handler(request, response),
    direct: (exchange) => handlersOf(exchange.headers.host).direct(exchange),
    log,
    clock,
  })
}

async function openHandlers(
  { engine, clock, log, dataDirectory, isAuthEnabled, registry, bundle }: AppFrontOptions,
  { context, localHost }: AppConfiguration,
  gate: AppGate,
  targetOf: () => AdminTarget | undefined,
  scope: Scope,
): Promise<AppHandlers> {
  const keys = await openKeyRing({ engine, dataDirectory, hostId: context.hostId, clock, log })
  scope.own(keys, () => keys.close())
  let admin: AdminHandler | undefined
  const front: HttpFrontOptions = {
    gate,
    clock,
    log,
    appName: context.name,
    keys,
    isAuthEnabled,
    cors: { origins: localHost.cors, allowCredentials: localHost.corsCredentials },
    forwardedHeaders: 'ignored',
    async admin(call) {
      const target = targetOf()
      if (!target) return textReply(503, 'Function host is not running.')
      admin ??= adminApi({ target, keys, bundle, log })
      return admin(call)
    },
    webhooks: webhooksOf(context, registry),
  }
  return { handler: httpFront(front), direct: directFront(front) }
}

function webhooksOf(context: AppContext, { webhooks }: BindingRegistry): WebhookRegistry {
  const registry = new WebhookRegistry()
  for (const webhook of webhooks)
    for (const name of webhook.names)
      registry.add(name, (call) => webhook.handle(call, context), 'system', webhook.names[0])
  return registry
}

/** Has the first request open what answers it; the others wait. */
function openedByRequest(open: () => Promise<AppHandlers>, log: Logger): AppHandlers {
  let handlers: AppHandlers | undefined
  let opening: Promise<AppHandlers> | undefined
  return {
    direct: (exchange) => handlers?.direct(exchange) ?? false,
    handler(request, response) {
      if (handlers) return handlers.handler(request, response)
      opening ??= open()
      opening.then(
        (opened) => {
          handlers = opened
          opened.handler(request, response)
        },
        (error: unknown) => {
          opening = undefined
          log.error('The app could not be opened', ensureError(error))
          response.writeHead(503, { 'Content-Length': 0 }).end()
        },
      )
    },
  }
}
