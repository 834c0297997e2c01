/** The composition root: opens the engine and the services, and hands each what it needs. It only wires. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { openEngine } from '@aloft/engine'
import { FunctionsHost } from '@aloft/functions'
import { type Clock, type Logger, openAuthority, Scope, type TelemetrySink } from '@aloft/kernel'

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
}

/** Everything that runs in one process, until `close`. */
export interface Platform {
  readonly functions: FunctionsHost
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
    const engine = scope.own(await openEngine({ directory: dataDirectory, clock, log }), (each) =>
      each.close(),
    )
    // State is nothing for version control.
    await writeFile(join(dataDirectory, '.gitignore'), '*\n')
    const authority = await openAuthority(dataDirectory, clock)
    const functions = new FunctionsHost({
      engine,
      clock,
      log,
      dataDirectory,
      workerFile: nodeWorker,
      environment: workerEnvironment(options.environment, authority.certificatePath),
      ...(options.telemetry && { telemetry: options.telemetry }),
    })
    return {
      functions,
      tls: () => authority.tlsOptions(),
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

/** Workers trust the local authority, unless the user has other plans. */
function workerEnvironment(
  environment: PlatformOptions['environment'],
  certificatePath: string,
): Readonly<Record<string, string>> {
  const entries = Object.entries({ NODE_EXTRA_CA_CERTS: certificatePath, ...environment })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
