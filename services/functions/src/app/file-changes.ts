/** Which changes of an app's files concern the host, its workers, or nobody (host `FileMonitoringService`). */
import { basename, dirname, extname } from 'node:path'
import type { AppConfiguration } from '../contracts.ts'

/** `host`: load the app anew. `worker`: new worker processes. `offline`: app_offline.htm is there, stop serving. */
export type ChangeKind = 'host' | 'worker' | 'offline'

export interface WatchRules {
  /** Lower-case names, wherever they are. */
  readonly files: ReadonlySet<string>
  /** Below the app's root, with `/`. */
  readonly directories: readonly string[]
  /** Extensions of the worker's sources. */
  readonly extensions: ReadonlySet<string>
}

export const offlineFile = 'app_offline.htm'

/** What package managers write last: the one file that tells of a changed tree of packages. */
export const installMarkers: ReadonlySet<string> = new Set(
  ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'].map(
    (name) => `node_modules/${name}`,
  ),
)

/** Files of storage emulators that are kept in app folders. */
const emulatorState = /^__(?:azurite|blobstorage|queuestorage|tablestorage)/

/** What an app's workers run: in a built app TypeScript files matter to the compiler alone. */
export type SourceLanguage = 'JavaScript' | 'TypeScript'

const scripts = ['.js', '.mjs', '.cjs']
const typedScripts = ['.ts', '.mts', '.cts']

export function watchRules({ host, runtime }: AppConfiguration, language: SourceLanguage): WatchRules {
  const sources = language === 'TypeScript' ? [...scripts, ...typedScripts] : scripts
  const extensions = new Set(runtime === 'node' ? sources : [])
  return {
    files: new Set(host.watchFiles.map((name) => name.toLowerCase())),
    directories: host.watchDirectories.map((directory) =>
      directory.replaceAll('\\', '/').replace(/^(?:\.?\/)+|\/+$/g, ''),
    ),
    extensions,
  }
}

/**
 * What the change of a file means; undefined = nothing.
 *
 * @param path relative to the app's root, with `/`
 */
export function classifyChange(
  rules: WatchRules,
  path: string,
  event: 'written' | 'removed',
): ChangeKind | undefined {
  if (path.toLowerCase() === offlineFile) return event === 'removed' ? 'host' : 'offline'
  if (installMarkers.has(path) || isBelowWatched(rules, path)) return 'host'
  if (isForeign(dirname(path))) return undefined
  const name = basename(path).toLowerCase()
  if (rules.files.has(name)) return 'host'
  if (path === 'package.json') return 'worker'
  return rules.extensions.has(extname(name)) && !/\.d\.[mc]?ts$/.test(name) ? 'worker' : undefined
}

/** Whether nothing at `path`, or below it, concerns the app. `unknown`: it may be a file or a folder. */
export function isIgnored(rules: WatchRules, path: string, type: 'file' | 'folder' | 'unknown'): boolean {
  if (type !== 'folder' && classifyChange(rules, path, 'written')) return false
  if (type === 'file') return true
  // The folder of packages is entered for the install marker alone.
  if (path === '' || path === 'node_modules' || isBelowWatched(rules, path)) return false
  return isForeign(path) && !rules.directories.some((directory) => directory.startsWith(`${path}/`))
}

function isBelowWatched({ directories }: WatchRules, path: string): boolean {
  return directories.some((directory) => path === directory || path.startsWith(`${directory}/`))
}

/** Folders that hold no sources: packages, tools' own, state of emulators. */
function isForeign(folder: string): boolean {
  return folder
    .split('/')
    .some(
      (part) => part === 'node_modules' || (part.startsWith('.') && part !== '.') || emulatorState.test(part),
    )
}
