/** The composition root: opens the engine and the services, and hands each what it needs. It only wires. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { durableOnDemand } from '@aloft/durable/on-demand'
import { openEngine } from '@aloft/engine'
import { FunctionsHost, startStandby } from '@aloft/functions'
import type { IdentityOnDemand } from '@aloft/identity/on-demand'
import {
  type Authority,
  type Clock,
  type Logger,
  openAuthority,
  Scope,
  type TelemetrySink,
} from '@aloft/kernel'
import { type StorageOnDemand, storageFunctionsOnDemand } from '@aloft/storage/on-demand'
import { type IdentitySettings, openEmbeddedIdentity } from './embedded-identity.ts'
import { developmentStorageOf, openEmbeddedStorage, type StorageSettings } from './embedded-storage.ts'

export interface PlatformOptions {
  /** Absolute path; made when it is missing. */
  readonly dataDirectory: string
  /** Environment that workers start from. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** For what belongs to no app. */
  readonly log: Logger
  /** Told of every invocation. */
  readonly telemetry?: TelemetrySink | undefined
  /** Absent: this process has no storage of its own. */
  readonly storage?: StorageSettings | undefined
  /** Absent: no tokens are given here, and apps have no managed identity. */
  readonly identity?: IdentitySettings | undefined
}

/** Everything that runs in one process, until `close`. */
export interface Platform {
  readonly functions: FunctionsHost
  /** Undefined when there is none, or its ports are in use. */
  readonly storage: StorageOnDemand | undefined
  readonly identity: IdentityOnDemand | undefined
  /** What makes a listener speak TLS with the local authority's certificate. */
  tls(): Promise<TlsOptions>
  /** Lets what runs end, at most until `signal` aborts. */
  close(signal: AbortSignal): Promise<void>
}

const nodeWorker = fileURLToPath(new URL('../../../workers/node/src/main.ts', import.meta.url))

/** Opens all services. @throws UserError when the data folder cannot be used */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { clock, dataDirectory, log } = options
  const scope = new Scope()
  try {
    const authority = await openAuthority(dataDirectory, clock)
    const tls = () => {
      // What is reached here over TLS is named by its https address, and this process may be sent to it.
      authority.trustHere()
      return authority.tlsOptions()
    }
    const workers = {
      clock,
      dataDirectory,
      workerFile: nodeWorker,
      environment: await workerEnvironment(options.environment, authority),
    }
    // First of all: the rest is opened while the worker's process starts.
    const standby = scope.own(startStandby(workers), (each) => each.close())
    const engine = scope.own(await openEngine({ directory: dataDirectory, clock, log }), (each) =>
      each.close(),
    )
    // State is nothing for version control.
    await writeFile(join(dataDirectory, '.gitignore'), '*\n')
    const { environment, storage: settings } = options
    const durable = scope.own(durableOnDemand({ engine, clock, log }), (each) => each.close())
    const hasStorage = () => storage !== undefined
    const identity =
      options.identity &&
      scope.own(
        await openEmbeddedIdentity({
          dataDirectory,
          clock,
          log,
          environment,
          tls,
          settings: options.identity,
          hasStorage,
        }),
        (each) => each.close(),
      )
    const storage: StorageOnDemand | undefined =
      settings &&
      (await openEmbeddedStorage({ engine, clock, log, environment, tls, settings, issuer: identity }))
    scope.defer(() => storage?.close())
    const functions = new FunctionsHost({
      ...workers,
      engine,
      log,
      standby,
      extensions: [durable.functions, storageFunctionsOnDemand(storage, clock)],
      developmentStorage: developmentStorageOf(storage),
      platformSettings: (app) => identity?.settingsOf(app) ?? {},
      trustBundle: () => authority.bundlePath(),
      templates: async () => (await import('./projects/bundle-templates.ts')).bundleTemplates(),
      ...(options.telemetry && { telemetry: options.telemetry }),
    })
    return {
      functions,
      storage,
      identity,
      tls,
      async close(signal) {
        await functions.close(signal)
        await scope.close()
      },
    }
  } catch (error) {
    await scope.close()
    throw error
  }
}

/** Workers trust the local authority, besides what the user has them trust. */
async function workerEnvironment(
  environment: PlatformOptions['environment'],
  authority: Authority,
): Promise<Readonly<Record<string, string>>> {
  const { NODE_EXTRA_CA_CERTS: own = authority.certificatePath } = environment
  const isEnough = own === authority.certificatePath
  const trusted = isEnough ? own : await authority.bundlePath()
  const entries = Object.entries({ ...environment, NODE_EXTRA_CA_CERTS: trusted })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
