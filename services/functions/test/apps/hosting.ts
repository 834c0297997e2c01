/** A process that hosts apps, for tests: the real engine, real workers, one shared address; it can be started anew. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Engine, openEngine } from '@aloft/engine'
import { type FunctionsExtension, Logger, systemClock } from '@aloft/kernel'
import { type AppOptions, FunctionsHost, type RunningApp, type SharedFront } from '../../src/index.ts'
import { LogBook } from '../contract/log-book.ts'

const workerFile = fileURLToPath(import.meta.resolve('@aloft/worker-node')).replace(/index\.ts$/, 'main.ts')
const library = fileURLToPath(import.meta.resolve('@azure/functions')).replace(/[\\/]dist[\\/].*$/, '')

export interface Answer {
  readonly status: number
  readonly body: string
}

export class Hosting {
  readonly log = new LogBook()
  readonly #directory: string
  readonly #extensions: readonly FunctionsExtension[]
  #engine: Engine
  #host: FunctionsHost
  #front: SharedFront

  private constructor(
    directory: string,
    extensions: readonly FunctionsExtension[],
    { engine, host, front }: Open,
  ) {
    this.#directory = directory
    this.#extensions = extensions
    this.#engine = engine
    this.#host = host
    this.#front = front
  }

  /** Everything ends with the test. */
  static async open(t: TestContext, extensions: readonly FunctionsExtension[] = []): Promise<Hosting> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-hosting-')))
    const hosting = new Hosting(directory, extensions, await open(directory, extensions))
    t.after(async () => {
      await hosting.#close()
      await rm(directory, { recursive: true, force: true })
    })
    return hosting
  }

  /** Ends the process's apps and begins anew with what it kept. */
  async restart(): Promise<void> {
    await this.#close()
    const { engine, host, front } = await open(this.#directory, this.#extensions)
    this.#engine = engine
    this.#host = host
    this.#front = front
  }

  get host(): FunctionsHost {
    return this.#host
  }

  folder(name: string): string {
    return join(this.#directory, name)
  }

  async write(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder(name), path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
  }

  /** Makes the folder of an app whose code is `code`, after `const { app } = require('@azure/functions')`. */
  async makeApp(name: string, code: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.write(name, {
      'host.json': '{"version":"2.0"}',
      'package.json': '{"main":"app.js"}',
      'local.settings.json': '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node"}}',
      'app.js': appCode(code),
      ...files,
    })
    await mkdir(join(this.folder(name), 'node_modules/@azure'), { recursive: true })
    await symlink(library, join(this.folder(name), 'node_modules/@azure/functions'), 'junction')
  }

  /** Starts an app lazily, under its name on the shared address. */
  startApp(name: string, options: Partial<AppOptions> = {}): Promise<RunningApp> {
    return this.#host.startApp({
      rootDirectory: this.folder(name),
      overrides: { name },
      log: new Logger(systemClock, [this.log]),
      sharedFront: this.#front,
      start: 'lazy',
      ...options,
    })
  }

  get port(): number {
    return this.#front.port
  }

  /** How many workers have been started. */
  get workerStarts(): number {
    return this.log.all('Worker process started and initialized.').length
  }

  /** Asks the shared address for a path of the app. */
  get(name: string, path: string): Promise<Answer> {
    return get(this.#front.port, path, `${name}.localhost`)
  }

  async #close(): Promise<void> {
    await this.#host.close(AbortSignal.timeout(5000))
    await this.#engine.close()
  }
}

export function appCode(code: string): string {
  return `const { app } = require('@azure/functions')\n${code}\n`
}

/** A function that answers with `body`, which is code. */
export function httpFunction(name: string, body: string): string {
  return `app.http('${name}', { methods: ['GET'], authLevel: 'anonymous', handler: async () => ({ body: ${body} }) })`
}

/** One GET over a connection of its own. */
export function get(port: number, path: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, body })
    })
      .on('error', reject)
      .end()
  })
}

interface Open {
  readonly engine: Engine
  readonly host: FunctionsHost
  readonly front: SharedFront
}

async function open(directory: string, extensions: readonly FunctionsExtension[]): Promise<Open> {
  const clock = systemClock
  const log = new Logger(clock, [])
  const dataDirectory = join(directory, '.data')
  const engine = await openEngine({ directory: dataDirectory, clock, log })
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  const host = new FunctionsHost({
    engine,
    clock,
    log,
    dataDirectory,
    workerFile,
    environment: { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) },
    standbyWorkers: 0,
    extensions,
  })
  const front = await host.openSharedFront({ host: '127.0.0.1', port: 0 })
  return { engine, host, front }
}
