/** The Functions host: what all apps of one process share, and the apps. */
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import {
  type Clock,
  type FunctionsExtension,
  Logger,
  type SettingValues,
  type TelemetrySink,
} from '@aloft/kernel'
import type { BundleTemplate } from './admin/index.ts'
import { AppNames, IndexCache, SharedFront, Turns } from './apps/index.ts'
import { BindingRegistry, type BindingTypes } from './binding-registry.ts'
import { HostLocks } from './host-lock.ts'
import { manualTrigger, warmupTrigger } from './host-triggers.ts'
import { systemKeyName } from './http/index.ts'
import { SystemKeys } from './keys/index.ts'
import { Meter, type MeteredApp, residentBytes } from './metering/index.ts'
import { PackageFolders } from './package/index.ts'
import { RunningApp, type RunningAppOptions } from './running-app.ts'
import { timerTrigger } from './timer/index.ts'
import { customHandlers } from './worker/custom-handlers.ts'
import { StandbyWorkers } from './worker/standby.ts'

export interface FunctionsHostOptions {
  readonly engine: Engine
  readonly clock: Clock
  /** For what concerns no single app. @default nowhere */
  readonly log?: Logger
  /** Folder for what is kept beside the database. */
  readonly dataDirectory: string
  /** Entry file of the Node worker process. */
  readonly workerFile: string
  /** Environment that workers start from. */
  readonly environment: Readonly<Record<string, string>>
  /** Path of a PEM file with all authorities that workers of other languages are to trust. @default what they do anyway */
  readonly trustBundle?: () => Promise<string>
  /** Workers that wait, warmed up, for an app. @default 1 */
  readonly standbyWorkers?: number
  /** Those, when they have been started already; they end with the host. */
  readonly standby?: StandbyWorkers
  /** See `LoadOptions.developmentStorage`. */
  readonly developmentStorage?: string | undefined
  /** See `LoadOptions.platformSettings`. */
  readonly platformSettings?: ((appName: string) => SettingValues) | undefined
  /** Triggers and bindings of other services. */
  readonly extensions?: readonly FunctionsExtension[]
  readonly telemetry?: TelemetrySink
  /** Templates of functions, as extension bundles have them. @default none */
  readonly templates?: () => Promise<readonly BundleTemplate[]>
}

export type AppOptions = Pick<RunningAppOptions, 'rootDirectory' | 'log'> & {
  /** What the command line says. */
  readonly overrides?: RunningAppOptions['load']['overrides']
} & Partial<Omit<RunningAppOptions, 'rootDirectory' | 'log' | 'load' | keyof Shared>>

/** What the host gives to every app. */
type Shared = Pick<
  RunningAppOptions,
  | 'engine'
  | 'clock'
  | 'registry'
  | 'launchers'
  | 'names'
  | 'locks'
  | 'hostFiles'
  | 'indexCache'
  | 'turns'
  | 'packages'
  | 'bundle'
  | 'telemetry'
  | 'stopping'
>

export interface SharedFrontAddress {
  /** @default 'localhost' */
  readonly host?: string | undefined
  /** 0 = any free one. */
  readonly port: number
  /** Makes the port speak TLS besides plain HTTP. */
  readonly tls?: (() => Promise<TlsOptions>) | undefined
}

/** Requests in hand have this long to end. */
const drainMs = 10_000

export class FunctionsHost {
  readonly #options: FunctionsHostOptions
  readonly #log: Logger
  readonly #standby: StandbyWorkers
  readonly #meter: Meter
  readonly #systemKeys: SystemKeys
  readonly #shared: Shared
  readonly #apps = new Set<RunningApp>()
  readonly #starting = new Set<Promise<RunningApp>>()
  readonly #stopping = new AbortController()
  readonly #fronts: SharedFront[] = []
  #metering: Promise<void> | undefined

  constructor(options: FunctionsHostOptions) {
    const { clock, engine, dataDirectory, telemetry, trustBundle } = options
    const log = options.log ?? new Logger(clock, [])
    this.#options = options
    this.#log = log
    this.#standby = options.standby ?? startStandby(options)
    const systemKeys = new SystemKeys({ engine, clock, log, dataDirectory })
    this.#systemKeys = systemKeys
    const meter = new Meter({ engine, clock, log, residentBytes, apps: () => this.#meteredApps() })
    this.#meter = meter
    const sink = telemetry ? both(meter, telemetry) : meter
    for (const extension of options.extensions ?? [])
      extension.attach?.({
        systemKey: (app, webhook) => systemKeys.find(app.hostId, systemKeyName(webhook)),
        telemetry: sink,
      })
    const hostFiles = options.extensions?.find((extension) => extension.hostFiles)?.hostFiles
    const registry = new BindingRegistry([
      { triggers: [timerTrigger({ engine, clock, hostFiles }), manualTrigger, warmupTrigger] },
      ...(options.extensions ?? []),
    ])
    this.#shared = {
      engine,
      clock,
      registry,
      bundle: { templates: options.templates ?? (async () => []), types: () => registry.types() },
      launchers: { node: this.#standby, custom: customHandlers({ trustBundle }) },
      names: new AppNames(),
      locks: new HostLocks({ engine, clock, log }),
      hostFiles,
      indexCache: new IndexCache(engine),
      turns: new Turns(availableParallelism()),
      packages: new PackageFolders(packageDirectory(dataDirectory), log),
      telemetry: sink,
      stopping: this.#stopping.signal,
    }
  }

  /** The triggers and bindings that functions can have. */
  bindingTypes(): Promise<BindingTypes> {
    return this.#shared.registry.types()
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

  /** Opens an address for apps that answer under their names. @throws UserError when it cannot be had */
  async openSharedFront(address: SharedFrontAddress): Promise<SharedFront> {
    const { host, port, tls } = address
    const { clock } = this.#options
    const { names } = this.#shared
    const front = await SharedFront.open({ names, host, port, tls, log: this.#log, clock })
    this.#fronts.push(front)
    return front
  }

  /** Ends all apps: no new work, then what runs, at most until `signal` aborts. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('The host is stopping.'))
    await Promise.allSettled(this.#starting)
    const graceMs = signal.aborted ? 0 : drainMs
    await Promise.all([
      ...[...this.#apps].map((app) => app.close(signal)),
      ...this.#fronts.map((front) => front.close({ graceMs })),
    ])
    await this.#standby.close()
    await this.#meter.close()
    await this.#systemKeys.close()
    await this.#shared.packages.close()
  }

  async #start(app: AppOptions): Promise<RunningApp> {
    const { clock, dataDirectory, workerFile, environment, developmentStorage, platformSettings } =
      this.#options
    this.#metering ??= this.#meter.start()
    await this.#metering
    return RunningApp.start({
      host: undefined,
      port: undefined,
      sharedFront: undefined,
      start: 'eager',
      isAuthEnabled: false,
      isWatching: false,
      tls: undefined,
      idleStopMs: undefined,
      dataDirectory,
      ...app,
      load: {
        clock,
        environment,
        developmentStorage,
        platformSettings,
        overrides: app.overrides,
        // The entry file is in `src`.
        workerDirectory: dirname(dirname(workerFile)),
        packageDirectory: packageDirectory(dataDirectory),
      },
      ...this.#shared,
    })
  }

  *#meteredApps(): Iterable<MeteredApp> {
    for (const app of this.#apps) {
      // Whoever started it may have closed it.
      if (app.state === 'Stopped') this.#apps.delete(app)
      const { configuration, workerProcessIds, outstanding } = app
      yield { name: configuration.context.name, workerProcessIds, runningCount: outstanding.invocations }
    }
  }
}

/** Where a host with that data folder keeps what packages hold. */
export function packageDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'packages')
}

/** Starts workers ahead of their host, while what it needs is still being opened. */
export function startStandby(
  options: Pick<
    FunctionsHostOptions,
    'clock' | 'workerFile' | 'environment' | 'dataDirectory' | 'standbyWorkers'
  >,
): StandbyWorkers {
  const { clock, workerFile, environment, dataDirectory, standbyWorkers } = options
  return new StandbyWorkers({
    clock,
    workerFile,
    environment,
    directory: dataDirectory,
    count: standbyWorkers ?? 1,
    grpcPort: () => 0,
  })
}

function both(first: TelemetrySink, second: TelemetrySink): TelemetrySink {
  const takers = [first, second].filter(({ span }) => span)
  return {
    ...(takers.length > 0 && {
      span(record) {
        for (const taker of takers) taker.span?.(record)
      },
    }),
    wantsPhases: Boolean(first.wantsPhases || second.wantsPhases),
    invocation(record) {
      first.invocation(record)
      second.invocation(record)
    },
  }
}
