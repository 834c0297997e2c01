/** A function app that runs: its address, its generation in force, and the change from one to the next. */
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import {
  ensureError,
  type FunctionDefinition,
  HttpListener,
  newId,
  Scope,
} from '@aloft/kernel'
import { loadApp, readOfflinePage, watchApp } from './app/index.ts'
import { AppInstance, type InstanceOptions } from './app-instance.ts'
import type { AppConfiguration, FunctionProblem } from './contracts.ts'
import { HostLock } from './host-lock.ts'
import { AppGate, httpApp, httpFront, WebhookRegistry } from './http/index.ts'
import { openKeyRing } from './keys/index.ts'

export interface RunningAppOptions extends InstanceOptions {
  readonly engine: Engine
  /** Folder for what is kept beside the database. */
  readonly dataDirectory: string
  /** @default local.settings.json `Host.LocalHttpAddress`, else localhost */
  readonly host: string | undefined
  /** 0 = any free one. @default local.settings.json `Host.LocalHttpPort`, else 7071 */
  readonly port: number | undefined
  /** Whether function keys are asked for; `func start` does not. */
  readonly isAuthEnabled: boolean
  /** Whether changed files are loaded while the app runs. */
  readonly isWatching: boolean
  /** Makes the port speak TLS besides plain HTTP. */
  readonly tls: (() => Promise<TlsOptions>) | undefined
}

const defaultPort = 7071
/** Invocations of a replaced generation have this long to end. */
const drainMs = 10_000

/** Made by `start`; ends with `close`. */
export class RunningApp {
  /** Identifies this run of the app in locks and in the admin API. */
  readonly instanceId = newId()
  readonly #options: RunningAppOptions
  readonly #gate: AppGate
  readonly #listener: HttpListener
  readonly #scope: Scope
  readonly #retiring = new Set<Promise<void>>()
  readonly #reloadListeners: (() => void)[] = []
  #instance: AppInstance
  #changing: Promise<void> = Promise.resolve()
  #isClosing = false

  private constructor(
    options: RunningAppOptions,
    gate: AppGate,
    listener: HttpListener,
    scope: Scope,
    instance: AppInstance,
  ) {
    this.#options = options
    this.#gate = gate
    this.#listener = listener
    this.#scope = scope
    this.#instance = instance
  }

  /**
   * Starts the app in `options.rootDirectory` and serves it. Throws a UserError when the app cannot start at all
   * (broken host.json, port in use); functions that do not load are in `problems`.
   */
  static async start(options: RunningAppOptions): Promise<RunningApp> {
    const scope = new Scope()
    try {
      const gate = new AppGate(options.clock)
      const listener = await openListener(options, gate, scope)
      const instance = await AppInstance.load(withPort(options, listener.port))
      const app = new RunningApp(withPort(options, listener.port), gate, listener, scope, instance)
      await app.#begin()
      return app
    } catch (error) {
      await scope.close()
      throw error
    }
  }

  get configuration(): AppConfiguration {
    return this.#instance.configuration
  }

  get functions(): readonly FunctionDefinition[] {
    return this.#instance.index.functions
  }

  get problems(): readonly FunctionProblem[] {
    return this.#instance.index.problems
  }

  get port(): number {
    return this.#listener.port
  }

  get workerProcessIds(): readonly number[] {
    return this.#instance.workerProcessIds
  }

  /** Calls `listener` after each reload that succeeded. */
  onReload(listener: () => void): void {
    this.#reloadListeners.push(listener)
  }

  /**
   * Loads the app's files again. What runs meanwhile ends on the old code, new requests go to the new one; an app
   * that does not load leaves the old one in place, and says why in the log.
   */
  reload(): Promise<void> {
    this.#changing = this.#changing.then(() => this.#replace())
    return this.#changing
  }

  /** Takes no new work, lets what runs end, at most until `signal` aborts, and ends the workers. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosing = true
    await this.#changing
    await this.#instance.stopListeners(signal)
    await this.#listener.close({ graceMs: signal.aborted ? 0 : drainMs })
    await this.#instance.stop(signal)
    await Promise.all(this.#retiring)
    await this.#scope.close()
  }

  async #begin(): Promise<void> {
    const { clock, engine, isWatching, log } = this.#options
    const { configuration } = this.#instance
    this.#open()
    await this.#instance.startListeners()
    await this.#goOffline()
    const { hostId } = configuration.context
    const lock = new HostLock({ engine, clock, log, hostId, instanceId: this.instanceId })
    this.#scope.own(lock, () => lock.close())
    await lock.start()
    if (isWatching) {
      const stopWatching = await watchApp(
        configuration,
        (change) => void (change.kind === 'offline' ? this.#goOffline() : this.reload()),
        (error) => log.warn(`Changes of files are not noticed any more: ${error.message}`),
      )
      this.#scope.defer(stopWatching)
    }
  }

  /** While app_offline.htm is there, every request gets it; the app comes back with the reload after its removal. */
  #goOffline(): Promise<void> {
    this.#changing = this.#changing.then(async () => {
      const page = await readOfflinePage(this.configuration.context.rootDirectory)
      if (page === undefined || this.#isClosing) return
      this.#options.log.info('app_offline.htm found: the app is offline until the file is gone.')
      this.#gate.takeOffline(page)
      await this.#instance.stopListeners(AbortSignal.timeout(drainMs))
    })
    return this.#changing
  }

  #open(): void {
    const { configuration, index, invoker } = this.#instance
    this.#gate.open(httpApp(configuration, index.functions, invoker))
  }

  async #replace(): Promise<void> {
    if (this.#isClosing) return
    const { log } = this.#options
    log.info('Files changed; loading the app again.')
    let next: AppInstance
    try {
      next = await AppInstance.load(this.#options)
    } catch (thrown) {
      log.error(`The app was not loaded again: ${ensureError(thrown).message}`)
      log.warn('The previous version goes on running until the files are mended.')
      return
    }
    const previous = this.#instance
    this.#instance = next
    this.#open()
    // Before the new listeners start: a queue or a timer has one of them.
    await previous.stopListeners(AbortSignal.timeout(drainMs))
    await next.startListeners()
    const retired = previous.stop(AbortSignal.timeout(drainMs)).finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
    for (const listener of this.#reloadListeners) listener()
  }
}

/** The app's address answers (and has callers wait) before its code is loaded. */
async function openListener(options: RunningAppOptions, gate: AppGate, scope: Scope): Promise<HttpListener> {
  const { clock, log, engine, dataDirectory } = options
  const { context, localHost } = await loadApp(options.rootDirectory, options.load)
  const keys = await openKeyRing({ engine, dataDirectory, hostId: context.hostId, clock, log })
  scope.own(keys, () => keys.close())
  const listener = await HttpListener.open({
    host: options.host ?? localHost.address,
    port: options.port ?? localHost.port ?? defaultPort,
    tls: options.tls,
    log,
    clock,
    handler: httpFront({
      gate,
      clock,
      log,
      appName: context.name,
      keys,
      isAuthEnabled: options.isAuthEnabled,
      cors: { origins: localHost.cors, allowCredentials: localHost.corsCredentials },
      forwardedHeaders: 'ignored',
      admin: async () => undefined,
      webhooks: new WebhookRegistry(),
    }),
  })
  return scope.own(listener, () => listener.close({ graceMs: 0 }))
}

/** The same options, with the app told the port that it really has. */
function withPort(options: RunningAppOptions, port: number): RunningAppOptions {
  return { ...options, load: { ...options.load, overrides: { ...options.load.overrides, port } } }
}
