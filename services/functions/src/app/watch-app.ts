/** Watches an app's files and says, after a quiet moment, what has to be started anew. */
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ensureError } from '@aloft/kernel'
import type { AppConfiguration } from '../contracts.ts'
import { type AppChange, ChangeBurst } from './change-burst.ts'
import { classifyChange, isIgnored, offlineFile, type SourceLanguage, watchRules } from './file-changes.ts'
import { decodeText } from './json-document.ts'

/**
 * Starts watching; resolves, when every folder is watched, with what stops it. `onChange` is called once per burst of
 * changes, `onError` when the system refuses to watch (too many files, too few permissions).
 */
export async function watchApp(
  app: AppConfiguration,
  language: SourceLanguage,
  onChange: (change: AppChange) => void,
  onError: (error: Error) => void,
): Promise<() => Promise<void>> {
  const { rootDirectory, clock } = app.context
  const rules = watchRules(app, language)
  const toRelative = (path: string) => relative(rootDirectory, path).split(sep).join('/')
  const burst = new ChangeBurst(clock, onChange)
  const record = (event: 'written' | 'removed') => (path: string) => {
    const file = toRelative(path)
    const kind = classifyChange(rules, file, event)
    if (kind) burst.add(file, kind)
  }

  // Loaded here: an app that is not watched does not pay for it.
  const { watch } = await import('chokidar')
  const watcher = watch(rootDirectory, {
    ignoreInitial: true,
    // Files that matter to nobody get no watch of their own: most of a big tree.
    ignored(path, stats) {
      const type = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : 'unknown'
      return isIgnored(rules, toRelative(path), type)
    },
  })
  watcher.on('add', record('written')).on('change', record('written')).on('unlink', record('removed'))
  watcher.on('error', (error) => onError(ensureError(error)))
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  return async () => {
    await watcher.close()
    burst.close()
  }
}

/** The page of app_offline.htm; undefined when the app is not offline. */
export async function readOfflinePage(rootDirectory: string): Promise<string | undefined> {
  return readFile(join(rootDirectory, offlineFile)).then(decodeText, () => undefined)
}
