/**
 * Watches the files of an app that nobody works on at the moment: some kilobytes for each folder, and nothing as long as
 * nothing happens. `watchApp` is for the one that is being worked on: it knows every file, at a hundred times the cost.
 */
import { type FSWatcher, watch } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Clock, ensureError, type Timer } from '@aloft/kernel'
import type { AppConfiguration } from '../contracts.ts'
import { type AppFiles, surveyFiles } from './app-files.ts'
import { isIgnored, type WatchRules, watchRules } from './file-changes.ts'

/** As long as the official host waits. */
const quietMs = 500

export interface FileWatchOptions {
  readonly app: AppConfiguration
  /** The files that are known. */
  readonly files: AppFiles
  /** Called once per burst of changes that concern the app. */
  readonly onChange: () => void
  /** Called when the system refuses to watch (too many folders). */
  readonly onError: (error: Error) => void
}

/** From its construction until `close`. */
export class FileWatch {
  readonly #options: FileWatchOptions
  readonly #clock: Clock
  readonly #rules: WatchRules
  readonly #watchers = new Map<string, FSWatcher>()
  #fingerprint: string | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: FileWatchOptions) {
    this.#options = options
    this.#clock = options.app.context.clock
    this.#rules = watchRules(options.app, 'TypeScript')
    this.#follow(options.files)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #follow({ folders, fingerprint }: AppFiles): void {
    this.#fingerprint = fingerprint
    for (const [folder, watcher] of this.#watchers) {
      if (folders.includes(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder)
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#onEvent(folder, name))
      watcher.on('error', (error) => this.#onError(error, folder))
      this.#watchers.set(folder, watcher)
    } catch (error) {
      this.#onError(ensureError(error), folder)
    }
  }

  #onError(error: Error, folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    // The folder went away; the one that it was in tells.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#options.onError(error)
  }

  #onEvent(folder: string, name: string | null): void {
    const { rootDirectory } = this.#options.app.context
    const path = relative(rootDirectory, join(folder, name ?? ''))
      .split(sep)
      .join('/')
    if (isIgnored(this.#rules, path, 'unknown')) return
    this.#timer?.cancel()
    this.#timer = this.#clock.after(quietMs, () => void this.#look()).unref()
  }

  async #look(): Promise<void> {
    const files = await surveyFiles(this.#options.app)
    if (this.#isClosed) return
    const isChanged = files.fingerprint === undefined || files.fingerprint !== this.#fingerprint
    this.#follow(files)
    if (isChanged) this.#options.onChange()
  }
}
