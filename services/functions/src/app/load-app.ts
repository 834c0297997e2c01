/** Turns a folder into an app that can run, without running any of its code. */
import { join, resolve } from 'node:path'
import { type AppContext, type Clock, Settings, type SettingValues, UserError } from '@aloft/kernel'
import type { AppConfiguration, AppContent, HostConfiguration } from '../contracts.ts'
import { type AppPlace, findAppPlace, nameOfPlace, openContent } from '../package/index.ts'
import { findEntry, isObject } from './config-section.ts'
import { resolveConnection } from './connections.ts'
import { customHandlerWarnings, missingCustomHandler } from './custom-handler.ts'
import { checkRoutesAlone } from './function-folders.ts'
import { parseHostConfiguration } from './host-configuration.ts'
import { defaultHostFile, readHostFile } from './host-file.ts'
import { determineHostId } from './host-id.ts'
import { type LocalSettings, readLocalSettings } from './local-settings.ts'
import { determineRuntime, type WorkerRuntime } from './worker-runtime.ts'
import { checkExecutable, workerSettingWarnings } from './worker-settings.ts'

export interface LoadOptions {
  readonly clock: Clock
  /** Environment of the process; wins over every file. @default process.env */
  readonly environment?: SettingValues
  /** App settings of a deployed site or slot; below local.settings.json. */
  readonly settings?: SettingValues
  /** `production` ignores local.settings.json. @default 'development' */
  readonly mode?: 'development' | 'production'
  /** What the command line says. */
  readonly overrides?: Overrides
  /**
   * Connection string that the app's code gets for `UseDevelopmentStorage=true`, which SDKs look for at fixed ports.
   * @default what the settings say
   */
  readonly developmentStorage?: string | undefined
  /**
   * What the platform gives the app of that name besides, e.g. the endpoint of its managed identity; as a whole, or
   * not at all when the settings have any of it.
   */
  readonly platformSettings?: ((appName: string) => SettingValues) | undefined
  /** Runtimes that this host has workers for. @default node and custom */
  readonly runtimes?: readonly WorkerRuntime[]
  /** Absolute path of the folder of the Node worker. */
  readonly workerDirectory?: string
  /** Absolute path of the folder for what packages hold. @default `.aloft/packages` beside the app */
  readonly packageDirectory?: string
  /** `later`: an app whose package has to be fetched first is described without it. @default 'now' */
  readonly fetching?: 'now' | 'later'
  /** The app's files, when they have been looked for already. */
  readonly content?: AppContent
}

/** What the command line says; each wins over the files. */
export interface Overrides {
  /** Also tells apps apart that run from one folder. @default the folder's name */
  readonly name?: string
  /** App settings that win over all others, the environment too. */
  readonly settings?: SettingValues
  /** By which the app is reached, with its port. @default 'localhost' and the port */
  readonly hostName?: string
  readonly port?: number
  readonly address?: string
  readonly cors?: readonly string[]
  readonly corsCredentials?: boolean
  /** Names of the functions to load. */
  readonly functions?: readonly string[]
}

const defaultPort = 7071

/**
 * Reads and checks the app in `rootDirectory`, which may also be a zip file. Throws a UserError for anything that keeps
 * it from starting.
 */
export async function loadApp(rootDirectory: string, options: LoadOptions): Promise<AppConfiguration> {
  const place = await findAppPlace(resolve(rootDirectory))
  const { environment = process.env, mode = 'development', overrides = {} } = options

  const local = mode === 'development' ? await readLocalSettings(place.folder) : undefined
  const deployed = [overrides.settings ?? {}, environment, options.settings ?? {}]
  const stated = [overrides.settings ?? {}, environment, local?.settings ?? {}, options.settings ?? {}]
  const statedSettings = new Settings(...stated)
  const content = options.content ?? (await findContent(place, statedSettings, deployed, options))
  const { rootDirectory: root } = content
  const hasFiles = content.package?.problem === undefined && !content.package?.isPending
  const hostFile = hasFiles ? await readHostFile(root, statedSettings) : defaultHostFile(statedSettings)
  const supported = options.runtimes ?? ['node', 'custom']
  const { runtime, warning } = await determineRuntime(statedSettings, root, hostFile.root.values, supported)

  await checkExecutable(statedSettings, runtime, root)

  const { port, address, cors, corsCredentials } = overrides
  const localHost = {
    ...readLocalHost(local, statedSettings),
    ...definedOnly({ port, address, cors, corsCredentials }),
  }
  const hostName = overrides.hostName ?? `localhost:${localHost.port ?? defaultPort}`
  const name = appNameOf(place, statedSettings, overrides)
  const given = {
    ...settingsOfStart(root, runtime, mode, hostName),
    ...(runtime === 'node' && { FUNCTIONS_WORKER_DIRECTORY: options.workerDirectory }),
    ...unlessStated(options.platformSettings?.(name), statedSettings),
  }
  const settings = new Settings(...stated, given)
  const parsed = parseHostConfiguration(hostFile.root)
  if (runtime === 'custom' && !parsed.customHandler) throw missingCustomHandler(hostFile.root)
  const host: HostConfiguration = { ...parsed, functions: overrides.functions ?? parsed.functions }
  const app: AppConfiguration = {
    context: createContext(place, root, name, settings, host, options),
    host,
    runtime,
    // The environment as it is: it may hold names that differ by case alone (http_proxy, HTTP_PROXY).
    workerEnvironment: {
      ...definedOnly(environment),
      ...withDevelopmentStorage(settings.toRecord(), options.developmentStorage),
    },
    localHost,
    package: content.package,
    warnings: [
      ...content.warnings,
      ...(local ? [...local.warnings, ...outranked(local.settings, environment, overrides.settings)] : []),
      ...hostFile.warnings,
      ...customHandlerWarnings(hostFile.root),
      ...(warning ? [warning] : []),
      ...workerSettingWarnings(statedSettings, runtime),
    ],
  }
  await checkRoutesAlone(app)
  return app
}

function findContent(
  place: AppPlace,
  settings: Settings,
  deployed: readonly SettingValues[],
  { packageDirectory = join(place.folder, '.aloft/packages'), clock, fetching = 'now' }: LoadOptions,
): Promise<AppContent> {
  const deployedSettings = new Settings(...deployed)
  return openContent(place, { settings, deployedSettings, packageDirectory, clock, fetching })
}

function createContext(
  place: AppPlace,
  rootDirectory: string,
  name: string,
  settings: Settings,
  host: HostConfiguration,
  options: LoadOptions,
): AppContext {
  return {
    hostId: determineHostId(settings, identityOf(place.path, options.overrides?.name)),
    name,
    rootDirectory,
    clock: options.clock,
    listenerLock: {
      periodMs: host.singleton.listenerLockPeriodMs,
      recoveryMs: host.singleton.listenerLockRecoveryMs,
    },
    setting: (name) => settings.get(name),
    connection: (name) => resolveConnection(settings, name),
    extension(section) {
      const value = findEntry(host.extensions, section)?.value
      return isObject(value) ? value : {}
    },
  }
}

function appNameOf(place: AppPlace, settings: Settings, { name }: Overrides): string {
  return name ?? (settings.get('WEBSITE_SITE_NAME') || nameOfPlace(place))
}

function unlessStated(given: SettingValues = {}, stated: Settings): SettingValues {
  return Object.keys(given).some((name) => stated.get(name) !== undefined) ? {} : given
}

const developmentStorage = /^\s*UseDevelopmentStorage=true\s*;?\s*$/i

function withDevelopmentStorage(
  settings: Readonly<Record<string, string>>,
  connectionString: string | undefined,
): Readonly<Record<string, string>> {
  if (connectionString === undefined) return settings
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      developmentStorage.test(value) ? connectionString : value,
    ]),
  )
}

/** What makes the app one of its own on this machine. */
function identityOf(path: string, name: string | undefined): string {
  return name === undefined ? path : `${path}\n${name}`
}

/**
 * Names the settings of local.settings.json that the environment has with another value: a frequent surprise.
 *
 * @param overrides these replace them on purpose
 */
function outranked(
  settings: SettingValues,
  environment: SettingValues,
  overrides: SettingValues = {},
): readonly string[] {
  const winning = new Settings(environment)
  const replaced = new Settings(overrides)
  return Object.entries(settings)
    .filter(([name, value]) => replaced.get(name) === undefined && (winning.get(name) ?? value) !== value)
    .map(
      ([name]) =>
        `Skipping '${name}' from local settings as it's already defined in current environment variables.`,
    )
}

/** What the platform sets for the app's code, and on a developer's machine `func start`, unless the settings have it. */
function settingsOfStart(root: string, runtime: string, mode: string, hostName: string): SettingValues {
  const always = {
    FUNCTIONS_WORKER_RUNTIME: runtime,
    AzureWebJobsScriptRoot: root,
    FUNCTIONS_APPLICATION_DIRECTORY: root,
    // In Azure it is always there, and durable-functions takes the app for one on a developer's machine without it.
    WEBSITE_HOSTNAME: hostName,
  }
  if (mode !== 'development') return always
  return {
    ...always,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_CORETOOLS_ENVIRONMENT: 'True',
  }
}

function readLocalHost(local: LocalSettings | undefined, settings: Settings): AppConfiguration['localHost'] {
  return {
    port: local?.port,
    address: local?.address,
    cors: local?.cors ?? readOrigins(settings.get('CORS_ALLOWED_ORIGINS')),
    corsCredentials:
      local?.corsCredentials ?? settings.get('CORS_SUPPORT_CREDENTIALS')?.toLowerCase() === 'true',
  }
}

/** `CORS_ALLOWED_ORIGINS`: a JSON array, as containers get it. */
function readOrigins(text: string | undefined): readonly string[] {
  if (!text) return []
  const fail = () =>
    new UserError(`The app setting CORS_ALLOWED_ORIGINS must be a JSON array of origins, but is ${text}.`)
  let origins: unknown
  try {
    origins = JSON.parse(text)
  } catch {
    throw fail()
  }
  if (!Array.isArray(origins) || origins.some((origin) => typeof origin !== 'string')) throw fail()
  return origins
}

function definedOnly<Values extends object>(
  values: Values,
): { [Key in keyof Values]: NonNullable<Values[Key]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Values]: NonNullable<Values[Key]> }
}
