/** A durable app in the whole platform, for tests: real packages in a real worker, the engine on disk. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunningApp } from '@aloft/functions'
import { type Clock, Logger, type LogRecord, systemClock, type TelemetrySink } from '@aloft/kernel'
import { openPlatform, type Platform } from '../../src/compose.ts'

const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

export interface DurableAppOptions {
  readonly clock?: Clock
  /** By path in the app. */
  readonly files?: Readonly<Record<string, string>>
  /** host.json `extensions.durableTask`. */
  readonly durableTask?: Readonly<Record<string, unknown>>
  /** Further members of host.json. */
  readonly hostJson?: Readonly<Record<string, unknown>>
  readonly isAuthEnabled?: boolean
  /** Milliseconds without work after which the worker is stopped. */
  readonly idleStopMs?: number
  /** Told of invocations and spans. */
  readonly telemetry?: TelemetrySink
  /** The folder in node_modules that the app finds as `durable-functions`. */
  readonly sdk?: 'durable-functions' | 'durable-functions-v2'
}

export class DurableApp {
  readonly records: LogRecord[] = []
  readonly directory: string
  readonly #options: DurableAppOptions
  #platform!: Platform
  #app!: RunningApp

  private constructor(directory: string, options: DurableAppOptions) {
    this.directory = directory
    this.#options = options
  }

  /** @param code of app.js, after `const df = require('durable-functions')` and `const { app } = …` */
  static async start(t: TestContext, code: string, options: DurableAppOptions = {}): Promise<DurableApp> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-durable-')))
    const started = new DurableApp(directory, options)
    await started.#write(code)
    await started.open()
    t.after(async () => {
      await started.close()
      await rm(directory, { recursive: true, force: true })
    })
    return started
  }

  get running(): RunningApp {
    return this.#app
  }

  get url(): string {
    return `http://127.0.0.1:${this.#app.port}`
  }

  /** Where the management API is. */
  get base(): string {
    return `${this.url}/runtime/webhooks/durabletask`
  }

  async open(): Promise<void> {
    const clock = this.#options.clock ?? systemClock
    const log = new Logger(clock, [{ write: (record) => void this.records.push(record) }])
    const { PATH = '' } = process.env
    this.#platform = await openPlatform({
      dataDirectory: join(this.directory, '.aloft'),
      environment: { PATH },
      clock,
      log,
      telemetry: this.#options.telemetry,
    })
    this.#app = await this.#platform.functions.startApp({
      rootDirectory: this.directory,
      log,
      host: '127.0.0.1',
      port: 0,
      isAuthEnabled: this.#options.isAuthEnabled ?? false,
      idleStopMs: this.#options.idleStopMs,
    })
  }

  close(): Promise<void> {
    return this.#platform.close(AbortSignal.timeout(5000))
  }

  /** Starts another app on the same platform and data, with code of its own; answers with its address. */
  async startBeside(name: string, code: string): Promise<string> {
    const log = new Logger(systemClock, [])
    const rootDirectory = join(this.directory, name)
    const other = new DurableApp(rootDirectory, this.#options)
    await other.#write(code)
    const host = '127.0.0.1'
    const app = await this.#platform.functions.startApp({ rootDirectory, log, host, port: 0 })
    return `http://${host}:${app.port}`
  }

  async change(code: string): Promise<void> {
    await writeFile(join(this.directory, 'app.js'), withRequires(code))
    await this.#app.restart()
  }

  /** Asks the app or, from `/` on, its address. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init)
  }

  /** Starts an orchestration through the management API; answers with its id. */
  async begin(name: string, input?: unknown, id?: string): Promise<string> {
    const path = `${this.base}/orchestrators/${name}${id === undefined ? '' : `/${id}`}`
    const body = input === undefined ? null : JSON.stringify(input)
    const response = await fetch(path, { method: 'POST', body })
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`)
    return ((await response.json()) as { id: string }).id
  }

  /** The status when it has ended. */
  async ended(id: string): Promise<Status> {
    const response = await fetch(`${this.base}/instances/${id}?timeout=20&showHistory=false`)
    return (await response.json()) as Status
  }

  async run(name: string, input?: unknown): Promise<Status> {
    return this.ended(await this.begin(name, input))
  }

  async status(id: string): Promise<Status> {
    return (await (await fetch(`${this.base}/instances/${id}?showHistory=true`)).json()) as Status
  }

  post(path: string, body?: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    const text = body === undefined ? null : JSON.stringify(body)
    return fetch(`${this.base}/${path}`, { method: 'POST', headers, body: text })
  }

  /** Resolves with what `look` finds, once it finds something. */
  async until<Found>(look: () => Promise<Found | undefined | false>): Promise<Found> {
    for (;;) {
      const found = await look()
      if (found) return found
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #write(code: string): Promise<void> {
    const { files = {}, durableTask = {}, hostJson = {}, sdk = 'durable-functions' } = this.#options
    const all: Readonly<Record<string, string>> = {
      'host.json': JSON.stringify({ version: '2.0', ...hostJson, extensions: { durableTask } }),
      'package.json': '{"main":"app.js"}',
      'local.settings.json': '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node"}}',
      ...(code !== '' && { 'app.js': withRequires(code) }),
      ...files,
    }
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(this.directory, path)), { recursive: true })
      await writeFile(join(this.directory, path), text)
    }
    await mkdir(join(this.directory, 'node_modules/@azure'), { recursive: true })
    const link = (name: string, at: string) =>
      symlink(join(modules, name), join(this.directory, 'node_modules', at), 'junction')
    await link(sdk, 'durable-functions')
    if (code !== '') await link('@azure/functions', '@azure/functions')
  }
}

export interface Status {
  readonly name: string
  readonly instanceId: string
  readonly runtimeStatus: string
  readonly input: unknown
  readonly customStatus: unknown
  readonly output: unknown
  readonly createdTime: string
  readonly lastUpdatedTime: string
  readonly historyEvents?: readonly Record<string, unknown>[]
}

function withRequires(code: string): string {
  return `const df = require('durable-functions')\nconst { app } = require('@azure/functions')\n${code}\n`
}
