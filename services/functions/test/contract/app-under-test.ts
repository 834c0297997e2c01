/**
 * Apps on a real host, for the contract tests: the real engine in a folder of its own, real worker processes, the
 * official library as it is published, a real port.
 */
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Engine, openEngine } from '@aloft/engine'
import { type Clock, Logger, systemClock } from '@aloft/kernel'
import {
  type AppOptions,
  FunctionsHost,
  type FunctionsHostOptions,
  type RunningApp,
} from '../../src/index.ts'
import { LogBook } from './log-book.ts'

/** Folders of the published packages that an app can have as its `@azure/functions`. */
const libraries = {
  '4.16': packageFolder('@azure/functions'),
  '4.0': packageFolder('azure-functions-4.0'),
  '3.5': packageFolder('azure-functions-v3'),
}
export type LibraryVersion = keyof typeof libraries

export interface TestApp {
  /** A folder below `fixtures`; copied. */
  readonly fixture?: string
  /** More files, or others, by their path in the app. An object is written as JSON. */
  readonly files?: Readonly<Record<string, string | object>>
  /** App settings. */
  readonly settings?: Readonly<Record<string, string>>
  /** host.json, `version` left out. */
  readonly host?: object
  /** @default '4.16' */
  readonly library?: LibraryVersion
  readonly start?: Partial<Omit<AppOptions, 'rootDirectory' | 'log'>>
}

export type TestHostOptions = Partial<
  Pick<
    FunctionsHostOptions,
    'extensions' | 'standbyWorkers' | 'telemetry' | 'clock' | 'dataDirectory' | 'trustBundle'
  >
> & {
  /** Stands between the engine and the host. */
  readonly wrapEngine?: (engine: Engine) => Engine
}

/** A host with a data folder of its own; `close` ends all that was started on it. */
export class HostUnderTest {
  readonly host: FunctionsHost
  readonly engine: Engine
  readonly #directory: string
  readonly #clock: Clock
  #appCount = 0

  private constructor(directory: string, engine: Engine, options: TestHostOptions) {
    this.#directory = directory
    this.#clock = options.clock ?? systemClock
    this.engine = engine
    this.host = new FunctionsHost({
      standbyWorkers: 0,
      dataDirectory: join(directory, 'data'),
      ...options,
      engine: options.wrapEngine?.(engine) ?? engine,
      clock: this.#clock,
      workerFile: join(packageFolder('@aloft/worker-node'), 'src/main.ts'),
      environment: workerEnvironment(),
    })
  }

  static async open(options: TestHostOptions = {}): Promise<HostUnderTest> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-contract-')))
    const { dataDirectory = join(directory, 'data') } = options
    const clock = options.clock ?? systemClock
    const engine = await openEngine({ directory: dataDirectory, clock, log: new Logger(clock, []) })
    return new HostUnderTest(directory, engine, options)
  }

  /** Makes the app's folder and starts it on a free port. */
  async startApp(app: TestApp): Promise<AppUnderTest> {
    const rootDirectory = join(this.#directory, `app-${++this.#appCount}`)
    await makeAppFolder(rootDirectory, app)
    const log = new LogBook()
    const running = await this.host.startApp({
      host: '127.0.0.1',
      port: 0,
      ...app.start,
      rootDirectory,
      log: new Logger(this.#clock, [log]),
    })
    return new AppUnderTest(running, rootDirectory, log)
  }

  async close(): Promise<void> {
    await this.host.close(AbortSignal.timeout(5000))
    await this.engine.close()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

export class AppUnderTest {
  readonly running: RunningApp
  readonly rootDirectory: string
  readonly log: LogBook
  readonly url: string

  constructor(running: RunningApp, rootDirectory: string, log: LogBook) {
    this.running = running
    this.rootDirectory = rootDirectory
    this.log = log
    this.url = `http://127.0.0.1:${running.port}`
  }

  /** Calls a function by its route below `/api`. */
  fetch(route: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}/api/${route}`, init)
  }

  /** The JSON that a function answers with. */
  async json(route: string, init?: RequestInit): Promise<unknown> {
    return (await this.fetch(route, init)).json()
  }

  write(path: string, content: string | object): Promise<void> {
    return writeAppFile(this.rootDirectory, path, content)
  }

  close(): Promise<void> {
    return this.running.close(AbortSignal.timeout(5000))
  }
}

async function makeAppFolder(rootDirectory: string, app: TestApp): Promise<void> {
  const { fixture, files = {}, settings = {}, host = {}, library = '4.16' } = app
  await mkdir(rootDirectory)
  if (fixture) await cp(join(import.meta.dirname, 'fixtures', fixture), rootDirectory, { recursive: true })
  const all = {
    'host.json': { version: '2.0', ...host },
    'local.settings.json': { IsEncrypted: false, Values: { FUNCTIONS_WORKER_RUNTIME: 'node', ...settings } },
    ...files,
  }
  for (const [path, content] of Object.entries(all)) await writeAppFile(rootDirectory, path, content)
  await mkdir(join(rootDirectory, 'node_modules/@azure'), { recursive: true })
  await symlink(libraries[library], join(rootDirectory, 'node_modules/@azure/functions'), 'junction')
}

async function writeAppFile(rootDirectory: string, path: string, content: string | object): Promise<void> {
  const file = join(rootDirectory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
}

/** Nothing of the machine's own settings, so that a test means the same everywhere. */
function workerEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  return { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) }
}

function packageFolder(name: string): string {
  return fileURLToPath(import.meta.resolve(name)).replace(/[\\/](?:dist|src)[\\/][^\\/]+$/, '')
}
