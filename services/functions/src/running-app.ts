/** A function app that runs: its generation in force, and the change from one to the next. */
import { join, resolve } from 'node:path'
import { type AppContext, ensureError, type FunctionDefinition, type HostFiles, Scope } from '@aloft/kernel'
import { type AdminTarget, type HostState, LogStream, runByHand } from './admin/index.ts'
import { type AppFiles, loadApp, readOfflinePage, surveyFiles } from './app/index.ts'
import { withHostName, withOverrides } from './app-address.ts'
import { type AppFront, type AppFrontOptions, openAppFront } from './app-front.ts'
import type { AppInstance } from './app-instance.ts'
import { firstInstance, loadInstance, type StartOptions, watchFiles } from './app-start.ts'
import type { AppConfiguration, FunctionProblem } from './contracts.ts'
import { HealthMonitor, type HealthReport, readCounters } from './health/index.ts'
import type { HostLock, HostLocks } from './host-lock.ts'
import { httpApp } from './http/index.ts'
import { LogFiles } from './log-files.ts'
import { problemPage } from './package/index.ts'
import type { ProxyDefinition, ProxyTrace } from './proxies/index.ts'
import { tellInitialized, tellStarted } from './start-lines.ts'

export interface RunningAppOptions extends StartOptions, AppFrontOptions {
  /** The app's configuration, when the caller has read it already. */
  readonly draft?: AppConfiguration
  readonly locks: HostLocks
  readonly hostFiles: HostFiles | undefined
  /** Whether changed files are loaded while the app runs. */
  readonly isWatching: boolean
}

/** Invocations of a replaced generation have this long to end. */
const drainMs = 10_000
const offlinePage = '<!DOCTYPE html><title>Offline</title><p>This function app is offline.</p>'

/** Made by `start`; ends with `close`. */
export class RunningApp implements AdminTarget {
  readonly logStream: LogStream
  readonly #options: RunningAppOptions
  readonly #front: AppFront
  readonly #scope: Scope
  readonly #retiring = new Set<Promise<void>>()
  /** Aborts when nothing is waited for any more. */
  readonly #givingUp = new AbortController()
  readonly #reloadListeners: (() => void)[] = []
  #instance: AppInstance
  #waking: Promise<void> | undefined
  /** Held while there are workers. */
  #lock: Promise<HostLock> | undefined
  /** Changes of the generation, one after the other. */
  #changing: Promise<void> = Promise.resolve()
  #state: HostState = 'Running'
  #isDraining = false
  #reloadError: string | undefined
  #health: HealthMonitor | undefined
  /** Why the app is down although its files are sound. */
  #unhealthiness: string | undefined
  /** The generation in which the warm-up function has run. */
  #warmedUp: AppInstance | undefined

  private constructor(
    options: RunningAppOptions,
    front: AppFront,
    logStream: LogStream,
    scope: Scope,
    instance: AppInstance,
  ) {
    this.#options = options
    this.logStream = logStream
    this.#front = front
    this.#scope = scope
    this.#instance = instance
    options.packages.hold(instance.configuration.context.rootDirectory)
  }

  /**
   * Starts the app in `given.rootDirectory` and serves it. Throws a UserError when the app cannot start at all
   * (broken host.json, port in use); functions that do not load are in `problems`.
   */
  static async start(given: RunningAppOptions): Promise<RunningApp> {
    const logStream = new LogStream(given.clock)
    const logFiles = new LogFiles(given)
    const options = { ...given, log: given.log.withSink(logStream).withSink(logFiles) }
    const { rootDirectory, log, clock } = options
    const beganAt = clock.elapsed()
    const scope = new Scope()
    scope.defer(() => logFiles.flush())
    try {
      const named = withHostName(options)
      const known = options.draft?.package?.isPending ? undefined : options.draft
      const draft = known ?? (await loadApp(rootDirectory, named.load))
      logFiles.follow(() => draft)
      for (const warning of draft.warnings) log.warn(warning)
      const { hostId, name } = draft.context
      scope.defer(options.names.claimHostId(hostId, name))
      const front = await openAppFront(named, draft, scope)
      // The app's environment holds the port that it really has.
      const settled = front.ownPort === undefined ? named : withOverrides(named, { port: front.ownPort })
      const isSettled = settled === named && !known
      const configuration = isSettled
        ? draft
        : await loadApp(rootDirectory, { ...settled.load, ...contentOf(draft) })
      const isMissing = configuration.package?.problem !== undefined
      const files = options.start === 'lazy' && !isMissing ? await surveyFiles(configuration) : undefined
      const instance = await firstInstance(settled, configuration, files, front.gate)
      const app = new RunningApp(settled, front, logStream, scope, instance)
      tellInitialized(log, instance, clock.elapsed() - beganAt)
      logFiles.follow(() => app.configuration)
      scope.defer(() => app.#instance.stop(AbortSignal.abort()))
      // Nobody has asked for it yet: it was started to be known.
      if (files && !front.gate.isAwaited) instance.restIfIdle()
      await app.#begin(files)
      if (app.state === 'Running') tellStarted(log, clock.elapsed() - beganAt)
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

  /** Why the app, or its newest version, does not run. */
  get errors(): readonly string[] {
    return [this.#unhealthiness, this.#reloadError].filter((reason) => reason !== undefined)
  }

  /** What the host's health monitor sees. */
  get health(): HealthReport | undefined {
    return this.#health?.report
  }

  get port(): number {
    return this.#front.port
  }

  get hostName(): string {
    return this.configuration.context.setting('WEBSITE_HOSTNAME') ?? `localhost:${this.port}`
  }

  get extensionOptions(): Readonly<Record<string, unknown>> {
    return this.#options.registry.hostOptions(this.configuration.context)
  }

  get testDataFolder(): string {
    const { context } = this.configuration
    const given = context.setting('FUNCTIONS_TEST_DATA_PATH')
    return given ? resolve(given) : join(this.#options.dataDirectory, 'sampledata', context.hostId)
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
    const { invoker } = await this.#wake()
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
    onAbort(signal, () => this.#givingUp.abort())
    this.#health?.stop()
    await this.#change(async () => {
      this.#state = 'Stopping'
      await this.#instance.stopListeners(signal)
      await this.logStream.close()
      this.#front.gate.giveUp()
      const closed = this.#front.close({ graceMs: signal.aborted ? 0 : drainMs })
      const aborted = new Promise<void>((resolve) => onAbort(signal, resolve))
      // What is given up fails when its worker ends; its callers hear of that.
      await Promise.race([closed, aborted])
      await Promise.all([this.#instance.stop(signal), ...this.#retiring])
      await closed
      await this.#releaseLock()
      await this.#scope.close()
      this.#state = 'Stopped'
    })
  }

  /** @param files those of a lazy app */
  async #begin(files: AppFiles | undefined): Promise<void> {
    this.#instance.onRest(() => this.#rest())
    this.#front.serveAdmin(this)
    this.#open()
    const problem = this.configuration.package?.problem
    const page = await readOfflinePage(this.configuration.context.rootDirectory)
    if (problem !== undefined) this.#tellMissing(problem)
    else if (page === undefined) await this.#instance.startListeners(() => this.#wake())
    else await this.#goOffline(page)
    await this.#lock
    this.#health = this.#monitorHealth()
    if (!this.#options.isWatching) return
    const onChange = () => void this.#onFilesChanged()
    this.#scope.defer(await watchFiles(this.#options, this.#instance, files, onChange))
  }

  #monitorHealth(): HealthMonitor {
    const isUp = () => this.#state === 'Running' && !this.#instance.isResting
    const healthMonitor = () => this.configuration.host.healthMonitor
    const refusesWhenOverloaded = () => this.configuration.host.http.refusesWhenOverloaded
    const { clock, log } = this.#options
    return new HealthMonitor({
      clock,
      log,
      readCounters: () => readCounters(clock, this.workerProcessIds),
      app: {
        get healthMonitor() {
          return healthMonitor()
        },
        get refusesWhenOverloaded() {
          return refusesWhenOverloaded()
        },
        get isUp() {
          return isUp()
        },
        standDown: (reason) => this.#change(() => this.#standDown(reason)),
        comeBack: () => this.restart(),
      },
    })
  }

  /** Ends the running generation, and has requests wait, or refuses them. */
  async #standDown(reason: string): Promise<void> {
    this.#unhealthiness = reason
    this.#state = 'Error'
    const { gate } = this.#front
    if (this.configuration.host.http.refusesWhenOverloaded) gate.refuse()
    else gate.shut()
    await this.#instance.stop(this.#deadline())
  }

  async #onFilesChanged(): Promise<void> {
    // What a package holds does not change; another one may have come.
    if (this.configuration.package) return this.#loadPackage()
    const page = await readOfflinePage(this.configuration.context.rootDirectory)
    if (page !== undefined) return this.#change(() => this.#goOffline(page))
    if (!this.#instance.isResting) return this.restart()
    await this.#lookAgain()
  }

  async #loadPackage(): Promise<void> {
    const isMissing = this.configuration.package?.problem !== undefined
    if (this.#instance.isResting && !isMissing) await this.#lookAgain()
    else await this.restart()
  }

  async #lookAgain(): Promise<void> {
    // Started only to see what it registers now.
    await this.#options.turns.take(() => this.restart()).done
    this.#instance.restIfIdle()
  }

  /** The generation in force, with a worker. Rejects when the app does not start. */
  async #wake(): Promise<AppInstance> {
    if (!this.#instance.isResting) return this.#instance
    this.#waking ??= this.#change(() => this.#awaken()).finally(() => {
      this.#waking = undefined
    })
    await this.#waking
    if (this.#instance.isResting) throw new Error('The app is stopping')
    return this.#instance
  }

  async #awaken(): Promise<void> {
    if (!this.#instance.isResting) return
    const { log } = this.#options
    try {
      if (await this.#instance.wake()) {
        if (this.#state === 'Running') this.#open()
        return
      }
      log.info('The app registers other functions than it did: indexing it anew.')
      const next = await this.#load(async () => {})
      const previous = this.#supersede(next)
      // Not awaited: the trigger that waits here for the app may be the one that is to stop.
      void this.#change(() => this.#handOver(previous, next))
    } catch (thrown) {
      const error = ensureError(thrown)
      log.error(`The app could not be started: ${error.message}`, error)
      throw error
    }
  }

  #rest(): void {
    if (this.#state === 'Running') this.#open()
    this.#releaseLock().catch((error: unknown) =>
      this.#options.log.warn(`The host lock was not given back: ${ensureError(error).message}`),
    )
  }

  async #releaseLock(): Promise<void> {
    const lock = await this.#lock
    this.#lock = undefined
    await lock?.release()
  }

  #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(async () => {
      if (this.#state !== 'Stopping' && this.#state !== 'Stopped') await work()
    })
    this.#changing = done.catch(() => {})
    return done
  }

  /** Lets requests in: to the app, or to wake it. */
  #open(): void {
    const { locks, log } = this.#options
    const { configuration, index, invoker, proxies, isResting } = this.#instance
    this.#state = 'Running'
    if (isResting) {
      this.#front.gate.rest(() => this.#wake())
      return
    }
    const isOverloaded = () => this.#health?.report.state === 'Unhealthy'
    const { isAuthEnabled } = this.#options
    const app = { configuration, functions: index.functions, invoker, proxies: proxies.routes, isAuthEnabled }
    this.#front.gate.open(httpApp({ ...app, isOverloaded }))
    const { context, host } = configuration
    const { lockPeriodMs: periodMs } = host.singleton
    this.#lock ??= locks.hold({
      hostId: context.hostId,
      instanceId: this.instanceId,
      periodMs,
      log,
      onAcquired: () => this.#tellOfLock(context),
    })
  }

  /** Tools for Azure look there for the primary host. */
  #tellOfLock(context: AppContext): void {
    const metadata = { FunctionInstance: this.instanceId }
    this.#options.hostFiles
      ?.write(context, `locks/${context.hostId}/host`, '', metadata)
      .catch((error: unknown) => {
        this.#options.log.debug(`The host lock could not be shown to tools: ${ensureError(error).message}`)
      })
  }

  /** The app's files cannot be had: it is down, and every request is told why. */
  #tellMissing(problem: string): void {
    const { log } = this.#options
    log.error(problem)
    this.#state = 'Error'
    this.#reloadError = problem
    this.#front.gate.takeOffline(problemPage(problem))
  }

  async #goOffline(page: string): Promise<void> {
    this.#options.log.info('The app is offline.')
    this.#state = 'Offline'
    this.#front.gate.takeOffline(page)
    await this.#instance.stopListeners(this.#deadline())
  }

  async #replace(): Promise<void> {
    const { log, clock } = this.#options
    const beganAt = clock.elapsed()
    log.info('Loading the app again.')
    let next: AppInstance
    let isDown = this.#unhealthiness !== undefined || this.configuration.package?.problem !== undefined
    try {
      next = await this.#load(async (configuration) => {
        const problem = configuration.package?.problem
        if (problem !== undefined) throw new Error(problem)
        isDown = (await this.#makeWay(configuration)) || isDown
      })
      const [broken] = next.brokenFiles
      if (broken) {
        await next.stop(this.#deadline())
        this.#options.packages.release(next.configuration.context.rootDirectory)
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
    tellInitialized(log, next, clock.elapsed() - beganAt)
    await this.#handOver(this.#supersede(next), next)
    tellStarted(log, clock.elapsed() - beganAt)
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

  /** A generation from the files as they are now. Rejects when it does not load, or with what `prepare` rejects with. */
  async #load(prepare: (configuration: AppConfiguration) => Promise<void>): Promise<AppInstance> {
    const { packages } = this.#options
    const configuration = await this.#readConfiguration()
    const { rootDirectory } = configuration.context
    // From now on, not from when it runs: somebody may be about to be done with the same package.
    packages.hold(rootDirectory)
    try {
      await prepare(configuration)
      return await loadInstance(this.#options, configuration)
    } catch (error) {
      packages.release(rootDirectory)
      throw error
    }
  }

  async #readConfiguration(): Promise<AppConfiguration> {
    const { log, rootDirectory, load } = this.#options
    const configuration = await loadApp(rootDirectory, load)
    for (const warning of configuration.warnings) log.warn(warning)
    return configuration
  }

  /** From now on requests go to `next`. Answers with the generation before. */
  #supersede(next: AppInstance): AppInstance {
    const previous = this.#instance
    this.#instance = next
    previous.onRest(() => {})
    next.onRest(() => this.#rest())
    this.#reloadError = undefined
    this.#unhealthiness = undefined
    this.#isDraining = false
    this.#open()
    return previous
  }

  /** From now on triggers start the functions of `next`; `previous` ends when its last invocation has. */
  async #handOver(previous: AppInstance, next: AppInstance): Promise<void> {
    // Before the new listeners start: a queue or a timer has one of them.
    await previous.stopListeners(this.#deadline())
    await next.startListeners(() => this.#wake())
    const retired = previous.stop(this.#deadline()).finally(() => {
      this.#options.packages.release(previous.configuration.context.rootDirectory)
      this.#retiring.delete(retired)
    })
    this.#retiring.add(retired)
    for (const listener of this.#reloadListeners) listener()
  }

  #deadline(): AbortSignal {
    const controller = new AbortController()
    this.#options.clock.after(drainMs, () => controller.abort()).unref()
    return AbortSignal.any([controller.signal, this.#givingUp.signal])
  }
}

/** What has been fetched is not fetched again. */
function contentOf({ context, package: found }: AppConfiguration): Partial<StartOptions['load']> {
  return found ? { content: { rootDirectory: context.rootDirectory, package: found, warnings: [] } } : {}
}

function onAbort(signal: AbortSignal, action: () => void): void {
  if (signal.aborted) action()
  else signal.addEventListener('abort', action, { once: true })
}
