/** A function app that runs: its generation in force, and the change from one to the next. */
import { ensureError, type FunctionDefinition, Scope } from '@aloft/kernel'
import { type AdminTarget, type HostState, runByHand } from './admin/index.ts'
import { type AppChange, loadApp, readOfflinePage, watchApp } from './app/index.ts'
import { type AppFront, type AppFrontOptions, openAppFront } from './app-front.ts'
import { AppInstance, type InstanceOptions } from './app-instance.ts'
import type { AppConfiguration, FunctionProblem } from './contracts.ts'
import { HostLock } from './host-lock.ts'
import { httpApp } from './http/index.ts'
import type { ProxyDefinition, ProxyTrace } from './proxies/index.ts'

export interface RunningAppOptions extends InstanceOptions, AppFrontOptions {
  /** The app's configuration, when the caller has read it already. */
  readonly draft?: AppConfiguration
  /** Whether changed files are loaded while the app runs. */
  readonly isWatching: boolean
}

/** Invocations of a replaced generation have this long to end. */
const drainMs = 10_000
const offlinePage = '<!DOCTYPE html><title>Offline</title><p>This function app is offline.</p>'

/** Made by `start`; ends with `close`. */
export class RunningApp implements AdminTarget {
  readonly #options: RunningAppOptions
  readonly #front: AppFront
  readonly #scope: Scope
  readonly #retiring = new Set<Promise<void>>()
  readonly #reloadListeners: (() => void)[] = []
  #instance: AppInstance
  /** Changes of the generation, one after the other. */
  #changing: Promise<void> = Promise.resolve()
  #state: HostState = 'Running'
  #isDraining = false
  #reloadError: string | undefined
  /** The generation in which the warm-up function has run. */
  #warmedUp: AppInstance | undefined

  private constructor(options: RunningAppOptions, front: AppFront, scope: Scope, instance: AppInstance) {
    this.#options = options
    this.#front = front
    this.#scope = scope
    this.#instance = instance
  }

  /**
   * Starts the app in `options.rootDirectory` and serves it. Throws a UserError when the app cannot start at all
   * (broken host.json, port in use); functions that do not load are in `problems`.
   */
  static async start(options: RunningAppOptions): Promise<RunningApp> {
    const { rootDirectory, load, log } = options
    const scope = new Scope()
    try {
      const draft = options.draft ?? (await loadApp(rootDirectory, load))
      for (const warning of draft.warnings) log.warn(warning)
      const front = await openAppFront(options, draft, scope)
      // The app's environment holds the port that it really has.
      const { port } = front.listener
      const settled = { ...options, load: { ...load, overrides: { ...load.overrides, port } } }
      const instance = await AppInstance.load(settled, await loadApp(rootDirectory, settled.load))
      const app = new RunningApp(settled, front, scope, instance)
      scope.defer(() => app.#instance.stop(AbortSignal.abort()))
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
    const { index, proxies } = this.#instance
    const { fileProblem } = proxies
    return [...index.problems, ...proxies.problems, ...(fileProblem ? [fileProblem] : [])]
  }

  /** What stands before the functions (proxies.json), in the order in which it matches. */
  get proxies(): readonly ProxyDefinition[] {
    return this.#instance.proxies.definitions
  }

  /** Why the newest files are not what runs. */
  get errors(): readonly string[] {
    return this.#reloadError === undefined ? [] : [this.#reloadError]
  }

  get port(): number {
    return this.#front.listener.port
  }

  get hostName(): string {
    return this.configuration.context.setting('WEBSITE_HOSTNAME') ?? `localhost:${this.port}`
  }

  get instanceId(): string {
    return this.#instance.id
  }

  get state(): HostState {
    return this.#state
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  get outstanding(): { readonly invocations: number; readonly retries: number } {
    const { outstanding, running } = this.#instance.invoker
    return { invocations: running, retries: outstanding - running }
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
  restart(): Promise<void> {
    return this.#change(() => this.#replace())
  }

  bringOnline(): Promise<void> {
    return this.restart()
  }

  takeOffline(): Promise<void> {
    return this.#change(() => this.#goOffline(offlinePage))
  }

  drain(): Promise<void> {
    return this.#change(async () => {
      this.#isDraining = true
      await this.#instance.stopListeners(this.#deadline())
    })
  }

  proxyTrace(id: string): ProxyTrace | undefined {
    return this.#instance.proxies.findTrace(id)
  }

  async run(functionName: string, input: string): Promise<void> {
    const definition = this.functions.find(({ name }) => name.toLowerCase() === functionName.toLowerCase())
    if (!definition) throw new Error(`There is no function '${functionName}' in this app.`)
    const { configuration, hostName } = this
    const { registry, log } = this.#options
    const { invoker } = this.#instance
    await runByHand({ configuration, registry, invoker, log, hostName }, definition, input)
  }

  async warmUp(): Promise<void> {
    const warmup = this.functions.find(({ trigger }) => trigger.type.toLowerCase() === 'warmuptrigger')
    if (!warmup || this.#warmedUp === this.#instance) return
    this.#warmedUp = this.#instance
    await this.run(warmup.name, '')
  }

  /** Nobody but this process starts this app's workers: there is nobody to tell. */
  async syncTriggers(): Promise<void> {}

  checkHealth(): Promise<void> {
    return this.#instance.checkHealth()
  }

  /** Takes no new work, lets what runs end, at most until `signal` aborts, and ends the workers. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#change(async () => {
      this.#state = 'Stopping'
      await this.#instance.stopListeners(signal)
      await this.#front.listener.close({ graceMs: signal.aborted ? 0 : drainMs })
      await this.#instance.stop(signal)
      await Promise.all(this.#retiring)
      await this.#scope.close()
      this.#state = 'Stopped'
    })
  }

  async #begin(): Promise<void> {
    const { clock, engine, isWatching, log } = this.#options
    const { configuration } = this.#instance
    this.#front.serveAdmin(this)
    this.#open()
    const page = await readOfflinePage(configuration.context.rootDirectory)
    if (page === undefined) await this.#instance.startListeners()
    else await this.#goOffline(page)
    const { hostId } = configuration.context
    const lock = new HostLock({ engine, clock, log, hostId, instanceId: this.instanceId })
    this.#scope.own(lock, () => lock.close())
    await lock.start()
    if (isWatching) {
      const stopWatching = await watchApp(
        configuration,
        this.#instance.sourceLanguage,
        (change) => void this.#onFilesChanged(change),
        (error) => log.warn(`Changes of files are not noticed any more: ${error.message}`),
      )
      this.#scope.defer(stopWatching)
    }
  }

  #onFilesChanged({ kind }: AppChange): Promise<void> {
    if (kind !== 'offline') return this.restart()
    return this.#change(async () => {
      const page = await readOfflinePage(this.configuration.context.rootDirectory)
      if (page !== undefined) await this.#goOffline(page)
    })
  }

  #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(async () => {
      if (this.#state !== 'Stopping' && this.#state !== 'Stopped') await work()
    })
    this.#changing = done.catch(() => {})
    return done
  }

  #open(): void {
    const { configuration, index, invoker, proxies } = this.#instance
    this.#state = 'Running'
    this.#front.gate.open(httpApp(configuration, index.functions, invoker, proxies.routes))
  }

  async #goOffline(page: string): Promise<void> {
    this.#options.log.info('The app is offline.')
    this.#state = 'Offline'
    this.#front.gate.takeOffline(page)
    await this.#instance.stopListeners(this.#deadline())
  }

  async #replace(): Promise<void> {
    const { log, rootDirectory, load } = this.#options
    log.info('Loading the app again.')
    let next: AppInstance
    let isDown = false
    try {
      const configuration = await loadApp(rootDirectory, load)
      for (const warning of configuration.warnings) log.warn(warning)
      isDown = await this.#makeWay(configuration)
      next = await AppInstance.load(this.#options, configuration)
      const [broken] = next.brokenFiles
      if (broken) {
        await next.stop(this.#deadline())
        throw new Error(broken.message)
      }
    } catch (thrown) {
      this.#reloadError = ensureError(thrown).message
      log.error(`The app was not loaded again: ${this.#reloadError}`)
      if (isDown) this.#state = 'Error'
      const until = 'until the files are mended'
      log.warn(isDown ? `The app is down ${until}.` : `The previous version goes on running ${until}.`)
      return
    }
    await this.#supersede(next)
  }

  /**
   * Ends the running generation when the next one needs the same port for its custom handler, and has requests wait.
   * Answers whether it did.
   */
  async #makeWay({ host }: AppConfiguration): Promise<boolean> {
    const port = host.customHandler?.port
    if (port === undefined || port !== this.configuration.host.customHandler?.port) return false
    this.#front.gate.shut()
    await this.#instance.stop(this.#deadline())
    return true
  }

  async #supersede(next: AppInstance): Promise<void> {
    const previous = this.#instance
    this.#instance = next
    this.#reloadError = undefined
    this.#isDraining = false
    this.#open()
    // Before the new listeners start: a queue or a timer has one of them.
    await previous.stopListeners(this.#deadline())
    await next.startListeners()
    const retired = previous.stop(this.#deadline()).finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
    for (const listener of this.#reloadListeners) listener()
  }

  #deadline(): AbortSignal {
    const controller = new AbortController()
    this.#options.clock.after(drainMs, () => controller.abort()).unref()
    return controller.signal
  }
}
