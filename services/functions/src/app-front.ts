/** An app's address: it answers before the app's code is loaded, and has callers wait until then. */
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import { type Clock, HttpListener, type Logger, type Scope } from '@aloft/kernel'
import { type AdminTarget, adminApi } from './admin/index.ts'
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
  /** 0 = any free one. @default local.settings.json `Host.LocalHttpPort`, else 7071 */
  readonly port: number | undefined
  /** Whether function keys are asked for; `func start` does not. */
  readonly isAuthEnabled: boolean
  /** Makes the port speak TLS besides plain HTTP. */
  readonly tls: (() => Promise<TlsOptions>) | undefined
}

export interface AppFront {
  readonly gate: AppGate
  readonly listener: HttpListener
  /** From now on `/admin` speaks for `target`. */
  serveAdmin(target: AdminTarget): void
}

const defaultPort = 7071

/** @throws UserError when the port or the address cannot be had */
export async function openAppFront(
  options: AppFrontOptions,
  { context, localHost }: AppConfiguration,
  scope: Scope,
): Promise<AppFront> {
  const { engine, clock, log, dataDirectory, isAuthEnabled } = options
  const keys = await openKeyRing({ engine, dataDirectory, hostId: context.hostId, clock, log })
  scope.own(keys, () => keys.close())
  const gate = new AppGate(clock)
  let admin: AdminHandler = async () => textReply(503, 'Function host is not running.')
  const handler = httpFront({
    gate,
    clock,
    log,
    appName: context.name,
    keys,
    isAuthEnabled,
    cors: { origins: localHost.cors, allowCredentials: localHost.corsCredentials },
    forwardedHeaders: 'ignored',
    admin: (call) => admin(call),
    webhooks: new WebhookRegistry(),
  })
  const listener = await HttpListener.open({
    host: options.host ?? localHost.address,
    port: options.port ?? localHost.port ?? defaultPort,
    tls: options.tls,
    handler,
    log,
    clock,
  })
  scope.own(listener, () => listener.close({ graceMs: 0 }))
  return {
    gate,
    listener,
    serveAdmin(target) {
      admin = adminApi({ target, keys, log })
    },
  }
}
