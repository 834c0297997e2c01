/**
 * One loaded generation of an app: its configuration, its workers, its functions and their listeners. A change
 * of the app's files makes a new generation; the old one ends when its last invocation has.
 */
import {
  type Clock,
  ensureError,
  type Logger,
  newId,
  type TelemetrySink,
  type TriggerListener,
} from '@aloft/kernel'
import type { InitializedMessage } from '@aloft/wire'
import {
  indexFunctions,
  type LoadOptions,
  mixedModelWarning,
  noFunctionsWarning,
  readFunctionFolders,
  type SourceLanguage,
} from './app/index.ts'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration, FunctionIndex, FunctionProblem, WorkerLauncher } from './contracts.ts'
import { checkRoutes } from './http/index.ts'
import { AppInvoker } from './invoke/invoker.ts'
import { retrySupportWarning } from './invoke/retry-policy.ts'
import { type AppProxies, openProxies } from './proxies/index.ts'
import { relayLogs } from './worker/log-relay.ts'
import { WorkerPool } from './worker/pool.ts'

/** What all generations of an app share. */
export interface InstanceOptions {
  readonly rootDirectory: string
  readonly load: LoadOptions
  readonly registry: BindingRegistry
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

const mostWorkers = 10

export class AppInstance {
  /** Identifies this run of the app in locks and in the admin API. */
  readonly id = newId()
  readonly configuration: AppConfiguration
  readonly index: FunctionIndex
  readonly invoker: AppInvoker
  readonly proxies: AppProxies
  readonly #pool: WorkerPool
  readonly #options: InstanceOptions
  readonly #brokenFiles: readonly FunctionProblem[]
  #listeners: TriggerListener[] = []

  private constructor(
    options: InstanceOptions,
    configuration: AppConfiguration,
    index: FunctionIndex,
    pool: WorkerPool,
    invoker: AppInvoker,
    proxies: AppProxies,
    brokenFiles: readonly FunctionProblem[],
  ) {
    this.#options = options
    this.#brokenFiles = brokenFiles
    this.configuration = configuration
    this.index = index
    this.#pool = pool
    this.invoker = invoker
    this.proxies = proxies
  }

  /**
   * Loads the app and starts its first worker; nothing is listened for yet. Throws a UserError for what keeps
   * the whole app from running; what is wrong with single functions is in `index.problems`.
   */
  static async load(options: InstanceOptions, app: AppConfiguration): Promise<AppInstance> {
    const { clock, log, registry, telemetry } = options
    let invoker: AppInvoker | undefined
    const launcher = options.launchers[app.runtime]
    if (!launcher) throw new Error(`Nothing starts workers of the runtime '${app.runtime}'.`)
    const relay = relayLogs(log, app.runtime, (name) => invoker?.userLog(name))
    const pool = new WorkerPool({ ...options, ...relay, app, launcher, processCount: processCountOf(app) })
    const giveUp = () => void pool.stop()
    options.stopping.addEventListener('abort', giveUp)
    try {
      options.stopping.throwIfAborted()
      const proxies = await openProxies(app, options)
      const { index, brokenFiles, isInCode } = await indexApp(options, app, pool)
      const isEmpty = index.functions.length === 0 && proxies.definitions.length === 0
      if (isEmpty) log.warn(noFunctionsWarning(app))
      const needsHttpMetadata = !isInCode && app.runtime === 'node'
      invoker = new AppInvoker({ app, index, registry, pool, clock, log, telemetry, needsHttpMetadata })
      return new AppInstance(options, app, index, pool, invoker, proxies, brokenFiles)
    } catch (error) {
      await pool.stop()
      throw error
    } finally {
      options.stopping.removeEventListener('abort', giveUp)
    }
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

  /** Starts what makes functions run by themselves. A trigger that does not start is logged; the others go on. */
  async startListeners(): Promise<void> {
    const { registry, log } = this.#options
    const broken = new Set(this.index.problems.map(({ name }) => name))
    // Events that a function cannot work on are better left where they are.
    const enabled = this.index.functions.filter(({ name, isDisabled }) => !isDisabled && !broken.has(name))
    await Promise.all(
      enabled.map(async (definition) => {
        const extension = registry.trigger(definition.trigger.type)
        if (!extension) return
        const listener = extension.listen({
          app: this.configuration.context,
          function: definition,
          binding: definition.trigger,
          log: log.child(`Host.Triggers.${definition.trigger.type}`, { function: definition.name }),
          invoke: (input) => this.invoker.invoke(definition.name, input),
        })
        try {
          await listener.start()
          this.#listeners.push(listener)
        } catch (thrown) {
          const error = ensureError(thrown)
          log.error(
            `The listener for function '${definition.name}' was unable to start: ${error.message}`,
            error,
          )
        }
      }),
    )
  }

  /** Takes no new work from triggers; HTTP functions are still served. */
  async stopListeners(signal: AbortSignal): Promise<void> {
    const listeners = this.#listeners
    this.#listeners = []
    await Promise.all(listeners.map((listener) => listener.stop(signal)))
  }

  /** Lets what runs end, at most until `signal` aborts, then ends the workers. */
  async stop(signal: AbortSignal): Promise<void> {
    await this.stopListeners(signal)
    await this.invoker.drained(signal)
    this.invoker.close()
    await this.#pool.stop()
  }
}

/** Functions that the app registered in code; without any, those of its function.json folders. */
async function indexApp(
  { log, registry }: InstanceOptions,
  app: AppConfiguration,
  pool: WorkerPool,
): Promise<{ index: FunctionIndex; brokenFiles: readonly FunctionProblem[]; isInCode: boolean }> {
  const initialized = await pool.start()
  const isInCode = initialized.functions.length > 0
  const declared = isInCode ? { functions: initialized.functions } : await readFunctionFolders(app)
  const warning = isInCode ? await mixedModelWarning(app) : undefined
  if (warning) log.warn(warning)

  const index = withSoundRoutes(app, indexFunctions(app, declared, registry))
  const loadProblems = await pool.load(isInCode ? [] : declared.functions)
  const brokenFiles = entryPointProblems(initialized)
  const problems = [...brokenFiles, ...index.problems, ...loadProblems]
  for (const { message } of brokenFiles) log.error(message)
  for (const { name, message } of [...index.problems, ...loadProblems])
    log.error(`The '${name}' function is in error: ${message}`)
  for (const { name, trigger, retry } of index.functions) {
    const warning = retry && retrySupportWarning(name, trigger.type)
    if (warning) log.warn(warning)
  }
  return { index: { functions: index.functions, problems }, brokenFiles, isInCode }
}

/** A function whose route is not allowed would be there and never be found. */
function withSoundRoutes(app: AppConfiguration, { functions, problems }: FunctionIndex): FunctionIndex {
  const unsound = checkRoutes(functions, app.host.http.routePrefix)
  const names = new Set(unsound.map(({ name }) => name))
  return { functions: functions.filter(({ name }) => !names.has(name)), problems: [...problems, ...unsound] }
}

/** A file that does not load takes its functions with it, under names that nobody knows: the file stands for them. */
function entryPointProblems({ error, brokenFiles }: InitializedMessage): FunctionProblem[] {
  const files = brokenFiles.map((broken) => ({ name: broken.file, message: broken.error.message }))
  return error ? [...files, { name: '', message: error.message }] : files
}

function processCountOf(app: AppConfiguration): number {
  // Two processes cannot listen on one port.
  if (app.host.customHandler?.port !== undefined) return 1
  const wanted = Number.parseInt(app.context.setting('FUNCTIONS_WORKER_PROCESS_COUNT') ?? '1', 10)
  return Math.min(mostWorkers, Math.max(1, Number.isNaN(wanted) ? 1 : wanted))
}
