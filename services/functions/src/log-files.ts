/**
 * An app's log in files, when host.json `logging.fileLoggingMode` is `always`: `Host/` for the host, `Function/<name>/`
 * for each function. Files begin anew at a size, and old ones are deleted (host `FileWriter`).
 */
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, LevelFilter, type LogLevel, type LogRecord, type LogSink } from '@aloft/kernel'
import type { AppConfiguration } from './contracts.ts'
import { formatRecord, functionOf } from './log-lines.ts'

export interface LogFilesOptions {
  readonly clock: Clock
  /** Folder for what is kept beside the database. */
  readonly dataDirectory: string
}

interface LogFile {
  readonly path: string
  bytes: number
}

const flushIntervalMs = 1000
const maxFileBytes = 5 * 1024 * 1024
const maxAgeMs = 86_400_000

export class LogFiles implements LogSink {
  readonly #options: LogFilesOptions
  readonly #files = new Map<string, LogFile>()
  readonly #filters = new WeakMap<AppConfiguration, LevelFilter>()
  #configuration: () => AppConfiguration | undefined = () => undefined
  /** Text that waits, by folder. */
  #pending = new Map<string, string>()
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LogFilesOptions) {
    this.#options = options
  }

  /** From now on that configuration says what is written; before, nothing is. */
  follow(configuration: () => AppConfiguration): void {
    this.#configuration = configuration
  }

  isEnabled(level: LogLevel, category: string): boolean {
    const configuration = this.#configuration()
    if (configuration?.host.fileLoggingMode !== 'always') return false
    let filter = this.#filters.get(configuration)
    if (!filter) {
      filter = new LevelFilter(configuration.host.logLevels)
      this.#filters.set(configuration, filter)
    }
    return filter.isEnabled(level, category)
  }

  write(record: LogRecord): void {
    const { clock, dataDirectory } = this.#options
    const name = functionOf(record)
    const appName = (this.#configuration()?.context.name ?? '').replaceAll(/[^\w-]+/g, '-')
    const kind = name === undefined ? ['Host'] : ['Function', name.toLowerCase()]
    const folder = join(dataDirectory, 'LogFiles', appName, ...kind)
    if (this.#pending.size === 0) clock.after(flushIntervalMs, () => void this.flush()).unref()
    this.#pending.set(folder, (this.#pending.get(folder) ?? '') + formatRecord(record))
  }

  /** Resolves when everything written so far is in its file, or cannot be written: the log is not worth an app. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#flush()).catch(() => {})
    return this.#writing
  }

  async #flush(): Promise<void> {
    const pending = this.#pending
    this.#pending = new Map()
    for (const [folder, text] of pending) {
      const file = await this.#fileIn(folder)
      await appendFile(file.path, text)
      file.bytes += Buffer.byteLength(text)
    }
  }

  async #fileIn(folder: string): Promise<LogFile> {
    const current = this.#files.get(folder)
    if (current && current.bytes < maxFileBytes) return current
    await mkdir(folder, { recursive: true })
    await this.#deleteOld(folder)
    const time = new Date(this.#options.clock.now()).toISOString().replaceAll(':', '-')
    const file: LogFile = { path: join(folder, `${time}-${process.pid}.log`), bytes: 0 }
    this.#files.set(folder, file)
    return file
  }

  async #deleteOld(folder: string): Promise<void> {
    const oldest = this.#options.clock.now() - maxAgeMs
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      if (name.endsWith('.log') && (await stat(path)).mtimeMs < oldest) await rm(path, { force: true })
    }
  }
}
