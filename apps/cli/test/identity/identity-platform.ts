/** A platform with storage and a token issuer on free ports, trusted by this process. */
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Authority, Logger, type LogRecord, openAuthority, systemClock } from '@aloft/kernel'
import { openPlatform, type Platform } from '../../src/compose.ts'
import { appFolder } from '../start/app-folder.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

export interface IdentityPlatform {
  readonly platform: Platform
  readonly dataDirectory: string
  readonly authority: Authority
  readonly log: readonly LogRecord[]
  /** Addresses of the development account. */
  readonly urls: { readonly blob: string; readonly queue: string; readonly table: string }
  /** Starts an app of one file; resolves with what fetches its JSON. */
  start(
    code: string,
    settings?: Readonly<Record<string, string>>,
  ): Promise<(path: string) => Promise<unknown>>
}

export interface PlatformFacts {
  readonly environment?: Readonly<Record<string, string>>
  readonly hasStorage?: 'yes' | 'no'
}

/** Everything ends with the test. */
export async function identityPlatform(
  context: TestContext,
  { environment, hasStorage = 'yes' }: PlatformFacts = {},
): Promise<IdentityPlatform> {
  const log: LogRecord[] = []
  const logger = new Logger(systemClock, [{ write: (record) => void log.push(record) }])
  const dataDirectory = await temporaryDirectory(context)
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const platform = await openPlatform({
    dataDirectory,
    environment: { PATH, NODE_COMPILE_CACHE, HOME: dataDirectory, ...environment },
    clock: systemClock,
    log: logger,
    ...(hasStorage === 'yes' && {
      storage: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
    }),
    identity: { port: 0 },
  })
  context.after(() => platform.close(AbortSignal.timeout(5000)))
  const authority = await openAuthority(dataDirectory, systemClock)
  const certificate = readFileSync(authority.certificatePath, 'utf8')
  setDefaultCACertificates([...getCACertificates('default'), certificate])
  const at = (port = 0) => `https://127.0.0.1:${port}/devstoreaccount1`
  const ports = platform.storage?.ports
  return {
    platform,
    dataDirectory,
    authority,
    log,
    urls: { blob: at(ports?.blob), queue: at(ports?.queue), table: at(ports?.table) },
    async start(code, settings = {}) {
      const Values = { FUNCTIONS_WORKER_RUNTIME: 'node', ...settings }
      const rootDirectory = await appFolder(context, {
        'src/app.js': code,
        'local.settings.json': JSON.stringify({ IsEncrypted: false, Values }),
      })
      const app = await platform.functions.startApp({
        rootDirectory,
        log: logger,
        host: '127.0.0.1',
        port: 0,
      })
      return async (path) => {
        const response = await fetch(`http://127.0.0.1:${app.port}/api/${path}`)
        const text = await response.text()
        if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
        return JSON.parse(text)
      }
    },
  }
}
