/**
 * One loaded generation of an app: its configuration, its workers, its functions and their listeners. A change
 * of the app's files makes a new generation; the old one ends when its last invocation has.
 */
import type { Engine } from '@aloft/engine'
import {
  type Clock,
  ensureError,
  type FunctionDefinition,
  type InvocationInput,
  type InvocationResult,
  type Logger,
  newId,
  type TelemetrySink,
} from '@aloft/kernel'
import {
  type LoadOptions,
  missingFunctionsWarning,
  noFunctionsWarning,
  type SourceLanguage,
} from './app/index.ts'
import { completeIndex, indexApp, type LoadedApp } from './app-index.ts'
import { isSameRegistration, type Registration } from './apps/index.ts'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration, FunctionIndex, FunctionProblem, WorkerLauncher } from './contracts.ts'
import type { HostLocks } from './host-lock.ts'
import { AppInvoker } from './invoke/invoker.ts'
import { type AppProxies, openProxies } from './proxies/index.ts'
import {
  type DynamicConcurrency,
  isWorkerScaling,
  memoryLimit,
  openConcurrency,
  processCountOf,
  systemReadings,
  WorkerScaler,
} from './scale/index.ts'
import { TriggerListeners } from './trigger-listeners.ts'
import { relayLogs } from './worker/log-relay.ts'
import { WorkerPool } from './worker/pool.ts'

/** What all generations of an app share. */
export interface InstanceOptions {
  readonly rootDirectory: string
  readonly load: LoadOptions
  readonly engine: Engine
  readonly registry: BindingRegistry
  readonly locks: Pick<HostLocks, 'isHeld'>
  /** By the app's runtime. */
  readonly launchers: Readonly<Record<string, WorkerLauncher>>
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: TelemetrySink | undefined
  /** Milliseconds without work after which the workers are stopped; undefined = never. */
  readonly idleStopMs: number | undefined
  /** Aborts when the host stops: what is being loaded is given up. */
  readonly stopping: AbortSignal
}

export class AppInstance {
  /** Identifies this run of the app in locks and in the admin API. */
  readonly id = newId()
  readonly configuration: AppConfiguration
  readonly index: FunctionIndex
  readonly invoker: AppInvoker
  readonly proxies: AppProxies
  /** What its workers registered. */
  readonly registration: Registration
  readonly #pool: WorkerPool
  readonly #options: InstanceOptions
  readonly #brokenFiles: readonly FunctionProblem[]
  readonly #concurrency: DynamicConcurrency | undefined
  readonly #scaler: WorkerScaler | undefined
  #listeners: TriggerListeners | undefined
  #isResting: boolean
  #onRest = () => {}

  private constructor(options: InstanceOptions, parts: InstanceParts) {
    this.#options = options
    this.configuration = parts.app
    this.index = parts.index
    this.proxies = parts.proxies
    this.registration = parts.registration
    this.invoker = parts.invoker
    this.#pool = parts.pool
    this.#brokenFiles = parts.brokenFiles
    this.#isResting = parts.isResting
    const { clock, engine, locks, log } = options
    const { configuration: app } = this
    this.#concurrency = openConcurrency(app, {
      engine,
      clock,
      log,
      isPrimary: () => locks.isHeld(app.context.hostId),
      workerProcessIds: () => this.workerProcessIds,
    })
    const scaling = { pool: this.#pool, clock, log, readings: systemReadings, memoryLimit: memoryLimit() }
    this.#scaler = isWorkerScaling(app) ? new WorkerScaler(scaling) : undefined
  }

  /**
   * Loads the app and starts its first worker; nothing is listened for yet. Throws a UserError for what keeps
   * the whole app from running; what is wrong with single functions is in `index.problems`.
   */
  static load(options: InstanceOptions, app: AppConfiguration): Promise<AppInstance> {
    return AppInstance.#make(options, app, undefined)
  }

  /** As `load`, from what the app's workers registered before: it rests, and no worker is started. */
  static recall(
    options: InstanceOptions,
    app: AppConfiguration,
    registration: Registration,
  ): Promise<AppInstance> {
    return AppInstance.#make(options, app, registration)
  }

  static async #make(
    options: InstanceOptions,
    app: AppConfiguration,
    recalled: Registration | undefined,
  ): Promise<AppInstance> {
    const { clock, log, registry, telemetry } = options
    const launcher = options.launchers[app.runtime]
    if (!launcher) throw new Error(`Nothing starts workers of the runtime '${app.runtime}'.`)
    let instance: AppInstance | undefined
    const pool = new WorkerPool({
      ...options,
      ...relayLogs(log, app.runtime, (name) => instance?.invoker.userLog(name)),
      app,
      launcher,
      onLentRun(start, channel) {
        if (!instance) throw new Error('Nothing was lent to this worker.')
        return instance.invoker.beginLent(start, channel)
      },
      onLentRan: (start, end) => instance?.invoker.ranLent(start, end),
      processCount: processCountOf(app),
      onIdle: () => instance?.restIfIdle(),
    })
    const giveUp = () => void pool.stop()
    options.stopping.addEventListener('abort', giveUp)
    try {
      options.stopping.throwIfAborted()
      const proxies = await openProxies(app, options)
      const loaded: LoadedApp = recalled ? { ...recalled, brokenFiles: [] } : await pool.start()
      const indexed = await indexApp(app, loaded, options)
      if (recalled) pool.prepare(indexed.toLoad)
      const loadProblems = recalled ? [] : await pool.load(indexed.toLoad)
      const index = completeIndex(indexed, loadProblems, log)
      const isMissing = app.package?.problem !== undefined
      const isEmpty = index.functions.length === 0 && proxies.definitions.length === 0 && !isMissing
      if (isEmpty) log.warn(noFunctionsWarning(app))
      const found = [...index.functions, ...index.problems, ...proxies.definitions]
      const missing = isMissing ? undefined : missingFunctionsWarning(app, found)
      if (missing) log.warn(missing)
      const needsHttpMetadata = !indexed.isInCode && app.runtime === 'node'
      instance = new AppInstance(options, {
        app,
        index,
        proxies,
        pool,
        invoker: new AppInvoker({ app, index, registry, pool, clock, log, telemetry, needsHttpMetadata }),
        registration: loaded,
        brokenFiles: indexed.brokenFiles,
        isResting: recalled !== undefined,
      })
      return instance
    } catch (error) {
      await pool.stop()
      throw error
    } finally {
      options.stopping.removeEventListener('abort', giveUp)
    }
  }

  /** Whether the app has no worker, and what it registers has to be asked anew before it runs. */
  get isResting(): boolean {
    return this.#isResting
  }

  /** Calls `listener` whenever the workers have been stopped for want of work. */
  onRest(listener: () => void): void {
    this.#onRest = listener
  }

  /** Stops the workers, unless they have something to do. `wake` must come before the next invocation. */
  restIfIdle(): void {
    if (this.#isResting || this.invoker.outstanding > 0) return
    this.#options.log.debug('No work for a while; stopping the worker processes.')
    this.#isResting = true
    this.#pool.rest()
    this.#onRest()
  }

  /**
   * Starts a worker after a rest. False when the app has come to register other functions than this generation
   * has: then it must not run. Rejects when the worker does not start.
   */
  async wake(): Promise<boolean> {
    const initialized = await this.#pool.start()
    if (initialized.error || !isSameRegistration(initialized, this.registration)) {
      this.#pool.rest()
      return false
    }
    this.#pool.fill()
    this.#isResting = false
    return true
  }

  /** Processes that run the app's code. */
  get workerProcessIds(): readonly number[] {
    return this.#pool.processIds
  }

  /** Files of the app that could not be loaded, and why. */
  get brokenFiles(): readonly FunctionProblem[] {
    const { fileProblem } = this.proxies
    return fileProblem ? [...this.#brokenFiles, fileProblem] : this.#brokenFiles
  }

  /** What its workers run; an app without functions may be about to get either. */
  get sourceLanguage(): SourceLanguage {
    const { functions } = this.index
    const isBuilt = functions.length > 0 && !functions.some(({ scriptFile }) => /\.[cm]?ts$/.test(scriptFile))
    return isBuilt ? 'JavaScript' : 'TypeScript'
  }

  /** Rejects when a worker does not answer. */
  checkHealth(): Promise<void> {
    return this.#pool.checkHealth()
  }

  /**
   * Starts what makes functions run by themselves. A trigger that does not start is logged; the others go on.
   *
   * @param wake called when a function is to run while the app rests; resolves with the generation to run it
   */
  async startListeners(wake: () => Promise<AppInstance>): Promise<void> {
    const { registry, log } = this.#options
    const broken = new Set(this.index.problems.map(({ name }) => name))
    // Events that a function cannot work on are better left where they are.
    const enabled = this.index.functions.filter(({ name, isDisabled }) => !isDisabled && !broken.has(name))
    await this.#concurrency?.start()
    this.#listeners = new TriggerListeners({
      app: this.configuration,
      registry,
      log,
      concurrency: this.#concurrency,
      invoke: (definition, input) =>
        this.#isResting
          ? invokeAfter(wake(), definition, input)
          : this.invoker.invoke(definition.name, input),
    })
    await this.#listeners.start(enabled)
  }

  /** Takes no new work from triggers; HTTP functions are still served. */
  async stopListeners(signal: AbortSignal): Promise<void> {
    const listeners = this.#listeners
    this.#listeners = undefined
    await listeners?.stop(signal)
    await this.#concurrency?.stop()
  }

  /** Lets what runs end, at most until `signal` aborts, then ends the workers. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#scaler?.stop()
    await this.stopListeners(signal)
    await this.invoker.drained(signal)
    this.invoker.close()
    await this.#pool.stop()
  }
}

interface InstanceParts {
  readonly app: AppConfiguration
  readonly index: FunctionIndex
  readonly proxies: AppProxies
  readonly pool: WorkerPool
  readonly invoker: AppInvoker
  readonly registration: Registration
  readonly brokenFiles: readonly FunctionProblem[]
  readonly isResting: boolean
}

/** Runs a function of an app that rests, in the generation that wakes. Never rejects, as invokers do not. */
async function invokeAfter(
  waking: Promise<AppInstance>,
  { name }: FunctionDefinition,
  input: InvocationInput,
): Promise<InvocationResult> {
  try {
    const { invoker } = await waking
    return await invoker.invoke(name, input)
  } catch (thrown) {
    const error = ensureError(thrown)
    return { invocationId: newId(), status: 'failed', returnValue: undefined, error, durationMs: 0 }
  }
}
