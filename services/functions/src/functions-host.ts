/** The Functions host: what all apps of one process share, and the apps. */
import type { Engine } from '@aloft/engine'
import type { Clock, FunctionsExtension, TelemetrySink } from '@aloft/kernel'
import { BindingRegistry } from './binding-registry.ts'
import { manualTrigger, warmupTrigger } from './host-triggers.ts'
import { RunningApp, type RunningAppOptions } from './running-app.ts'
import { timerTrigger } from './timer/index.ts'
import { customHandlers } from './worker/custom-handlers.ts'
import { StandbyWorkers } from './worker/standby.ts'

export interface FunctionsHostOptions {
  readonly engine: Engine
  readonly clock: Clock
  /** Folder for what is kept beside the database. */
  readonly dataDirectory: string
  /** Entry file of the Node worker process. */
  readonly workerFile: string
  /** Environment that workers start from. */
  readonly environment: Readonly<Record<string, string>>
  /** Workers that wait, warmed up, for an app. @default 1 */
  readonly standbyWorkers?: number
  /** Triggers and bindings of other services. */
  readonly extensions?: readonly FunctionsExtension[]
  readonly telemetry?: TelemetrySink
}

export type AppOptions = Pick<RunningAppOptions, 'rootDirectory' | 'log'> & {
  /** What the command line says. */
  readonly overrides?: RunningAppOptions['load']['overrides']
} & Partial<
    Omit<
      RunningAppOptions,
      'rootDirectory' | 'log' | 'load' | 'engine' | 'clock' | 'registry' | 'launchers' | 'stopping'
    >
  >

export class FunctionsHost {
  readonly #options: FunctionsHostOptions
  readonly #registry: BindingRegistry
  readonly #standby: StandbyWorkers
  readonly #launchers: RunningAppOptions['launchers']
  readonly #apps = new Set<RunningApp>()
  readonly #starting = new Set<Promise<RunningApp>>()
  readonly #stopping = new AbortController()

  constructor(options: FunctionsHostOptions) {
    const { clock, engine, workerFile, environment, dataDirectory } = options
    this.#options = options
    this.#registry = new BindingRegistry([
      { triggers: [timerTrigger({ engine, clock }), manualTrigger, warmupTrigger] },
      ...(options.extensions ?? []),
    ])
    this.#standby = new StandbyWorkers({
      clock,
      workerFile,
      environment,
      directory: dataDirectory,
      count: options.standbyWorkers ?? 1,
      grpcPort: () => 0,
    })
    this.#launchers = { node: this.#standby, custom: customHandlers() }
  }

  /** Starts an app and serves it; see `RunningApp.start` for its errors. Rejects when the host stops meanwhile. */
  async startApp(app: AppOptions): Promise<RunningApp> {
    const starting = this.#start(app)
    this.#starting.add(starting)
    try {
      const running = await starting
      this.#apps.add(running)
      return running
    } catch (error) {
      this.#stopping.signal.throwIfAborted()
      throw error
    } finally {
      this.#starting.delete(starting)
    }
  }

  /** Ends all apps: no new work, then what runs, at most until `signal` aborts. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('The host is stopping.'))
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#apps].map((app) => app.close(signal)))
    await this.#standby.close()
  }

  #start(app: AppOptions): Promise<RunningApp> {
    const { engine, clock, dataDirectory, telemetry, environment } = this.#options
    return RunningApp.start({
      host: undefined,
      port: undefined,
      isAuthEnabled: false,
      isWatching: false,
      tls: undefined,
      idleStopMs: undefined,
      telemetry,
      dataDirectory,
      ...app,
      load: { clock, environment, overrides: app.overrides },
      engine,
      clock,
      registry: this.#registry,
      launchers: this.#launchers,
      stopping: this.#stopping.signal,
    })
  }
}
