/** The files that make an app what it is, without reading them: where they are, and whether they have changed. */
import { hash } from 'node:crypto'
import type { Dirent, Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppConfiguration } from '../contracts.ts'
import { classifyChange, installMarkers, isIgnored, type WatchRules, watchRules } from './file-changes.ts'

export interface AppFiles {
  /** Absolute paths of the folders in which a change may concern the app. */
  readonly folders: readonly string[]
  /** Differs when a file was added, removed or written. Undefined when there are too many to look at each. */
  readonly fingerprint: string | undefined
}

const defaultMostFiles = 5000

/**
 * Looks at the sources, settings and the install marker of packages: the files whose change would make a host
 * load the app anew. Folders that cannot be read count as empty.
 *
 * @param mostFiles of more there is no fingerprint
 */
export async function surveyFiles(
  app: AppConfiguration,
  mostFiles: number = defaultMostFiles,
): Promise<AppFiles> {
  const { rootDirectory } = app.context
  // TypeScript files may be what the workers run, or not: only running them tells.
  const survey = new Survey(rootDirectory, watchRules(app, 'TypeScript'), mostFiles)
  await survey.enter('')
  const stamps = [rootDirectory, ...survey.stamps.sort()]
  return {
    folders: survey.folders,
    fingerprint: survey.isTooLarge ? undefined : hash('sha1', stamps.join('\n')),
  }
}

class Survey {
  readonly folders: string[] = []
  readonly stamps: string[] = []
  readonly #root: string
  readonly #rules: WatchRules
  readonly #mostFiles: number

  constructor(root: string, rules: WatchRules, mostFiles: number) {
    this.#root = root
    this.#rules = rules
    this.#mostFiles = mostFiles
  }

  get isTooLarge(): boolean {
    return this.stamps.length > this.#mostFiles
  }

  /** @param folder relative to the root, with `/`; `''` is the root */
  async enter(folder: string): Promise<void> {
    if (this.isTooLarge) return
    const path = join(this.#root, folder)
    this.folders.push(path)
    const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
    await Promise.all(
      entries.map((entry) => this.#look(folder === '' ? entry.name : `${folder}/${entry.name}`, entry)),
    )
  }

  async #look(path: string, entry: Dirent): Promise<void> {
    if (path === 'node_modules') return this.#lookAtPackages()
    const found = entry.isSymbolicLink() ? await this.#stat(path) : undefined
    if ((found ?? entry).isDirectory()) {
      if (!isIgnored(this.#rules, path, 'folder')) await this.enter(path)
    } else if (classifyChange(this.#rules, path, 'written')) {
      this.#note(path, found ?? (await this.#stat(path)))
    }
  }

  /** The folder of packages is large: one file in it tells when it has changed. */
  async #lookAtPackages(): Promise<void> {
    this.folders.push(join(this.#root, 'node_modules'))
    await Promise.all([...installMarkers].map(async (path) => this.#note(path, await this.#stat(path))))
  }

  #note(path: string, found: Stats | undefined): void {
    if (found) this.stamps.push(`${path} ${found.size} ${found.mtimeMs}`)
  }

  #stat(path: string): Promise<Stats | undefined> {
    return stat(join(this.#root, path)).catch(() => undefined)
  }
}
