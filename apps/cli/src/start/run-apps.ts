/** Runs apps in this process until Ctrl+C, and prints what happens. */
import { dirname, resolve } from 'node:path'
import {
  type AppConfiguration,
  hostVersion,
  loadApp,
  packageDirectory,
  type RunningApp,
} from '@aloft/functions'
import { type Clock, LineOutput, type Logger, UserError } from '@aloft/kernel'
import { defaultPorts } from '@aloft/storage/on-demand'
import { openPlatform, type Platform } from '../compose.ts'
import { renderBanner } from '../console/banner.ts'
import { openToolOutput, type ToolOutput } from '../console/tool-output.ts'
import { traceSink } from '../console/trace-lines.ts'
import { dataDirectory } from '../data-directory.ts'
import { renderStorage } from '../storage-summary.ts'
import type { CommandContext } from '../terminal.ts'
import { coreToolsVersion, version } from '../version.ts'
import { appLog } from './app-log.ts'
import { appBaseUrl, renderApp } from './app-summary.ts'
import { aborted, closePlatform } from './platform-end.ts'
import { type StartSettings, workerArgumentsVariable } from './start-settings.ts'

const defaultPort = 7071

/** Called once every app serves. */
export type OnReady = (addresses: Addresses) => string

export interface Addresses {
  /** Of the apps, in the order of the folders. */
  readonly baseUrls: readonly string[]
  /** Connection string of the storage of this process, unless it is where everybody looks for one. */
  readonly storage: string | undefined
}

/**
 * Runs the apps in `folders` (absolute paths) until the user stops them. What `onReady` returns is printed when
 * all serve. Throws a UserError when one of them cannot start.
 */
export async function runApps(
  folders: readonly string[],
  settings: StartSettings,
  context: CommandContext,
  onReady: OnReady = () => '',
): Promise<void> {
  const { clock, terminal } = context
  const stop = context.stopSignal()
  const output = new LineOutput((text) => terminal.write(text))
  output.print(
    renderBanner({ coreTools: coreToolsVersion, runtime: hostVersion, aloft: version }, terminal.colors),
  )
  try {
    const environment = startEnvironment(settings, context)
    const data = settings.dataDirectory ?? sharedDataDirectory(folders, context)
    const load = {
      clock,
      environment,
      overrides: overridesOf(settings),
      packageDirectory: packageDirectory(data),
      // What a package is fetched from may be the storage of this process.
      fetching: 'later',
    } as const
    const configurations = await Promise.all(folders.map((folder) => loadApp(folder, load)))
    const labelOf = (name: string) => (configurations.length > 1 ? `[${name}]` : undefined)
    const tools = openToolOutput(settings.toolOutputFile, output)
    const logs = configurations.map(({ context: { name }, host: { logLevels: hostLevels } }) =>
      appLog({ output, settings, context, label: labelOf(name), tools, hostLevels }),
    )
    const platform = await openPlatform({
      dataDirectory: data,
      environment,
      clock,
      log: logs[0]!.log.child('Host.Platform'),
      telemetry: settings.isTracing ? traceSink({ output, colors: terminal.colors, labelOf }) : undefined,
      storage: settings.storage,
      identity: settings.identity,
    })
    try {
      const starting = configurations.map((each, index) =>
        startApp(
          platform,
          { path: folders[index]!, configuration: each, index, log: logs[index]!.log },
          settings,
        ),
      )
      const apps = await withinTime(Promise.all(starting), settings.timeoutMs, clock, stop)
      for (const [index, app] of apps?.entries() ?? []) logs[index]!.follow(app)
      const ready = (baseUrls: readonly string[]) =>
        (settings.storage ? renderStorage(platform.storage) : '') +
        onReady({ baseUrls, storage: unusualStorage(platform) })
      if (apps) await serve(apps, settings, { output, tools }, context, ready)
    } finally {
      await closePlatform(platform, clock, output)
    }
  } finally {
    output.flush()
  }
}

interface AppToStart {
  /** Of its folder or zip file. */
  readonly path: string
  readonly configuration: AppConfiguration
  /** Its place among the apps of this process. */
  readonly index: number
  readonly log: Logger
}

function startApp(platform: Platform, app: AppToStart, settings: StartSettings): Promise<RunningApp> {
  const { certificate } = settings
  return platform.functions.startApp({
    rootDirectory: app.path,
    draft: app.configuration,
    log: app.log,
    overrides: overridesOf(settings),
    host: settings.address,
    port: portOf(app, settings),
    isAuthEnabled: settings.isAuthEnabled,
    isWatching: settings.isWatching,
    tls: certificate ? async () => certificate : () => platform.tls(),
  })
}

/** What the command line says instead of the app's own files. */
function overridesOf({ cors, corsCredentials, functions, address }: StartSettings) {
  return { cors, corsCredentials, functions, address }
}

/** Each app its own port: counted up from `--port`, or the app's own, or counted up from 7071. */
function portOf({ configuration, index }: AppToStart, settings: StartSettings): number {
  if (settings.port === 0) return 0
  return settings.port === undefined
    ? (configuration.localHost.port ?? defaultPort + index)
    : settings.port + index
}

async function serve(
  apps: readonly RunningApp[],
  settings: StartSettings,
  { output, tools }: { readonly output: LineOutput; readonly tools: ToolOutput },
  context: CommandContext,
  onReady: (baseUrls: readonly string[]) => string,
): Promise<void> {
  const { colors } = context.terminal
  const urls = apps.map((app) => {
    const address = settings.address ?? app.configuration.localHost.address
    return appBaseUrl(settings.scheme, address, app.port)
  })
  for (const [index, app] of apps.entries()) {
    const print = () => {
      output.print(renderApp(app, urls[index]!, colors))
      if (settings.hasToolOutput) tellTools(app, tools)
    }
    print()
    app.onReload(print)
  }
  if (!settings.isVerbose) output.print('For detailed output, run func with --verbose flag.\n')
  output.print(onReady(urls))
  await aborted(context.stopSignal())
  output.print('Stopping ...\n')
  output.flush()
}

function unusualStorage({ storage }: Platform): string | undefined {
  return storage?.ports.blob === defaultPorts.blob ? undefined : storage?.developmentConnectionString
}

/** As the .NET worker tells of itself; who debugs attaches to these processes. */
function tellTools({ configuration, workerProcessIds }: RunningApp, tools: ToolOutput): void {
  const name = `${configuration.runtime}-worker-startup`
  for (const workerProcessId of workerProcessIds) tools(JSON.stringify({ name, workerProcessId }))
}

function startEnvironment(
  { workerArguments, hasToolOutput }: StartSettings,
  { environment }: CommandContext,
): Readonly<Record<string, string | undefined>> {
  return {
    ...environment,
    ...(workerArguments !== undefined && { [workerArgumentsVariable]: workerArguments }),
    // Workers of other languages look for it.
    ...(hasToolOutput && { FUNCTIONS_ENABLE_JSON_OUTPUT: 'true' }),
  }
}

/** One app keeps its state beside it, several keep it together in the current folder. */
function sharedDataDirectory(folders: readonly string[], context: CommandContext): string {
  const [first = context.directory] = folders
  const own = /\.zip$/i.test(first) ? dirname(first) : first
  return dataDirectory(undefined, folders.length === 1 ? own : resolve(context.directory), context)
}

/** The result of `work`; undefined when the user stops first. Throws when it takes longer than `timeoutMs`. */
async function withinTime<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  clock: Clock,
  stop: AbortSignal,
): Promise<Result | undefined> {
  // Whoever loses the race must not fail unheard.
  work.catch(() => {})
  const waiting = new AbortController()
  const tooLate = clock.sleep(timeoutMs, waiting.signal).then(
    () => {
      throw new UserError(`The app did not start within ${timeoutMs / 1000} seconds`, {
        hint: 'See whether its entry point waits for something, or give it longer with --timeout SECONDS.',
      })
    },
    () => undefined,
  )
  try {
    return await Promise.race([work, tooLate, aborted(stop).then(() => undefined)])
  } catch (error) {
    throw isWorkerLost(error) ? workerEnded(error) : error
  } finally {
    waiting.abort()
  }
}

function isWorkerLost(error: unknown): error is Error {
  return error instanceof Error && error.name === 'WorkerLost'
}

/** The app's own code ends its process, as far as we can know. */
function workerEnded(cause: Error): UserError {
  return new UserError(`The app cannot be loaded: ${cause.message}`, {
    hint: 'The lines above may tell more. Does its entry point call process.exit, or run out of memory?',
    cause,
  })
}
