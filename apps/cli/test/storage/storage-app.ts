/** A function app on the whole platform in this process, with storage on free ports and the official SDK beside it. */
import type { TestContext } from 'node:test'
import type { RunningApp } from '@aloft/functions'
import { Logger, type LogRecord, systemClock } from '@aloft/kernel'
import { QueueServiceClient } from '@azure/storage-queue'
import { openPlatform, type Platform } from '../../src/compose.ts'
import { appFolder, writeFiles } from '../start/app-folder.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

export interface StorageAppOptions {
  /** By their path in the app; see `appFolder`. */
  readonly files: Readonly<Record<string, string>>
  /** host.json, `version` left out. */
  readonly host?: object
  /** App settings. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Fails rather than hangs. */
const patienceMs = 30_000

export class StorageApp {
  readonly platform: Platform
  readonly running: RunningApp
  readonly log: readonly LogRecord[]
  /** Clients of the platform's own storage. */
  readonly queues: QueueServiceClient

  readonly #directory: string
  readonly #logger: Logger

  private constructor(
    platform: Platform,
    running: RunningApp,
    directory: string,
    logger: Logger,
    log: readonly LogRecord[],
  ) {
    this.platform = platform
    this.running = running
    this.#directory = directory
    this.#logger = logger
    this.log = log
    this.queues = QueueServiceClient.fromConnectionString(platform.storage!.developmentConnectionString)
  }

  /** Everything ends with the test. */
  static async start(context: TestContext, { files, host = {}, settings = {} }: StorageAppOptions) {
    const log: LogRecord[] = []
    const logger = new Logger(systemClock, [{ write: (record) => void log.push(record) }])
    const platform = await openPlatform({
      dataDirectory: await temporaryDirectory(context),
      environment: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      clock: systemClock,
      log: logger,
      storage: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
    })
    context.after(() => platform.close(AbortSignal.timeout(5000)))
    const values = { FUNCTIONS_WORKER_RUNTIME: 'node', ...settings }
    const rootDirectory = await appFolder(context, {
      'host.json': JSON.stringify({ version: '2.0', ...host }),
      'local.settings.json': JSON.stringify({ IsEncrypted: false, Values: values }),
      ...files,
    })
    const running = await startIn(platform, rootDirectory, logger)
    return new StorageApp(platform, running, rootDirectory, logger, log)
  }

  /** Ends the app, writes files into its folder, and starts it again; this one is not to be used any more. */
  async restart(files: Readonly<Record<string, string>>): Promise<StorageApp> {
    await this.running.close(AbortSignal.timeout(5000))
    await writeFiles(this.#directory, files)
    const running = await startIn(this.platform, this.#directory, this.#logger)
    return new StorageApp(this.platform, running, this.#directory, this.#logger, this.log)
  }

  /** A request to the app; its answer's JSON. */
  async fetch(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.running.port}${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Waits for a message in a queue, takes it out and gives its text, decoded from base64. */
  async take(queue: string): Promise<string> {
    const client = this.queues.getQueueClient(queue)
    return until(`a message in ${queue}`, async () => {
      const [message] = (await client.receiveMessages().catch(noMessages)).receivedMessageItems
      if (!message) return undefined
      await client.deleteMessage(message.messageId, message.popReceipt)
      return Buffer.from(message.messageText, 'base64').toString()
    })
  }

  /** Sends a text in base64 to a queue, which is made if need be. */
  async send(queue: string, text: string): Promise<void> {
    const client = this.queues.getQueueClient(queue)
    await client.createIfNotExists()
    await client.sendMessage(Buffer.from(text).toString('base64'))
  }

  find(pattern: RegExp): LogRecord | undefined {
    return this.log.find(({ message }) => pattern.test(message))
  }
}

function startIn(platform: Platform, rootDirectory: string, log: Logger): Promise<RunningApp> {
  return platform.functions.startApp({ rootDirectory, log, host: '127.0.0.1', port: 0 })
}

function noMessages(): { readonly receivedMessageItems: [] } {
  return { receivedMessageItems: [] }
}

/** Asks again and again, since the other side is another process. */
export async function until<Value>(what: string, ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = systemClock.now() + patienceMs
  while (systemClock.now() < deadline) {
    const value = await ask()
    if (value !== undefined) return value
    await systemClock.sleep(10)
  }
  throw new Error(`There never was ${what}`)
}
