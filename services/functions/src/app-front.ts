/** An app's address: it answers before the app's code is loaded, and has callers wait until then. */
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import {
  type AppContext,
  type Clock,
  ensureError,
  HttpListener,
  type Logger,
  type RequestHandler,
  type Scope,
  UserError,
} from '@aloft/kernel'
import { type AdminTarget, adminApi } from './admin/index.ts'
import { type AppNames, hostLabel, type SharedFront } from './apps/index.ts'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration } from './contracts.ts'
import { type AdminHandler, AppGate, httpFront, textReply, WebhookRegistry } from './http/index.ts'
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
  const open = () => openHandler(options, configuration, gate, () => target, scope)
  const handler = options.start === 'lazy' ? openedByRequest(open, options.log) : await open()
  const name = takeName(options, configuration, handler)
  if (name !== undefined) scope.defer(() => options.names.remove(name))
  const listener = isShared(options) ? undefined : await openListener(options, configuration, handler)
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
  handler: RequestHandler,
): string | undefined {
  const name = hostLabel(context.name)
  if (name !== undefined && !names.has(name)) {
    names.add(name, handler)
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
  own: RequestHandler,
): Promise<HttpListener> {
  return HttpListener.open({
    host: host ?? localHost.address,
    port: port ?? localHost.port ?? defaultPort,
    tls,
    handler(request, response) {
      const handler = names.count > 1 ? names.find(request.headers.host) : undefined
      if (handler) handler(request, response)
      else own(request, response)
    },
    log,
    clock,
  })
}

async function openHandler(
  { engine, clock, log, dataDirectory, isAuthEnabled, registry }: AppFrontOptions,
  { context, localHost }: AppConfiguration,
  gate: AppGate,
  targetOf: () => AdminTarget | undefined,
  scope: Scope,
): Promise<RequestHandler> {
  const keys = await openKeyRing({ engine, dataDirectory, hostId: context.hostId, clock, log })
  scope.own(keys, () => keys.close())
  let admin: AdminHandler | undefined
  return httpFront({
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
      admin ??= adminApi({ target, keys, log })
      return admin(call)
    },
    webhooks: webhooksOf(context, registry),
  })
}

function webhooksOf(context: AppContext, { webhooks }: BindingRegistry): WebhookRegistry {
  const registry = new WebhookRegistry()
  for (const webhook of webhooks)
    for (const name of webhook.names)
      registry.add(name, (call) => webhook.handle(call, context), 'system', webhook.names[0])
  return registry
}

/** Has the first request open what answers it; the others wait. */
function openedByRequest(open: () => Promise<RequestHandler>, log: Logger): RequestHandler {
  let handler: RequestHandler | undefined
  let opening: Promise<RequestHandler> | undefined
  return (request, response) => {
    if (handler) return handler(request, response)
    opening ??= open()
    opening.then(
      (opened) => {
        handler = opened
        opened(request, response)
      },
      (error: unknown) => {
        opening = undefined
        log.error('The app could not be opened', ensureError(error))
        response.writeHead(503, { 'Content-Length': 0 }).end()
      },
    )
  }
}
